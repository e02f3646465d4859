"""Triangles: up and down again, alone or in cycles."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, linear
from lehr.schedule.durations import Duration, DurationLike


def triangular(up: DurationLike, down: DurationLike | None = None, low: float = 0) -> Schedule:
    """Rise from `low` to the peak in a line and come back: one cycle, to be repeated.

    low + (1 − low)·t/up for t < up, then 1 − (1 − low)·(t − up)/down.

    Args:
        up: duration of the rise.
        down: duration of the fall. None (default): as long as `up`, or the rest of the span where
            `up` is a share of it.
        low: multiplier at both ends, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible duration or multiplier.

    Source:
        Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017 (triangular2 is
        `.repeat(shrink=0.5)`); Howard & Ruder, ULMFiT, 2018 (slanted).

    >>> s = triangular(2, low=0.5)
    >>> s
    linear(2, final=1, start=0.5) >> linear(2, final=0.5)
    >>> s.repeat().over(6).values().tolist()
    [0.5, 0.75, 1.0, 0.75, 0.5, 0.75]
    >>> s.over(4)(4), s.over(4)(99)
    (0.5, 0.5)
    """
    rest = None if Duration.of(up, "up").is_share else up
    return linear(up, 1, start=low) >> linear(rest if down is None else down, low)


RECIPE = Recipe(
    build=triangular,
    formula="low + (1 − low)·t/up, then 1 − (1 − low)·(t − up)/down",
    source="Smith, WACV 2017",
    also={"torch": "CyclicLR", "TF-Addons": "TriangularCyclicalLearningRate"},
    examples=(
        "triangular(50).repeat()",
        "triangular(50, 100, low=0.1).repeat(shrink=0.5)",
        'triangular("10%")',
    ),
)
