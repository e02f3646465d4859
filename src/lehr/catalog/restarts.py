"""Cosine with warm restarts."""

from __future__ import annotations

from typing import SupportsIndex

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, cosine


def cosine_restarts(
    cycles: SupportsIndex = 4, stretch: float = 1, shrink: float = 1, final: float = 0
) -> Schedule:
    """Fall along a cosine again and again: `cosine(final=…).repeat(cycles, …)`.

    In cycle k of length n_k, from its first step on: shrink^k·(final + (1 − final)·(1 + cos πx)/2)
    with x = t/n_k and n_k proportional to stretch^k. For cycles of a given length write
    `cosine(500).repeat(stretch=2)`.

    Args:
        cycles: number of cycles over the span, at least 1. Default 4.
        stretch: length of a cycle relative to the one before, above 0. Default 1.
        shrink: values of a cycle relative to the one before, above 0. Default 1.
        final: multiplier at the end of the first cycle, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible number.

    Source:
        Loshchilov & Hutter, SGDR, ICLR 2017.

    >>> s = cosine_restarts(2, stretch=2)
    >>> s
    cosine().repeat(2, stretch=2)
    >>> p = s.over(6)
    >>> p(0), round(p(1), 12), p(2), round(p(4), 12), p(6), p(9)
    (1.0, 0.5, 1.0, 0.5, 0.0, 0.0)
    """
    return cosine(final=final).repeat(cycles, stretch=stretch, shrink=shrink)


RECIPE = Recipe(
    build=cosine_restarts,
    formula="shrink^k·(final + (1 − final)·(1 + cos πx)/2) in cycle k",
    source="Loshchilov & Hutter, ICLR 2017",
    also={
        "torch": "CosineAnnealingWarmRestarts",
        "keras": "CosineDecayRestarts",
        "optax": "sgdr_schedule",
        "transformers": "cosine_with_restarts",
        "timm": "CosineLRScheduler(cycle_limit=…)",
    },
    examples=("cosine_restarts()", "cosine_restarts(3, stretch=2, shrink=0.5, final=0.1)"),
)
