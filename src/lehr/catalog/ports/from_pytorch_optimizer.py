"""`pytorch_optimizer` (kozistr) 4.1: its own schedulers, and torch's under its names.

Update 0 of its own schedulers uses `min_lr`, whatever the formula says: their constructors write
it into the optimizer, and the first value comes with the first `step()`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi

from lehr.catalog.ports import from_torch
from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import level, one_of, phases, refuse, rise, stay
from lehr.catalog.ports.port import Port, positive_peak
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import (
    Schedule,
    constant,
    cosine,
    decay,
    glide,
    linear,
    piecewise,
    proportional,
    total,
)
from lehr.schedule.checked import multiplier, positive, whole

MOST_CYCLES = 100
LONGEST = 2**31


def linear_scheduler(
    *,
    t_max: int,
    max_lr: float,
    min_lr: float = 0.0,
    init_lr: float = 0.0,
    warmup_steps: int = 0,
) -> Port:
    """From init to max in warmup_steps, then a line to min at t_max; one update late."""
    return _late(t_max, max_lr, min_lr, init_lr, warmup_steps, linear)


def cosine_scheduler(
    *,
    t_max: int,
    max_lr: float,
    min_lr: float = 0.0,
    init_lr: float = 0.0,
    warmup_steps: int = 0,
) -> Port:
    """From init to max in warmup_steps, then half a cosine to min at t_max; one update late."""
    return _late(t_max, max_lr, min_lr, init_lr, warmup_steps, cosine)


def poly_scheduler(
    *,
    poly_order: float = 0.5,
    t_max: int,
    max_lr: float,
    min_lr: float = 0.0,
    init_lr: float = 0.0,
    warmup_steps: int = 0,
) -> Port:
    """From init to max, then min + (max − min)·elapsed^poly_order: it grows; one update late."""
    power, peak = positive(poly_order, "poly_order"), positive(max_lr, "max_lr")
    whole(t_max, "t_max", least=0)
    low, first = multiplier(min_lr, "min_lr") / peak, multiplier(init_lr, "init_lr") / peak
    w = whole(warmup_steps, "warmup_steps", least=0)
    if low > 1:
        raise refuse("min_lr is above max_lr", f"{min_lr} > {max_lr}", "min_lr ≤ max_lr")
    up = linear(w, 1, start=first) if w else None
    grow = glide(shape="power", final=1, start=low, span=1, offset=1, power=power, beyond="on")
    tail = constant() if low == 1 else grow
    return Port(schedule=phases(level(1, low), up, level(1, 1), tail), peak_lr=peak)


def rex_scheduler(*, total_steps: int, max_lr: float = 1.0, min_lr: float = 0.0) -> Port:
    """Min at update 0, then min + (max − min)·(1 − x)/(1 − x/2) with x = t/total_steps."""
    peak, n = positive(max_lr, "max_lr"), whole(total_steps, "total_steps")
    low = multiplier(min_lr, "min_lr") / peak
    if n == 1:
        return Port(schedule=constant(), peak_lr=positive_peak(low * peak, "min_lr=0"))
    fall = glide(n - 1, "rex", low, start=1, span=n, offset=1)
    return Port(schedule=phases(level(1, low), fall), peak_lr=peak, horizon=n)


def cosine_annealing_warmup_restarts(
    *,
    first_cycle_steps: int,
    cycle_mult: float = 1.0,
    max_lr: float = 1e-4,
    min_lr: float = 1e-6,
    warmup_steps: int = 0,
    gamma: float = 0.9,
) -> Port:
    """Cycles of min → max·gamma^k in warmup_steps, then half a cosine back to min."""
    n, w = whole(first_cycle_steps, "first_cycle_steps"), whole(warmup_steps, "w", least=0)
    if w >= n:
        raise refuse(
            "the warmup is as long as the cycle",
            f"warmup_steps={w}, first_cycle_steps={n}",
            "warmup_steps < first_cycle_steps",
        )
    peak, low = positive(max_lr, "max_lr"), multiplier(min_lr, "min_lr") / positive(max_lr, "max")
    ratio, factor = positive(cycle_mult, "cycle_mult"), positive(gamma, "gamma")
    lengths = [n]
    while len(lengths) < 2 or lengths[-1] != lengths[-2]:
        lengths.append(max(1, int((lengths[-1] - w) * ratio)) + w)
        if sum(lengths) > LONGEST:
            break
        if len(lengths) > MOST_CYCLES:
            raise refuse(
                "the cycles grow too slowly to be written down",
                f"cycle_mult={cycle_mult}: {MOST_CYCLES} cycles in {sum(lengths)} steps",
                "cycles whose lengths become constant, or reach 2**31 steps",
                "a larger cycle_mult, or 1",
            )
    parts: list[Schedule | None] = []
    for k, steps in enumerate(lengths[:-1]):
        cycle = _cycle(steps, w, low, factor**k)
        if k == 0 and w == 0:
            cycle = phases(level(1, low), _rest(steps, low))
        parts.append(cycle)
    k, steps = len(lengths) - 1, lengths[-1]
    parts.append(_for_ever(steps, w, low, factor**k, factor))
    return Port(schedule=phases(*parts), peak_lr=peak)


def chebyshev_schedule(*, base_lr: float, num_epochs: int, is_warmup: bool = False) -> Port:
    """1/(c − r·cos θ) at nodes θ in fractal order, by epoch; the first three epochs share one."""
    peak, n = positive(base_lr, "base_lr"), whole(num_epochs, "num_epochs")
    if is_warmup:
        return Port(schedule=constant(), peak_lr=peak)
    values = _chebyshev(n)
    marks, levels = list[int](), [values[0]]
    for epoch, value in enumerate(values[1:], start=3):
        if value != levels[-1]:
            marks.append(epoch)
            levels.append(value)
    schedule = piecewise(marks, levels, "constant") if marks else constant(levels[0])
    return Port(schedule=schedule, peak_lr=peak)


def wsd_schedule(
    *,
    base_lr: float,
    num_warmup_steps: int,
    num_stable_steps: int,
    num_decay_steps: int,
    min_lr_ratio: float = 0.0,
    num_cycles: float = 0.5,
    cooldown_type: str = "1-sqrt",
) -> Port:
    """t/w, 1, then a cooldown to 0 (cosine: to min_lr_ratio), then min_lr_ratio."""
    w = whole(num_warmup_steps, "num_warmup_steps", least=0)
    s = whole(num_stable_steps, "num_stable_steps", least=0)
    d = whole(num_decay_steps, "num_decay_steps", least=0)
    kind = one_of(cooldown_type, "cooldown_type", ("cosine", "1-sqrt", "linear", "1-square"))
    floor, halves = multiplier(min_lr_ratio, "min_lr_ratio"), 2 * positive(num_cycles, "num_cycles")
    falls = {
        "cosine": lambda: (
            cosine(d, floor, start=1)
            if halves == 1
            else glide(d, "cosine", floor, start=1, laps=halves, beyond="mirror")
        ),
        "1-sqrt": lambda: decay(d, start=1),
        "linear": lambda: linear(d, start=1),
        "1-square": lambda: decay(d, "power", power=2, start=1),
    }
    parts = (rise(w), stay(s), falls[kind]() if d else None)
    reached = floor == 0 or (kind == "cosine" and halves == 1)
    if d and reached and not (kind == "cosine" and halves != 1):
        return Port(schedule=phases(*parts), peak_lr=positive(base_lr, "b"), horizon=w + s + d)
    return Port(schedule=phases(*parts, constant(floor)), peak_lr=positive(base_lr, "base_lr"))


def proportion_scheduler(
    *,
    lr_scheduler: Port,
    max_lr: float,
    min_lr: float = 0.0,
    max_value: float = 2.0,
    min_value: float = 2.0,
) -> Port:
    """Another hyper-parameter: min_value + (max_value − min_value)·(lr − min_lr)/(max_lr − min_lr).

    The port's `lr` is that value, its `peak_lr` the larger of the two.
    """
    if not isinstance(lr_scheduler, Port):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
        raise refuse("lr_scheduler is not a port", repr(lr_scheduler), "a port of a scheduler")
    top, low = multiplier(max_lr, "max_lr"), multiplier(min_lr, "min_lr")
    high_value, low_value = multiplier(max_value, "max_value"), multiplier(min_value, "min_value")
    peak = positive_peak(max(high_value, low_value), "max_value=0, min_value=0")
    if top <= low:
        return Port(schedule=constant(), peak_lr=positive_peak(high_value, "max_value=0"))
    slope = (high_value - low_value) / (top - low)
    at_zero, at_peak = low_value - slope * low, low_value + slope * (lr_scheduler.peak_lr - low)
    if at_zero < 0 or at_peak < 0:
        raise refuse(
            "the line through the two values goes below 0",
            f"{at_zero:g} at lr 0, {at_peak:g} at lr {lr_scheduler.peak_lr:g}",
            "a schedule's values are 0 or more over all of [0, peak]",
        )
    schedule = proportional(lr_scheduler.schedule, at_zero / peak, at_peak / peak)
    return Port(schedule=schedule, peak_lr=peak, horizon=lr_scheduler.horizon)


def _late(
    t_max: int,
    max_lr: float,
    min_lr: float,
    init_lr: float,
    warm: int,
    ramp: Callable[..., Schedule],
) -> Port:
    peak, n = positive(max_lr, "max_lr"), whole(t_max, "t_max")
    low, first = multiplier(min_lr, "min_lr") / peak, multiplier(init_lr, "init_lr") / peak
    w = whole(warm, "warmup_steps", least=0)
    if w > n:
        raise refuse("the warmup is longer than t_max", f"{w} > {n}", "warmup_steps ≤ t_max")
    up = linear(w, 1, start=first) if w else None
    down = ramp(n - w, low, start=1) if n > w else None
    return Port(schedule=phases(level(1, low), up, down), peak_lr=peak, horizon=n + 1)


def _cycle(n: int, w: int, low: float, top: float) -> Schedule:
    return phases(linear(w, top, start=low) if w else None, cosine(n - w, low, start=top))


def _rest(n: int, low: float) -> Schedule | None:
    """The first cycle without warmup after update 0, which uses min_lr."""
    return glide(n - 1, "cosine", low, start=1, span=n, offset=1) if n > 1 else None


def _for_ever(n: int, w: int, low: float, top: float, factor: float) -> Schedule:
    """Cycles of n steps whose top shrinks and whose bottom stays."""
    up = phases(linear(w, 1, start=0) if w else None, cosine(n - w, 0, start=1))
    wave = up.repeat(shrink=factor)
    wave = wave if top == 1 else top * wave
    if low == 0:
        return wave
    down = phases(linear(w, 0, start=1) if w else None, cosine(n - w, 1, start=0))
    return total(wave, low * down.repeat())


def _chebyshev(epochs: int) -> list[float]:
    power = 2 ** (max(epochs - 1, 1).bit_length()) if epochs > 1 else 1
    small, big = 0.05, 1.0
    middle, radius = (big + small) / 2, (big - small) / 2
    steps = [1 / (middle - radius * cos((k + 0.5) * pi / power)) for k in range(power)]
    order = [0]
    while len(order) < power - 2:
        order = [place for k in order for place in (k, 2 * len(order) - 1 - k)]
    return [steps[place] for place in order if place < power]


_TORCH = {
    "CyclicLR": from_torch.cyclic_lr,
    "OneCycleLR": from_torch.one_cycle_lr,
    "ConstantLR": from_torch.constant_lr,
    "StepLR": from_torch.step_lr,
    "MultiStepLR": from_torch.multi_step_lr,
    "CosineAnnealingLR": from_torch.cosine_annealing_lr,
    "CosineAnnealingWarmRestarts": from_torch.cosine_annealing_warm_restarts,
}
_OWN = {
    "LinearScheduler": linear_scheduler,
    "CosineScheduler": cosine_scheduler,
    "PolyScheduler": poly_scheduler,
    "ProportionScheduler": proportion_scheduler,
    "REXScheduler": rex_scheduler,
    "CosineAnnealingWarmupRestarts": cosine_annealing_warmup_restarts,
    "get_chebyshev_schedule": chebyshev_schedule,
    "get_wsd_schedule": wsd_schedule,
}
_CLASSES = {**_TORCH, **_OWN}
_REGISTERED = {
    "constant": "ConstantLR",
    "step": "StepLR",
    "multi_step": "MultiStepLR",
    "cyclic": "CyclicLR",
    "one_cycle": "OneCycleLR",
    "cosine": "CosineScheduler",
    "poly": "PolyScheduler",
    "linear": "LinearScheduler",
    "proportion": "ProportionScheduler",
    "cosine_annealing": "CosineAnnealingLR",
    "cosine_annealing_with_warmup": "CosineAnnealingWarmupRestarts",
    "cosine_annealing_with_warm_restart": "CosineAnnealingWarmRestarts",
    "chebyshev": "get_chebyshev_schedule",
    "rex": "REXScheduler",
    "warmup_stable_decay": "get_wsd_schedule",
}
pytorch_optimizer = Library(
    name="pytorch_optimizer",
    builders={**_CLASSES, **{name: _CLASSES[own] for name, own in _REGISTERED.items()}},
    refused={
        "MultiplicativeLR": from_torch.torch.refused["MultiplicativeLR"],
        "multiplicative": from_torch.torch.refused["MultiplicativeLR"],
        "deberta_v3_large_lr_scheduler": "it gives layers their own lrs; schedule them as groups",
    },
)


def _quirk(key: str, scheduler: str, native: str, port: str, source: str) -> Quirk:
    return Quirk(
        key=key,
        library="pytorch_optimizer",
        scheduler=scheduler,
        native=native,
        port=port,
        source=source,
    )


QUIRKS = (
    _quirk(
        "past-t-max",
        "LinearScheduler, CosineScheduler",
        "past t_max the line goes below min_lr and the cosine rises again",
        "min_lr holds",
        "reference §2.9",
    ),
)
