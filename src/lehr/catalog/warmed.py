"""What most training scripts run: a warmup, then one of the classics."""

from __future__ import annotations

from collections.abc import Iterable

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, cosine, decay, hold, linear, multi_step
from lehr.schedule import warmup as rise
from lehr.schedule.durations import DurationLike


def warmup_cosine(warmup: DurationLike = "5%", final: float = 0) -> Schedule:
    """Warm up, then fall along half a cycle of a cosine: `warmup(w) >> cosine()`.

    Args:
        warmup: duration of the rise. Default 5 %.
        final: multiplier at the end, 0 or more. Default 0; language models often take 0.1.

    Raises:
        ScheduleError: an impossible duration or multiplier.

    Source:
        He et al., Masked Autoencoders, CVPR 2022 ("half-cycle cosine after warmup").

    >>> s = warmup_cosine(4)
    >>> s
    warmup(4) >> cosine()
    >>> p = s.over(12)
    >>> p(0), p(3), p(4), round(p(8), 12), p(12), p(99)
    (0.25, 1.0, 1.0, 0.5, 0.0, 0.0)
    """
    return rise(warmup) >> cosine(final=final)


def half_cosine(n: DurationLike | None = None, final: float = 0) -> Schedule:
    """Fall along the second half of a cosine's fall: 1 + cos(π(1 + x)/2) of the height.

    It begins steepest and levels out. The lr begins at the level of the phase before; where it is
    to be that of a full cosine in the middle, the peak is (1 + final)/2 of the full one's.

    Args:
        n: duration; None (default) takes what the other phases leave.
        final: multiplier at t = n, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible duration or multiplier.

    Source:
        OLMo-core's HalfCosWithWarmup.

    >>> s = half_cosine()
    >>> s
    decay(shape="half-cosine")
    >>> p = s.over(6)
    >>> p(0), round(p(2), 12), round(p(5), 4), p(6), p(99)
    (1.0, 0.5, 0.0341, 0.0, 0.0)
    """
    return decay(n, "half-cosine", final)


def step_warmup(
    warmup: DurationLike = "5%",
    milestones: Iterable[DurationLike] = ("50%", "75%"),
    factor: float = 0.1,
) -> Schedule:
    """Warm up, then multiply by `factor` at milestones counted from the run's start.

    Args:
        warmup: duration of the rise. Default 5 %.
        milestones: durations from the first step of the run, ascending. Default 50 % and 75 %,
            those of ResNet on CIFAR.
        factor: above 0. Default 0.1.

    Raises:
        ScheduleError: an impossible value; at `.over()`, milestones that would never fire.

    Source:
        Goyal et al., Accurate, Large Minibatch SGD, 2017.

    >>> s = step_warmup(2, [4, 6])
    >>> s
    (warmup(2) >> hold()) * multi_step([4, 6])
    >>> p = s.over(8)
    >>> p(0), p(1), p(3), p(4), round(p(7), 9), round(p(99), 9)
    (0.5, 1.0, 1.0, 0.1, 0.01, 0.01)
    """
    return (rise(warmup) >> hold()) * multi_step(milestones, factor)


def budgeted(final: float = 0) -> Schedule:
    """Fall in a line over whatever budget there is: `linear()`.

    Args:
        final: multiplier at the end of the budget, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible multiplier.

    Source:
        Li, Yumer & Ramanan, Budgeted Training: Rethinking Deep Neural Network Training Under
        Resource Constraints, ICLR 2020.

    >>> s = budgeted()
    >>> s
    linear()
    >>> p = s.over(4)
    >>> p(0), p(2), p(3), p(4), p(9)
    (1.0, 0.5, 0.25, 0.0, 0.0)
    """
    return linear(final=final)


COSINE = Recipe(
    build=warmup_cosine,
    formula="(t+1)/w, then final + (1 − final)·(1 + cos πx)/2",
    source="He et al., CVPR 2022",
    also={
        "transformers": "get_cosine_schedule_with_warmup",
        "optax": "warmup_cosine_decay_schedule",
        "keras": "CosineDecay(warmup_target=…)",
        "deepspeed": "WarmupCosineLR",
        "composer": "CosineAnnealingWithWarmupScheduler",
        "olmo_core": "CosWithWarmup",
    },
    examples=("warmup_cosine()", "warmup_cosine(100, final=0.1)"),
)

HALF = Recipe(
    build=half_cosine,
    formula="final + (level − final)·(1 + cos(π(1 + x)/2))",
    source="OLMo-core",
    also={"olmo_core": "HalfCosWithWarmup"},
    examples=("half_cosine()", 'warmup("5%") >> half_cosine(final=0.1)'),
)

STEP = Recipe(
    build=step_warmup,
    formula="min(1, (t+1)/w)·factor^#{milestones ≤ t}",
    source="Goyal et al. 2017",
    also={
        "composer": "MultiStepWithWarmupScheduler",
        "detectron2": "WarmupMultiStepLR",
        "timm": "MultiStepLRScheduler(warmup_t=…)",
    },
    examples=("step_warmup()", "step_warmup(100, [500, 800], factor=0.2)"),
)

BUDGETED = Recipe(
    build=budgeted,
    formula="final + (1 − final)·(1 − t/T)",
    source="Li et al., ICLR 2020",
    also={"transformers": "linear", "DeepLab": "poly with power 1"},
    examples=("budgeted()", 'warmup("5%") >> budgeted(0.01)'),
)
