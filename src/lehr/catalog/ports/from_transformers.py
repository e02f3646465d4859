"""`transformers.get_scheduler` 5.23: its names, with the arguments of the functions behind them."""

from __future__ import annotations

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import one_of, phases, refuse, rise, stay
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import (
    Schedule,
    constant,
    cosine,
    decay,
    glide,
    hold,
    linear,
    polynomial,
    rsqrt,
    warmup,
)
from lehr.schedule.checked import multiplier, positive, whole


def constant_schedule(*, base_lr: float) -> Port:
    """The optimizer's lr."""
    return Port(schedule=constant(), peak_lr=_peak(base_lr))


def constant_with_warmup(*, base_lr: float, num_warmup_steps: int) -> Port:
    """t/w for t < w, then 1."""
    w = _count(num_warmup_steps, "num_warmup_steps")
    return Port(schedule=phases(rise(w), hold()), peak_lr=_peak(base_lr))


def linear_schedule(*, base_lr: float, num_warmup_steps: int, num_training_steps: int) -> Port:
    """t/w, then (T − t)/(T − w)."""
    return _warmed(base_lr, num_warmup_steps, num_training_steps, linear(), 0)


def cosine_schedule(
    *, base_lr: float, num_warmup_steps: int, num_training_steps: int, num_cycles: float = 0.5
) -> Port:
    """t/w, then (1 + cos(2π·num_cycles·x))/2 with x = (t − w)/(T − w)."""
    wave = _wave(num_cycles, 0)
    return _warmed(base_lr, num_warmup_steps, num_training_steps, wave)


