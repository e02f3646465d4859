"""DeepSpeed 0.19's schedulers; the lr is written before the first step, and after every step.

`WarmupLR`, `WarmupDecayLR` and `WarmupCosineLR` write 0 at construction, and the value of their
step 0 only after the first update: update t uses what they compute for t − 1.
"""

from __future__ import annotations

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import level, one_of, phases, refuse
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import (
    Schedule,
    constant,
    glide,
    hold,
    linear,
    power_law,
)
from lehr.schedule.checked import multiplier, positive, whole


def lr_range_test(
    *,
    lr_range_test_min_lr: float = 1e-3,
    lr_range_test_step_size: int = 2000,
    lr_range_test_step_rate: float = 1.0,
    lr_range_test_staircase: bool = False,
) -> Port:
    """lr(t) = min·(1 + rate·t/step_size), ⌊t/step_size⌋ if staircase: it grows."""
    peak, n = positive(lr_range_test_min_lr, "min_lr"), whole(lr_range_test_step_size, "size")
    rate = multiplier(lr_range_test_step_rate, "lr_range_test_step_rate")
    every = n if lr_range_test_staircase else 1
    grow = glide(final=1 + rate, start=1, span=n, every=every, beyond="on") if rate else constant()
    return Port(schedule=grow, peak_lr=peak)


def one_cycle(
    *,
    cycle_min_lr: float,
    cycle_max_lr: float,
    decay_lr_rate: float = 0.0,
    cycle_first_step_size: int = 2000,
    cycle_second_step_size: int | None = None,
    decay_step_size: int = 0,
) -> Port:
    """From min to max and back in a line each, then min/(1 + decay_lr_rate·t/decay_step_size)."""
    peak, low = positive(cycle_max_lr, "cycle_max_lr"), multiplier(cycle_min_lr, "cycle_min_lr")
    up = whole(cycle_first_step_size, "cycle_first_step_size")
    down = up if cycle_second_step_size is None else whole(cycle_second_step_size, "second")
    m, rate = low / peak, multiplier(decay_lr_rate, "decay_lr_rate")
    every = whole(decay_step_size, "decay_step_size", least=0)
    tail = power_law(every, power=1, rate=rate) if every and rate else hold()
    return Port(schedule=linear(up, 1, start=m) >> linear(down, m, start=1) >> tail, peak_lr=peak)


def warmup_lr(
    *,
    base_lr: float | None = None,
    warmup_min_lr: float = 0.0,
    warmup_max_lr: float | None = None,
    warmup_num_steps: int = 1000,
    warmup_type: str = "log",
) -> Port:
    """0 at update 0, then min → max along ln(t + 1)/ln n or t/n, then max; one update late."""
    top = base_lr if warmup_max_lr is None else warmup_max_lr
    if top is None:
        raise refuse(
            "nobody said the lr",
            "base_lr=None, warmup_max_lr=None",
            "DeepSpeed takes the optimizer's lr where warmup_max_lr is not given",
            "base_lr=1e-3",
        )
    peak = positive(top, "warmup_max_lr")
    up = _rise(warmup_num_steps, multiplier(warmup_min_lr, "min") / peak, warmup_type)
    return Port(schedule=phases(level(1, 0), up, constant()), peak_lr=peak)


def warmup_decay_lr(
    *,
    total_num_steps: int,
    warmup_min_lr: float = 0.0,
    warmup_max_lr: float = 0.001,
    warmup_num_steps: int = 1000,
    warmup_type: str = "log",
) -> Port:
    """As WarmupLR, then a line to warmup_min_lr at total_num_steps; one update late."""
    peak, total = positive(warmup_max_lr, "warmup_max_lr"), whole(total_num_steps, "total")
    low, n = multiplier(warmup_min_lr, "warmup_min_lr") / peak, _steps(warmup_num_steps)
    up = _rise(warmup_num_steps, low, warmup_type)
    if total <= n:
        return Port(schedule=phases(level(1, 0), up, constant(low)), peak_lr=peak)
    fall = linear(total - n, low, start=1)
    return Port(schedule=phases(level(1, 0), up, fall), peak_lr=peak, horizon=total + 1)


def warmup_cosine_lr(
    *,
    base_lr: float,
    total_num_steps: int,
    warmup_min_ratio: float = 0.0,
    warmup_num_steps: int = 1000,
    cos_min_ratio: float = 0.0001,
    warmup_type: str = "log",
) -> Port:
    """The ratio warms up, then falls along a cosine of x = (t − w + 1)/(T − w); one update late."""
    peak, total = positive(base_lr, "base_lr"), whole(total_num_steps, "total_num_steps")
    n, low = _steps(warmup_num_steps), multiplier(cos_min_ratio, "cos_min_ratio")
    if total <= n:
        raise refuse("there is no step after the warmup", f"{total} ≤ {n}", "total > warmup")
    up = _rise(warmup_num_steps, multiplier(warmup_min_ratio, "ratio"), warmup_type)
    fall = glide(total - n, "cosine", low, start=1, offset=1)
    return Port(schedule=phases(level(1, 0), up, fall), peak_lr=peak, horizon=total + 1)


def _steps(value: int) -> int:
    return max(2, whole(value, "warmup_num_steps", least=0))


def _rise(steps: int, low: float, kind: str) -> Schedule:
    """Return min → 1 in n ≥ 2 steps: DeepSpeed takes 0 and 1 for 2."""
    n = _steps(steps)
    if one_of(kind, "warmup_type", ("log", "linear")) == "linear":
        return linear(n, 1, start=low)
    return glide(n, "log", 1, start=low, span=n - 1, factor=n)


deepspeed = Library(
    name="deepspeed",
    builders={
        "LRRangeTest": lr_range_test,
        "OneCycle": one_cycle,
        "WarmupLR": warmup_lr,
        "WarmupDecayLR": warmup_decay_lr,
        "WarmupCosineLR": warmup_cosine_lr,
    },
    refused={},
)

QUIRKS = (
    Quirk(
        key="one-cycle-stairs",
        library="deepspeed",
        scheduler="OneCycle",
        native="cycle_first_stair_count and cycle_second_stair_count are accepted and never used",
        port="refuses them",
        source="deepspeed/runtime/lr_schedules.py",
    ),
)
