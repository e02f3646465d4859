"""`torch.optim.lr_scheduler` 2.13, class by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import floor

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import (
    above,
    level,
    one_of,
    phases,
    refuse,
    share,
)
from lehr.catalog.ports.port import Port, positive_peak
from lehr.catalog.ports.quirk import Quirk
from lehr.catalog.ports.torch_composites import chained_scheduler, sequential_lr
from lehr.schedule import (
    Schedule,
    absolute,
    constant,
    cosine,
    exponential,
    glide,
    hold,
    linear,
    multi_step,
    polynomial,
    step,
    warmup,
)
from lehr.schedule.algebra import product
from lehr.schedule.checked import multiplier, positive, whole


def step_lr(*, base_lr: float, step_size: int, gamma: float = 0.1) -> Port:
    """base·gamma^⌊t/step_size⌋."""
    peak, every, factor = _peak(base_lr), whole(step_size, "step_size"), multiplier(gamma, "gamma")
    stairs = step(every, factor) if factor else hold(every) >> constant(0)
    return Port(schedule=stairs, peak_lr=peak)


def multi_step_lr(*, base_lr: float, milestones: Iterable[int], gamma: float = 0.1) -> Port:
    """base·gamma^#{milestones ≤ t}; a milestone that stands twice counts twice."""
    peak, factor = _peak(base_lr), multiplier(gamma, "gamma")
    marks = sorted(whole(mark, "a milestone", least=0) for mark in milestones)
    if factor == 0 and marks:
        return Port(schedule=phases(level(marks[0], 1), constant(0)), peak_lr=peak)
    schedule: Schedule = constant()
    count = Counter(marks)
    later = [mark for mark in count if mark]
    if later:
        layers = [[m for m in later if count[m] > k] for k in range(max(count[m] for m in later))]
        stairs = [multi_step(layer, factor) for layer in layers]
        schedule = product(*stairs) if len(stairs) > 1 else stairs[0]
    return Port(schedule=factor ** count[0] * schedule if count[0] else schedule, peak_lr=peak)


def constant_lr(*, base_lr: float, factor: float = 1 / 3, total_iters: int = 5) -> Port:
    """base·factor for t < total_iters, then base."""
    peak, small, n = _peak(base_lr), share(factor, "factor"), _count(total_iters, "total_iters")
    first = warmup(n, small, shape="constant") if n else None
    return Port(schedule=phases(first, hold()), peak_lr=peak)


def linear_lr(
    *, base_lr: float, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
) -> Port:
    """base·(start + (end − start)·min(t, total_iters)/total_iters)."""
    peak, n = _peak(base_lr), _count(total_iters, "total_iters")
    start, end = share(start_factor, "start_factor"), share(end_factor, "end_factor")
    if start == 0:
        raise refuse(
            "start_factor is 0",
            f"start_factor={start_factor}",
            "torch refuses a first lr of 0",
            'warmup(n, reach="next") starts at 0',
        )
    tail = linear(n, end, start=start) >> hold() if n else constant(end)
    return Port(schedule=tail, peak_lr=peak)


def exponential_lr(*, base_lr: float, gamma: float) -> Port:
    """base·gamma^t."""
    peak, factor = _peak(base_lr), multiplier(gamma, "gamma")
    falling = exponential(factor) if factor else hold(1) >> constant(0)
    return Port(schedule=falling, peak_lr=peak)


def polynomial_lr(*, base_lr: float, total_iters: int = 5, power: float = 1.0) -> Port:
    """base·(1 − min(t, total_iters)/total_iters)^power."""
    peak, n, exponent = (
        _peak(base_lr),
        whole(total_iters, "total_iters"),
        multiplier(power, "power"),
    )
    schedule = polynomial(power=exponent) if exponent else constant()
    return Port(schedule=schedule, peak_lr=peak, horizon=n)


def cosine_annealing_lr(*, base_lr: float, T_max: int, eta_min: float = 0.0) -> Port:
    """eta_min + (base − eta_min)·(1 + cos(πt/T_max))/2, up again after T_max, and so on."""
    peak, n = _peak(base_lr), whole(T_max, "T_max")
    final = multiplier(eta_min, "eta_min") / peak
    wave = cosine(n, final, start=1) >> cosine(n, 1, start=final)
    return Port(schedule=wave.repeat(), peak_lr=peak)


