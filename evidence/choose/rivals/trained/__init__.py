"""Rivals that do not choose a cell of the grid: they are trained on the fresh seeds."""

from __future__ import annotations

from rivals.trained import autolrs, fastai, lightning_finder, tuning_free

TRAINED = (
    fastai.RIVAL,
    lightning_finder.RIVAL,
    *tuning_free.RIVALS,
    autolrs.RIVAL,
)