def cosine_with_restarts(
    *, base_lr: float, num_warmup_steps: int, num_training_steps: int, num_cycles: int = 1
) -> Port:
    """t/w, then (1 + cos(π·frac(num_cycles·x)))/2 with x = (t − w)/(T − w), then 0."""
    cycles = whole(num_cycles, "num_cycles")
    w, horizon = _spans(num_warmup_steps, num_training_steps)
    span = max(1, horizon - w)
    if span % cycles == 0:
        fall = cosine(span // cycles, start=1).repeat(cycles) if cycles > 1 else cosine()
        return _warmed(base_lr, w, horizon, fall)
    fall = glide(span, "cosine", start=1, laps=cycles, beyond="again")
    return Port(schedule=phases(rise(w), fall, constant(0)), peak_lr=_peak(base_lr))


def polynomial_schedule(
    *,
    base_lr: float,
    num_warmup_steps: int,
    num_training_steps: int,
    lr_end: float = 1e-7,
    power: float = 1.0,
) -> Port:
    """t/w, then lr_end + (base − lr_end)·(1 − x)^power with x = (t − w)/(T − w)."""
    final = multiplier(lr_end, "lr_end") / _peak(base_lr)
    if final >= 1:
        raise refuse(
            "lr_end is not below the optimizer's lr",
            f"lr_end={lr_end}, base_lr={base_lr}",
            "lr_end < base_lr",
        )
    fall = polynomial(power=positive(power, "power"), final=final)
    return _warmed(base_lr, num_warmup_steps, num_training_steps, fall, final)


def inverse_sqrt(*, base_lr: float, num_warmup_steps: int, timescale: int | None = None) -> Port:
    """t/w, then √(τ/(t − w + τ)), τ = timescale, or w, or 10,000 where w is 0."""
    w = _count(num_warmup_steps, "num_warmup_steps")
    tau = (w or 10_000) if timescale is None else whole(timescale, "timescale")
    return Port(schedule=phases(rise(w), rsqrt(tau)), peak_lr=_peak(base_lr))


def cosine_with_min_lr(
    *,
    base_lr: float,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
) -> Port:
    """t/w, then rate + (1 − rate)·(1 + cos(2π·num_cycles·x))/2 with x = (t − w)/(T − w)."""
    floor = _floor(base_lr, min_lr, min_lr_rate)
    wave = _wave(num_cycles, floor)
    return _warmed(base_lr, num_warmup_steps, num_training_steps, wave)


def cosine_warmup_with_min_lr(
    *,
    base_lr: float,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
    warmup_lr_rate: float | None = None,
) -> Port:
    """(t + 1)/w (or warmup_lr_rate → 1 at w − 1), then the cosine of x = (t − w + 1)/(T − w)."""
    floor = _floor(base_lr, min_lr, min_lr_rate)
    w, horizon = _spans(num_warmup_steps, num_training_steps)
    if w >= horizon:
        raise refuse(
            "there is no step after the warmup",
            f"num_warmup_steps={w}, num_training_steps={horizon}",
            "num_warmup_steps < num_training_steps",
        )
    up: Schedule | None = warmup(w) if w else None
    if w and warmup_lr_rate is not None:
        first = multiplier(warmup_lr_rate, "warmup_lr_rate")
        up = glide(w, final=1, start=first, span=max(1, w - 1))
    halves = 2 * positive(num_cycles, "num_cycles")
    fall = glide(
        shape="cosine",
        final=floor,
        start=1,
        offset=1,
        laps=halves,
        beyond="hold" if halves == 1 else "mirror",
    )
    return Port(schedule=phases(up, fall), peak_lr=_peak(base_lr), horizon=horizon)


def warmup_stable_decay(
    *,
    base_lr: float,
    num_warmup_steps: int,
    num_decay_steps: int,
    num_training_steps: int | None = None,
    num_stable_steps: int | None = None,
    warmup_type: str = "linear",
    decay_type: str = "cosine",
    min_lr_ratio: float = 0,
    num_cycles: float = 0.5,
) -> Port:
    """From min_lr_ratio to 1 in w steps, 1, then back in d steps, along named shapes."""
    shapes = ("linear", "cosine", "1-sqrt")
    up, down = one_of(warmup_type, "warmup_type", shapes), one_of(decay_type, "decay_type", shapes)
    w, d = (
        _count(num_warmup_steps, "num_warmup_steps"),
        _count(num_decay_steps, "num_decay_steps"),
    )
    s = _stable(w, d, num_training_steps, num_stable_steps)
    m = multiplier(min_lr_ratio, "min_lr_ratio")
    rises = {
        "linear": lambda: linear(w, 1, start=m),
        "cosine": lambda: cosine(w, 1, start=m),
        "1-sqrt": lambda: polynomial(w, 0.5, 1, start=m),
    }
    halves = 2 * positive(num_cycles, "num_cycles")
    waves = down == "cosine" and halves != 1
    falls = {
        "linear": lambda: linear(d, m, start=1),
        "cosine": lambda: (
            glide(d, "cosine", m, start=1, laps=halves, beyond="mirror")
            if waves
            else cosine(d, m, start=1)
        ),
        "1-sqrt": lambda: decay(d, "1-sqrt", m, start=1),
    }
    parts = (rises[up]() if w else None, stay(s), falls[down]() if d else None)
    if waves or not d:
        return Port(schedule=phases(*parts, constant(m)), peak_lr=_peak(base_lr))
    return Port(schedule=phases(*parts), peak_lr=_peak(base_lr), horizon=w + s + d)


def _peak(base_lr: object) -> float:
    return positive(base_lr, "base_lr")


def _count(value: int, name: str) -> int:
    return whole(value, name, least=0)


def _spans(warm: int, horizon: int) -> tuple[int, int]:
    return _count(warm, "num_warmup_steps"), whole(horizon, "num_training_steps")


def _warmed(
    base_lr: object, warm: int, horizon: int, fall: Schedule, final: float | None = None
) -> Port:
    """Rise for w steps, then `fall` for the rest.

    After a warmup of T steps or more come `final`, or, where there is none, a fall of one step.
    """
    w, steps = _spans(warm, horizon)
    if w >= steps and final is not None:
        return Port(schedule=phases(rise(w), constant(final)), peak_lr=_peak(base_lr))
    steps = max(steps, w + 1)
    return Port(schedule=phases(rise(w), fall), peak_lr=_peak(base_lr), horizon=steps)


def _wave(cycles: float, floor: float) -> Schedule:
    halves = 2 * positive(cycles, "num_cycles")
    if halves == 1:
        return cosine(final=floor)
    return glide(shape="cosine", final=floor, start=1, laps=halves, beyond="mirror")


def _floor(base_lr: float, min_lr: float | None, rate: float | None) -> float:
    if (min_lr is None) == (rate is None):
        raise refuse(
            "the minimum is not said once",
            f"min_lr={min_lr}, min_lr_rate={rate}",
            "one of min_lr and min_lr_rate",
            "min_lr_rate=0.1",
        )
    if min_lr is not None:
        return multiplier(min_lr, "min_lr") / _peak(base_lr)
    return multiplier(rate, "min_lr_rate")


def _stable(w: int, d: int, total: int | None, stable: int | None) -> int:
    if stable is not None:
        return _count(stable, "num_stable_steps")
    if total is None:
        raise refuse(
            "nobody said how long the lr stays",
            "num_training_steps=None, num_stable_steps=None",
            "one of them",
            "num_training_steps=10_000",
        )
    rest = _count(total, "num_training_steps") - w - d
    if rest < 0:
        raise refuse(
            "warmup and decay are longer than the training",
            f"{w} + {d} > {total}",
            "num_warmup_steps + num_decay_steps ≤ num_training_steps",
        )
    return rest


transformers = Library(
    name="transformers",
    builders={
        "constant": constant_schedule,
        "constant_with_warmup": constant_with_warmup,
        "linear": linear_schedule,
        "cosine": cosine_schedule,
        "cosine_with_restarts": cosine_with_restarts,
        "polynomial": polynomial_schedule,
        "inverse_sqrt": inverse_sqrt,
        "cosine_with_min_lr": cosine_with_min_lr,
        "cosine_warmup_with_min_lr": cosine_warmup_with_min_lr,
        "warmup_stable_decay": warmup_stable_decay,
    },
    refused={
        "reduce_lr_on_plateau": "it listens to a metric, so it is a feedback, not a schedule",
        "greedy": "it listens to a metric, so it is a feedback, not a schedule",
    },
)


def _quirk(key: str, scheduler: str, native: str, port: str, source: str) -> Quirk:
    return Quirk(
        key=key,
        library="transformers",
        scheduler=scheduler,
        native=native,
        port=port,
        source=source,
    )


QUIRKS = (
    _quirk(
        "cosine-rises",
        "cosine, cosine_with_min_lr, cosine_warmup_with_min_lr",
        "the lr rises again past num_training_steps",
        "the value at num_training_steps holds",
        "reference §2.5",
    ),
    _quirk(
        "restart-rounding",
        "cosine_with_restarts",
        "a restart that falls on a whole step comes one step late where the float product "
        "num_cycles·x rounds to just below a whole number",
        "the restart is on its step",
        "measured in evidence/ports_parity",
    ),
    _quirk(
        "polynomial-zero-division",
        "polynomial",
        "num_warmup_steps = num_training_steps divides by zero",
        "lr_end after the warmup",
        "reference §2.5",
    ),
)