def cosine_annealing_warm_restarts(
    *, base_lr: float, T_0: int, T_mult: int = 1, eta_min: float = 0.0
) -> Port:
    """eta_min + (base − eta_min)·(1 + cos(πt/T_i))/2 in cycles of T_0·T_mult^i steps."""
    peak, n, ratio = _peak(base_lr), whole(T_0, "T_0"), whole(T_mult, "T_mult")
    final = multiplier(eta_min, "eta_min") / peak
    return Port(schedule=cosine(n, final, start=1).repeat(stretch=ratio), peak_lr=peak)


def cyclic_lr(
    *,
    base_lr: float,
    max_lr: float,
    step_size_up: int = 2000,
    step_size_down: int | None = None,
    mode: str = "triangular",
    gamma: float = 1.0,
    scale_fn: None = None,
    scale_mode: str = "cycle",
    cycle_momentum: bool = True,
    base_momentum: float = 0.8,
    max_momentum: float = 0.9,
) -> Port:
    """lr(t) = base + (max − base)·triangle(t)·scale, scale 1, ½^cycle or gamma^t."""
    _no_function(scale_fn, "scale_fn")
    kind = one_of(mode, "mode", ("triangular", "triangular2", "exp_range"))
    one_of(scale_mode, "scale_mode", ("cycle", "iterations"))
    up = whole(step_size_up, "step_size_up")
    down = up if step_size_down is None else _count(step_size_down, "step_size_down")
    low, high = multiplier(base_lr, "base_lr"), multiplier(max_lr, "max_lr")
    peak = positive_peak(max(low, high), f"base_lr={low}, max_lr={high}")
    factor = positive(gamma, "gamma")
    if kind == "triangular":
        schedule = _triangle(up, down, low / peak, high / peak).repeat()
        least_momentum = multiplier(base_momentum, "base_momentum")
        most = multiplier(max_momentum, "max_momentum")
        momentum = absolute(_triangle(up, down, most, least_momentum).repeat())
        return Port(schedule=schedule, peak_lr=peak, momentum=momentum if cycle_momentum else None)
    if low > high:
        raise refuse("max_lr is below base_lr", f"{low} > {high}", f'max_lr ≥ base_lr for "{kind}"')
    unit = _triangle(up, down, 0, 1)
    wave = unit.repeat(shrink=0.5) if kind == "triangular2" else unit.repeat() * exponential(factor)
    return Port(schedule=above(low / peak, wave), peak_lr=peak)


def one_cycle_lr(
    *,
    base_lr: float | None = None,
    max_lr: float,
    total_steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
    pct_start: float = 0.3,
    anneal_strategy: str = "cos",
    cycle_momentum: bool = True,
    base_momentum: float = 0.85,
    max_momentum: float = 0.95,
    div_factor: float = 25.0,
    final_div_factor: float = 10000.0,
    three_phase: bool = False,
) -> Port:
    """max/div → max at t = pct·T − 1 → max/(div·final_div) at t = T − 1.

    base_lr: the optimizer's lr, which torch overwrites.
    """
    if base_lr is not None:
        _peak(base_lr)
    peak = positive(max_lr, "max_lr")
    horizon = _total_steps(total_steps, epochs, steps_per_epoch)
    share(pct_start, "pct_start")
    if not isinstance(pct_start, float):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
        raise refuse("pct_start is no float", f"pct_start={pct_start!r}", "torch takes a float")
    curve = one_of(anneal_strategy, "anneal_strategy", ("cos", "linear"))
    start = 1 / positive(div_factor, "div_factor")
    final = start / positive(final_div_factor, "final_div_factor")
    small, large = (
        multiplier(base_momentum, "base_momentum"),
        multiplier(max_momentum, "max_momentum"),
    )
    rise_end, end = float(pct_start * horizon) - 1, float(horizon - 1)
    ends = [rise_end, float(2 * pct_start * horizon) - 2, end] if three_phase else [rise_end, end]
    levels = [start, 1.0, start, final] if three_phase else [start, 1.0, final]
    moments = [large, small, large, large] if three_phase else [large, small, large]
    return Port(
        schedule=_through(levels, ends, horizon, curve),
        peak_lr=peak,
        horizon=horizon,
        momentum=absolute(_through(moments, ends, horizon, curve)) if cycle_momentum else None,
    )


def _peak(base_lr: object) -> float:
    return positive(base_lr, "base_lr")


def _count(value: int, name: str) -> int:
    return whole(value, name, least=0)


def _triangle(up: int, down: int, low: float, high: float) -> Schedule:
    return phases(linear(up, high, start=low), linear(down, low, start=high) if down else None)


def _no_function(value: object, name: str) -> None:
    if value is not None:
        raise refuse(
            f"{name} is a function",
            f"{name}={value!r}",
            "a port is a text, and a function is none",
            "write the schedule itself, for example triangular(50).repeat(shrink=0.9)",
        )


