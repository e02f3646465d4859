"""Triangles: up and down again, alone or in cycles that shrink."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, exponential, linear, proportional
from lehr.schedule.checked import multiplier, positive
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
        Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017.

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


def triangular2(
    up: DurationLike, down: DurationLike | None = None, low: float = 0, *, shrink: float = 0.5
) -> Schedule:
    """Cycle between `low` and a peak that is halved from cycle to cycle.

    low + (1 − low)·shrink^k·(triangle of cycle k): the low end stays where it is.

    Args:
        up: steps of the rise; not a share, for the cycles fill the span.
        down: steps of the fall. None (default): as long as `up`.
        low: multiplier at the ends of every cycle, 0 or more. Default 0.
        shrink: height of a triangle relative to the one before, above 0. Default ½.

    Raises:
        ScheduleError: an impossible duration or number.

    Source:
        Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017.

    >>> s = triangular2(2, low=0.5)
    >>> s
    proportional((linear(2, final=1, start=0) >> linear(2)).repeat(shrink=0.5), 0.5, 1)
    >>> s.over(8).values(0, 10).tolist()
    [0.5, 0.75, 1.0, 0.75, 0.5, 0.625, 0.75, 0.625, 0.5, 0.5]
    """
    return _raised(triangular(up, down).repeat(shrink=shrink), low)


def exp_range(
    up: DurationLike, down: DurationLike | None = None, low: float = 0, *, factor: float = 0.9999
) -> Schedule:
    """Cycle between `low` and a peak that falls a little at every step.

    low + (1 − low)·factor^t·(triangle at t): the low end stays where it is.

    Args:
        up: steps of the rise; not a share, for the cycles fill the span.
        down: steps of the fall. None (default): as long as `up`.
        low: multiplier at the ends of every cycle, 0 or more. Default 0.
        factor: of the height, every step, above 0. Default 0.9999: half of it after 7,000 steps.

    Raises:
        ScheduleError: an impossible duration or number.

    Source:
        Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017 (γ is `factor`).

    >>> s = exp_range(2, factor=0.5)
    >>> s
    (linear(2, final=1, start=0) >> linear(2)).repeat() * exponential(0.5)
    >>> p = s.over(8)
    >>> p(0), p(1), p(2), p(4), p(6), p(8), p(99)
    (0.0, 0.25, 0.25, 0.0, 0.015625, 0.0, 0.0)
    """
    return _raised(triangular(up, down).repeat() * exponential(factor), low)


def slanted_triangular(cut: DurationLike = "10%", ratio: float = 32) -> Schedule:
    """Rise fast, fall slowly, between a `ratio`-th of the peak and the peak.

    1/ratio + (1 − 1/ratio)·t/n for t < n, then back in a line by the end of the span.

    Args:
        cut: duration n of the rise. Default 10 %, as in the paper.
        ratio: the peak over the lr at both ends, above 0. Default 32, as in the paper.

    Raises:
        ScheduleError: an impossible duration or number; at `.over()`, a rise that takes it all.

    Source:
        Howard & Ruder, Universal Language Model Fine-tuning (ULMFiT), ACL 2018, §3.2.

    >>> s = slanted_triangular("20%", ratio=4)
    >>> s
    linear("20%", final=1, start=0.25) >> linear(final=0.25)
    >>> p = s.over(10)
    >>> p(0), p(2), round(p(9), 5), p(10), p(99)
    (0.25, 1.0, 0.34375, 0.25, 0.25)
    """
    low = 1 / positive(ratio, "ratio")
    return linear(cut, 1, start=low) >> linear(None, low)


def _raised(cycles: Schedule, low: float) -> Schedule:
    return proportional(cycles, low, 1) if multiplier(low, "low") else cycles


RECIPE = Recipe(
    build=triangular,
    formula="low + (1 − low)·t/up, then 1 − (1 − low)·(t − up)/down",
    source="Smith, WACV 2017",
    also={
        "torch": 'CyclicLR(mode="triangular")',
        "paddle": "CyclicLR",
        "ignite": "LinearCyclicalScheduler",
        "TF-Addons": "TriangularCyclicalLearningRate",
        "fairseq": "triangular",
    },
    examples=(
        "triangular(50).repeat()",
        "triangular(50, 100, low=0.1).repeat(shrink=0.5)",
        'triangular("10%")',
    ),
)

TRIANGULAR2 = Recipe(
    build=triangular2,
    formula="low + (1 − low)·shrink^k·(triangle of cycle k)",
    source="Smith, WACV 2017",
    also={
        "torch": 'CyclicLR(mode="triangular2")',
        "paddle": 'CyclicLR(mode="triangular2")',
        "TF-Addons": "Triangular2CyclicalLearningRate",
    },
    examples=("triangular2(100)", "triangular2(100, 200, low=0.1, shrink=0.7)"),
)

EXP_RANGE = Recipe(
    build=exp_range,
    formula="low + (1 − low)·factor^t·(triangle at t)",
    source="Smith, WACV 2017",
    also={
        "torch": 'CyclicLR(mode="exp_range")',
        "paddle": 'CyclicLR(mode="exp_range")',
        "TF-Addons": "ExponentialCyclicalLearningRate",
    },
    examples=("exp_range(100, factor=0.998)", "exp_range(100, 200, low=0.1)"),
)

SLANTED = Recipe(
    build=slanted_triangular,
    formula="1/ratio + (1 − 1/ratio)·t/n, then back in a line",
    source="Howard & Ruder, ACL 2018 (ULMFiT)",
    also={"AllenNLP": "slanted_triangular", "thinc": "slanted_triangular"},
    examples=("slanted_triangular()", "slanted_triangular(200, ratio=10)"),
)
