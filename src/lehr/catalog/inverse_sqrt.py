"""Warmup, then the inverse square root of the step: the horizon-free schedule."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, rsqrt
from lehr.schedule.durations import DurationLike
from lehr.schedule.phases import Reach
from lehr.schedule.phases import warmup as rise


def inverse_sqrt(warmup: DurationLike, *, reach: Reach = "last") -> Schedule:
    """Warm up for w steps, then fall as √(w/t): `warmup(w) >> rsqrt(w)`.

    Args:
        warmup: duration w of the rise, which is also the timescale of the fall.
        reach: convention of the warmup. Default "last": (t + 1)/w; with "next" (t/w) the schedule
            is Hugging Face's.

    Raises:
        ScheduleError: an impossible duration or convention.

    Source:
        Vaswani et al., Attention Is All You Need, 2017.

    >>> s = inverse_sqrt(4)
    >>> s
    warmup(4) >> rsqrt(4)
    >>> p = s.over(64)
    >>> p(0), p(3), p(16), round(p(63), 3), p(64), p(99)
    (0.25, 1.0, 0.5, 0.252, 0.25, 0.25)
    """
    return rise(warmup, reach=reach) >> rsqrt(warmup)


RECIPE = Recipe(
    build=inverse_sqrt,
    formula="(t+1)/w, then √(w/t)",
    source="Vaswani et al. 2017",
    also={
        "transformers": "inverse_sqrt",
        "Megatron-LM": "inverse-square-root",
        "fairseq": "inverse_sqrt",
        "paddle": "NoamDecay (absolute, shifted by one)",
    },
    examples=("inverse_sqrt(100)", 'inverse_sqrt("5%", reach="next") >> linear("10%")'),
)