def _total_steps(total: int | None, epochs: int | None, per_epoch: int | None) -> int:
    if total is not None:
        return whole(total, "total_steps")
    if epochs is None or per_epoch is None:
        raise refuse(
            "nobody said how many steps there are",
            f"total_steps=None, epochs={epochs}, steps_per_epoch={per_epoch}",
            "total_steps, or both epochs and steps_per_epoch",
            "total_steps=1000",
        )
    return whole(epochs, "epochs") * whole(per_epoch, "steps_per_epoch")


def _through(levels: list[float], ends: list[float], horizon: int, strategy: str) -> Schedule:
    """Go from level to level; each way ends at a step that need not be whole.

    A step belongs to the first way that ends at it or later, and to the last way otherwise.
    """
    parts: list[Schedule | None] = []
    begin, done = 0.0, 0
    shape = "cosine" if strategy == "cos" else "linear"
    for index, end in enumerate(ends):
        last = index == len(ends) - 1
        n = horizon - done if last else min(horizon, max(done, floor(end) + 1)) - done
        first, final = levels[index], levels[index + 1]
        if n and end == begin:
            parts.append(level(n, final))
        elif n:
            part = glide(n, shape, final, start=first, span=end - begin, offset=done - begin)
            parts.append(part)
        begin, done = end, done + n
    return phases(*parts)


_FUNCTION = (
    "write the schedule itself: 'warmup(100) >> cosine()' is a text that survives a checkpoint"
)
torch = Library(
    name="torch",
    builders={
        "StepLR": step_lr,
        "MultiStepLR": multi_step_lr,
        "ConstantLR": constant_lr,
        "LinearLR": linear_lr,
        "ExponentialLR": exponential_lr,
        "PolynomialLR": polynomial_lr,
        "CosineAnnealingLR": cosine_annealing_lr,
        "CosineAnnealingWarmRestarts": cosine_annealing_warm_restarts,
        "CyclicLR": cyclic_lr,
        "OneCycleLR": one_cycle_lr,
        "SequentialLR": sequential_lr,
        "ChainedScheduler": chained_scheduler,
    },
    refused={
        "LambdaLR": _FUNCTION,
        "MultiplicativeLR": _FUNCTION,
        "ReduceLROnPlateau": "it listens to a metric, so it is a feedback, not a schedule",
    },
)


def _quirk(key: str, scheduler: str, native: str, port: str, source: str) -> Quirk:
    return Quirk(
        key=key, library="torch", scheduler=scheduler, native=native, port=port, source=source
    )


QUIRKS = (
    _quirk(
        "linear-zero",
        "LinearLR",
        "total_iters=0 stays at start_factor for ever",
        "end_factor from step 0 on",
        "reference §5.1",
    ),
    _quirk(
        "constant-zero",
        "ConstantLR",
        "total_iters=0 stays at factor for ever; factor=0 divides by zero at total_iters",
        "the base lr from step total_iters on",
        "reference §5.1",
    ),
    _quirk(
        "multistep-float",
        "MultiStepLR",
        "milestones that are not whole numbers never fire",
        "refuses them",
        "reference §2.1",
    ),
    _quirk(
        "one-cycle-past-end",
        "OneCycleLR",
        "t = total_steps extrapolates (a negative lr if linear), later steps raise",
        "the last lr holds",
        "pytorch#91765, #38170",
    ),
    _quirk(
        "one-cycle-zero-division",
        "OneCycleLR",
        "pct_start·total_steps = 1 divides by zero at step 0, pct_start = 1 past the end",
        "starts at the peak; holds",
        "pytorch#180187",
    ),
    _quirk(
        "sequential-milestones",
        "SequentialLR",
        "milestones that do not ascend are accepted and come out wrong",
        "refuses them",
        "reference §2.1",
    ),
    _quirk(
        "sequential-reset",
        "SequentialLR",
        "OneCycleLR inside changes initial_lr, so that the other phases are 25 times too small; "
        "composites inside are one step off or raise",
        "every phase is what it is alone",
        "pytorch#196243, reference §5.1",
    ),
    _quirk(
        "chained-not-a-product",
        "ChainedScheduler",
        "closed-form members (CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR) and "
        "CosineAnnealingLR with eta_min or past T_max overwrite or mix what others did",
        "the product of the members",
        "pytorch#129565",
    ),
    _quirk(
        "cosine-stuck",
        "CosineAnnealingLR",
        "T_max = 1 and a base lr of eta_min multiply or divide by rounding errors of the recursion",
        "the documented closed form",
        "reference §5.1",
    ),
)
