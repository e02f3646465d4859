"""Up, along and down: the trapezoid, the knee, the three stages."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.catalog.wsd import wsd
from lehr.schedule import Schedule, decay, linear
from lehr.schedule import hold as stay
from lehr.schedule import warmup as rise
from lehr.schedule.durations import DurationLike


def trapezoid(warmup: DurationLike = "10%", cooldown: DurationLike = "40%") -> Schedule:
    """Rise, stay and fall in straight lines: `wsd` with a linear cooldown to 0.

    Args:
        warmup: duration of the rise. Default 10 %.
        cooldown: duration of the fall. Default 40 %, long as speed runs use it.

    Raises:
        ScheduleError: an impossible duration; at `.over()`, no step left between them.

    Source:
        Xing et al., A Walk with SGD, 2018; Zhai et al., CVPR 2022 (cooldowns).

    >>> s = trapezoid(2, 4)
    >>> s
    warmup(2) >> hold() >> linear(4)
    >>> p = s.over(10)
    >>> p(0), p(1), p(6), p(9), p(10), p(99)
    (0.5, 1.0, 1.0, 0.25, 0.0, 0.0)
    """
    return wsd(warmup, cooldown)


def knee(explore: DurationLike = "50%", warmup: DurationLike = "5%", final: float = 0) -> Schedule:
    """Explore at the peak, then fall in a line to the end: `warmup(w) >> hold(n) >> linear()`.

    Args:
        explore: duration at the peak. Default 50 %, as in the paper.
        warmup: duration of the rise before it. Default 5 %.
        final: multiplier at the end, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible duration or multiplier.

    Source:
        Iyer et al., Wide-minima Density Hypothesis and the Explore-Exploit Learning Rate
        Schedule, JMLR 2023.

    >>> s = knee(4, warmup=2)
    >>> s
    warmup(2) >> hold(4) >> linear()
    >>> p = s.over(10)
    >>> p(0), p(1), p(6), p(9), p(10), p(99)
    (0.5, 1.0, 1.0, 0.25, 0.0, 0.0)
    """
    return rise(warmup) >> stay(explore) >> linear(final=final)


def tri_stage(
    warmup: DurationLike = "10%",
    hold: DurationLike = "40%",
    final: float = 0.01,
    *,
    start: float = 0.01,
) -> Schedule:
    """Rise from `start`, stay, then fall by equal factors to `final`.

    start + (1 − start)·t/w, then 1, then final^x with x counted from the fall's first step.

    Args:
        warmup: duration w of the rise. Default 10 %, wav2vec 2.0's.
        hold: duration at the peak. Default 40 %, wav2vec 2.0's.
        final: multiplier at the end, above 0. Default 0.01, fairseq's; wav2vec 2.0 has 0.05.
        start: multiplier of the first step, 0 or more. Default 0.01, fairseq's.

    Raises:
        ScheduleError: an impossible duration or multiplier; at `.over()`, no step left to fall.

    Source:
        Park et al., SpecAugment, Interspeech 2019; Baevski et al., wav2vec 2.0, NeurIPS 2020.

    >>> s = tri_stage(2, 4, start=0.5)
    >>> s
    warmup(2, start=0.5, reach="next") >> hold(4) >> decay(shape="geometric", final=0.01)
    >>> p = s.over(10)
    >>> p(0), p(2), p(6), round(p(8), 12), p(10), p(99)
    (0.5, 1.0, 1.0, 0.1, 0.01, 0.01)
    """
    return rise(warmup, start, "next") >> stay(hold) >> decay(None, "geometric", final)


TRAPEZOID = Recipe(
    build=trapezoid,
    formula="(t+1)/w, then 1, then (T − t)/c",
    source="Xing et al. 2018",
    also={"modded-nanogpt": "its schedule", "torchtitan": 'decay_type="linear"'},
    examples=("trapezoid()", 'trapezoid("5%", "50%")'),
)

KNEE = Recipe(
    build=knee,
    formula="(t+1)/w, then 1 for n steps, then in a line to final",
    source="Iyer et al., JMLR 2023",
    also={"wide-minima-density-hypothesis": "KneeLRScheduler"},
    examples=("knee()", 'knee("70%", 50, final=0.01)'),
)

TRI_STAGE = Recipe(
    build=tri_stage,
    formula="start + (1 − start)·t/w, then 1, then final^x",
    source="Park et al., Interspeech 2019",
    also={"fairseq": "tri_stage", "NeMo": "WarmupHoldPolicy"},
    examples=("tri_stage()", 'tri_stage(100, "30%", final=0.05)'),
)
