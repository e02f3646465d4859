"""Hyperbolic-tangent decay: hold high, fall in the middle, hold low."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, decay
from lehr.schedule.durations import DurationLike


def tanh(
    n: DurationLike | None = None, final: float = 0, *, lower: float = -7, upper: float = 3
) -> Schedule:
    """Hold high, fall in the middle, hold low, along a hyperbolic tangent.

    final + (level − final)·(1 − tanh(l·(1 − x) + u·x))/2 with x = t/n. It only nearly meets its
    ends: with the defaults it begins at 1 − 8e-7 and ends at 0.0025 of the height, which is held.

    Args:
        n: duration; None (default) takes what the other phases leave.
        final: multiplier that it approaches, 0 or more. Default 0.
        lower: l, up to ±300. Default -7, timm's; the paper has -6.
        upper: u, up to ±300. Default 3, as in the paper and timm.

    Raises:
        ScheduleError: an impossible duration, multiplier or bound.

    Source:
        Hsueh, Li & Wu, Stochastic Gradient Descent with Hyperbolic-Tangent Decay, WACV 2019.

    >>> s = tanh(lower=-6)
    >>> s
    decay(shape="tanh", lower=-6, upper=3)
    >>> p = s.over(9)
    >>> [round(p(t), 4) for t in (0, 6, 8, 9, 99)]
    [1.0, 0.5, 0.018, 0.0025, 0.0025]
    """
    return decay(n, "tanh", final, lower=lower, upper=upper)


RECIPE = Recipe(
    build=tanh,
    formula="final + (level − final)·(1 − tanh(l·(1 − x) + u·x))/2",
    source="Hsueh et al., WACV 2019",
    also={"timm": "TanhLRScheduler"},
    examples=("tanh()", 'warmup("5%") >> tanh(lower=-6, final=0.01)'),
)
