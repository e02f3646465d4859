"""Trunks: schedules that need not know when they end, and the cooldowns grown from them."""

from __future__ import annotations

from typing import Literal, SupportsIndex

from lehr.catalog.recipe import Recipe
from lehr.errors import ScheduleError
from lehr.schedule import Schedule, decay, hold, power_law, rsqrt
from lehr.schedule import warmup as rise
from lehr.schedule.checked import choice
from lehr.schedule.durations import Duration, DurationLike
from lehr.schedule.ramps import DecayShape


def wsd_s(
    cycles: SupportsIndex = 4,
    warmup: DurationLike = "2%",
    cooldown: DurationLike = "20%",
    shape: DecayShape = "linear",
    final: float = 0,
) -> Schedule:
    """Warm up once, then stay and cool down in every cycle, back at the peak at once.

    The end of every cycle is a finished model, and training goes on from it: WSD-simplified.

    Args:
        cycles: number of finished models, at least 1. Default 4.
        warmup: duration of the rise, once. Default 2 % of the horizon.
        cooldown: duration of each decay; a share is one of its cycle. Default 20 %.
        shape: of the decay, as in `decay` where it needs no number. Default "linear"; the paper
            decays along "harmonic", with `final` above 0.
        final: multiplier at the end of every cycle, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible duration, number or shape.

    Source:
        Wen et al., Understanding Warmup-Stable-Decay Learning Rates: A River Valley Loss
        Landscape Perspective, 2024.

    >>> s = wsd_s(2, warmup=2, cooldown=2)
    >>> s
    warmup(2) >> (hold() >> linear(2)).repeat(2)
    >>> s.over(10).values(0, 12).tolist()
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    return rise(warmup) >> (hold() >> decay(cooldown, shape, final)).repeat(cycles)


def anytime(
    warmup: DurationLike = 500,
    trunk: Literal["constant", "rsqrt"] = "constant",
    cooldown: DurationLike | None = None,
    *,
    timescale: DurationLike | None = None,
    shape: DecayShape = "1-sqrt",
    final: float = 0,
) -> Schedule:
    """Train without a horizon, and cool down when asked: trunk first, cooldown on demand.

    The trunk is warmup, then 1 or √(τ/(τ + t)); its values do not depend on the horizon, so a run
    may go on as long as wanted, and any of its checkpoints be finished by the same schedule with
    a cooldown: `anytime(500).over(n)` and `anytime(500, cooldown=1_000).over(n)` agree for the
    first n − 1,000 steps. Without any cooldown, average the weights (`lehr.catalog.averaging`).

    Args:
        warmup: duration of the rise; not a share. Default 500 steps.
        trunk: "constant" (default) or "rsqrt".
        cooldown: duration at the run's end, a share of its horizon or not; None (default): none.
        timescale: τ, for trunk="rsqrt" alone; not a share. Default there: `warmup`.
        shape: of the cooldown, as in `decay` where it needs no number. Default "1-sqrt".
        final: multiplier at the end of the cooldown, 0 or more. Default 0.

    Raises:
        ScheduleError: a share where the trunk would depend on the horizon, or another impossible
            value.

    Source:
        Hägele et al., NeurIPS 2024 (constant); Zhai et al., CVPR 2022 (rsqrt); Anytime
        pretraining, arXiv 2602.03702 (both, with averaging).

    >>> s = anytime(2, "rsqrt", 4)
    >>> s
    warmup(2) >> rsqrt(2) * (hold() >> decay(4))
    >>> long, short = anytime(2, "rsqrt").over(100), s.over(10)
    >>> short.values(0, 6).tolist() == long.values(0, 6).tolist()
    True
    >>> short(0), short(1), round(short(6), 3), short(10), short(99)
    (0.5, 1.0, 0.577, 0.0, 0.0)
    """
    known = choice(trunk, "trunk", ("constant", "rsqrt"))
    if timescale is not None and known == "constant":
        raise ScheduleError(
            "a constant trunk has no timescale",
            value=f"timescale={timescale!r}",
            rule='timescale belongs to trunk="rsqrt"',
            fix='leave it out, or trunk="rsqrt"',
        )
    begin = rise(_absolute(warmup, "warmup"))
    if known == "constant":
        return (
            begin >> hold()
            if cooldown is None
            else begin >> hold() >> decay(cooldown, shape, final)
        )
    fall = rsqrt(_absolute(warmup if timescale is None else timescale, "timescale"))
    return begin >> (fall if cooldown is None else fall * (hold() >> decay(cooldown, shape, final)))


def power_scheduler(
    flat: DurationLike,
    warmup: DurationLike = "1%",
    cooldown: DurationLike = "10%",
    *,
    power: float = 0.51,
    shape: DecayShape = "linear",
    final: float = 0,
) -> Schedule:
    """Stay at the peak for `flat`, then fall as a power of the tokens seen; cool down at the end.

    min(1, (n/n₀)^(−power)) with n the steps (or tokens) seen and n₀ = `flat`, times the warmup
    and the cooldown. The paper's min(η_max, β·a·n^b) has b = −power and the n₀ that
    `lehr.catalog.scaling.power_scheduler_flat` computes from η_max, the batch and a.

    Args:
        flat: duration n₀ from the run's start at which the fall begins, usually in tokens; beyond
            the horizon the peak just stays.
        warmup: duration of the rise. Default 1 %.
        cooldown: duration of the last decay. Default 10 %.
        power: −b, above 0. Default 0.51, as published.
        shape: of the cooldown, as in `decay` where it needs no number. Default "linear".
        final: what the cooldown multiplies with at the end, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible duration or number; at `.over()`, tokens without a clock.

    Source:
        Shen et al., Power Scheduler: A Batch Size and Token Number Agnostic Learning Rate
        Scheduler, 2024.

    >>> s = power_scheduler(4, warmup=2, cooldown=2, power=0.5)
    >>> s
    (warmup(2) >> hold() >> linear(2)) * power_law(4, power=0.5, form="held")
    >>> p = s.over(18)
    >>> p(0), p(1), p(4), p(16), p(17), p(18), p(99)
    (0.5, 1.0, 1.0, 0.5, 0.24253562503633297, 0.0, 0.0)
    """
    frame = rise(warmup) >> hold() >> decay(cooldown, shape, final)
    return frame * power_law(flat, power, form="held")


def _absolute(value: DurationLike, name: str) -> DurationLike:
    if Duration.of(value, name).is_share:
        raise ScheduleError(
            f"{name} is a share of a horizon that is not known yet",
            value=repr(value),
            rule="a trunk has the same values for every horizon",
            fix=f'{name}=500, or "1e9tok" with a clock',
        )
    return value


WSD_S = Recipe(
    build=wsd_s,
    formula="(t+1)/w, then in every cycle 1 and final + (1 − final)·g((t − n + c)/c)",
    source="Wen et al. 2024",
    also={"olmo_core": "WSDS"},
    examples=("wsd_s()", 'wsd_s(3, 50, "10%", "harmonic", final=0.1)'),
)

ANYTIME = Recipe(
    build=anytime,
    formula="(t+1)/w, then 1 or √(τ/(τ + t)), then the cooldown on demand",
    source="Hägele et al., NeurIPS 2024; Zhai et al., CVPR 2022",
    also={"big_vision": "rsqrt with cooldown_steps", "timm": "WSDLRScheduler(stable_fn=…)"},
    examples=('anytime(100, "rsqrt", "20%")', "anytime(100)", "anytime(100, cooldown=200)"),
)

POWER = Recipe(
    build=power_scheduler,
    formula="min(1, (n/n₀)^(−p)), with warmup and cooldown",
    source="Shen et al. 2024",
    also={"olmo_core": "power_lr"},
    examples=("power_scheduler(200)", 'power_scheduler("10%", "2%", "20%", power=0.6)'),
)
