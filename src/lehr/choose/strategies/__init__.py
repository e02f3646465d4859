"""Strategies: which runs to train, in which order, and what to conclude from them."""

from lehr.choose.strategies.base import (
    Brief,
    Outcome,
    Outcomes,
    Ranking,
    Round,
    Start,
    Strategy,
)
from lehr.choose.strategies.climb import Climb

__all__ = [
    "Brief",
    "Climb",
    "Outcome",
    "Outcomes",
    "Ranking",
    "Round",
    "Start",
    "Strategy",
]
