"""`optax` 0.2.8 schedules: the step counts from 0, values are absolute lrs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import (
    beginning,
    endless,
    in_order,
    level,
    one_of,
    phases,
    refuse,
    share,
    stay,
)
from lehr.catalog.ports.port import Port, positive_peak
from lehr.catalog.ports.quirk import Quirk
from lehr.errors import did_you_mean
from lehr.schedule import (
    Schedule,
    constant,
    cosine,
    exponential,
    glide,
    linear,
    piecewise,
    polynomial,
    step,
)
from lehr.schedule.checked import multiplier, positive, whole

Scales = Mapping[int, float]


def constant_schedule(*, value: float) -> Port:
    """The value."""
    return Port(schedule=constant(), peak_lr=positive(value, "value"))


def polynomial_schedule(
    *,
    init_value: float,
    end_value: float,
    power: float,
    transition_steps: int,
    transition_begin: int = 0,
) -> Port:
    """lr(t) = end + (init − end)·(1 − x)^power with x = (t − begin)/steps from begin on."""
    first, last = multiplier(init_value, "init_value"), multiplier(end_value, "end_value")
    n, begin = _steps(transition_steps), max(0, whole(transition_begin, "begin", least=-(2**53)))
    if n <= 0:
        return Port(schedule=constant(), peak_lr=positive(init_value, "init_value"))
    peak = positive_peak(max(first, last), f"init_value={first}, end_value={last}")
    start, final, exponent = first / peak, last / peak, multiplier(power, "power")
    if exponent == 0:
        return Port(schedule=constant(), peak_lr=positive(init_value, "init_value"))
    fall = linear(None, final, start=start)
    if exponent != 1:
        fall = polynomial(None, exponent, final, start=start)
    schedule = phases(level(begin, start), fall)
    return Port(schedule=schedule, peak_lr=peak, horizon=begin + n)


def linear_schedule(
    *, init_value: float, end_value: float, transition_steps: int, transition_begin: int = 0
) -> Port:
    """lr(t) = init + (end − init)·x with x = (t − begin)/steps from begin on."""
    return polynomial_schedule(
        init_value=init_value,
        end_value=end_value,
        power=1,
        transition_steps=transition_steps,
        transition_begin=transition_begin,
    )


def exponential_decay(
    *,
    init_value: float,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Port:
    """init·rate^((t − begin)/steps), ⌊…⌋ if staircase, bounded by end_value."""
    peak, rate = positive(init_value, "init_value"), multiplier(decay_rate, "decay_rate")
    n, begin = _steps(transition_steps), max(0, whole(transition_begin, "begin", least=-(2**53)))
    if n <= 0 or rate == 0:
        return Port(schedule=constant(), peak_lr=peak)
    fall = step(n, rate) if staircase else exponential(rate, n)
    schedule = phases(stay(begin), fall)
    if end_value is not None:
        bound = multiplier(end_value, "end_value") / peak
        schedule = schedule.clip(min=bound) if rate < 1 else schedule.clip(max=bound)
    return Port(schedule=schedule, peak_lr=peak)


def cosine_decay_schedule(
    *, init_value: float, decay_steps: int, alpha: float = 0.0, exponent: float = 1.0
) -> Port:
    """init·(alpha + (1 − alpha)·((1 + cos πx)/2)^exponent) with x = t/decay_steps."""
    peak, n = positive(init_value, "init_value"), whole(decay_steps, "decay_steps")
    return Port(schedule=_cosine(exponent, multiplier(alpha, "alpha")), peak_lr=peak, horizon=n)


def piecewise_constant_schedule(
    *, init_value: float, boundaries_and_scales: Scales | None = None
) -> Port:
    """The first value times the scale of every boundary ≤ t."""
    marks, values, peak = _accumulated(init_value, boundaries_and_scales)
    if len(marks) == 1:
        return Port(schedule=constant(values[0]), peak_lr=peak)
    return Port(schedule=piecewise(marks[1:], values, "constant"), peak_lr=peak)


def piecewise_interpolate_schedule(
    *, interpolate_type: str, init_value: float, boundaries_and_scales: Scales | None = None
) -> Port:
    """From each accumulated value to the next, in a line or half a cosine."""
    kind = one_of(interpolate_type, "interpolate_type", ("linear", "cosine"))
    marks, values, peak = _accumulated(init_value, boundaries_and_scales)
    if len(marks) == 1:
        return Port(schedule=constant(values[0]), peak_lr=peak)
    shape = "linear" if kind == "linear" else "cosine"
    return Port(schedule=piecewise(marks[1:], values, shape), peak_lr=peak)


def linear_onecycle_schedule(
    *,
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    pct_final: float = 0.85,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Port:
    """peak/div → peak → peak/div → peak/(div·final_div), in lines."""
    n, first = whole(transition_steps, "transition_steps"), share(pct_start, "pct_start")
    div, final = positive(div_factor, "div_factor"), positive(final_div_factor, "final_div_factor")
    marks = [int(first * n), int(share(pct_final, "pct_final") * n), n]
    if marks != sorted(marks):
        raise refuse("pct_final is below pct_start", f"{pct_final} < {pct_start}", "it follows it")
    return _onecycle(peak_value, div, marks, [div, 1 / div, 1 / final], "linear")


def cosine_onecycle_schedule(
    *,
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Port:
    """peak/div → peak → peak/(div·final_div), along half cosines."""
    n, first = whole(transition_steps, "transition_steps"), share(pct_start, "pct_start")
    div, final = positive(div_factor, "div_factor"), positive(final_div_factor, "final_div_factor")
    return _onecycle(peak_value, div, [int(first * n), n], [div, 1 / (div * final)], "cosine")


def warmup_constant_schedule(*, init_value: float, peak_value: float, warmup_steps: int) -> Port:
    """From init to peak in a line, then peak."""
    return linear_schedule(
        init_value=init_value, end_value=peak_value, transition_steps=warmup_steps
    )


def warmup_cosine_decay_schedule(
    *,
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    decay_steps: int,
    end_value: float = 0.0,
    exponent: float = 1.0,
) -> Port:
    """From init to peak in a line, then a cosine to end; decay_steps includes the warmup."""
    peak, w = positive(peak_value, "peak_value"), whole(warmup_steps, "warmup_steps", least=0)
    horizon = whole(decay_steps, "decay_steps")
    if horizon <= w:
        raise refuse(
            "no step is left to decay in",
            f"warmup_steps={w}, decay_steps={horizon}",
            "decay_steps includes the warmup and is longer",
        )
    up = linear(w, 1, start=multiplier(init_value, "init_value") / peak) if w else None
    fall = _cosine(exponent, multiplier(end_value, "end_value") / peak)
    return Port(schedule=phases(up, fall), peak_lr=peak, horizon=horizon)


def warmup_exponential_decay_schedule(
    *,
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Port:
    """From init to peak in a line, then exponential_decay counted from there."""
    fall = exponential_decay(
        init_value=peak_value,
        transition_steps=transition_steps,
        decay_rate=decay_rate,
        transition_begin=transition_begin,
        staircase=staircase,
        end_value=end_value,
    )
    w = whole(warmup_steps, "warmup_steps", least=0)
    up = linear(w, 1, start=multiplier(init_value, "init_value") / fall.peak_lr) if w else None
    return Port(schedule=phases(up, fall.schedule), peak_lr=fall.peak_lr)


def sgdr_schedule(*, cosine_kwargs: Iterable[Mapping[str, float]]) -> Port:
    """Each warmup_cosine_decay_schedule after the other."""
    cycles = [_cycle(kwargs) for kwargs in cosine_kwargs]
    if not cycles:
        raise refuse("there is no cycle", "cosine_kwargs=[]", "at least one")
    marks: list[int] = []
    for cycle in cycles[:-1]:
        marks.append((marks[-1] if marks else 0) + (cycle.horizon or 0))
    return join_schedules(schedules=cycles, boundaries=marks)


def join_schedules(*, schedules: Iterable[Port], boundaries: Iterable[int]) -> Port:
    """Each schedule from its boundary on, counted from there."""
    ports, marks = list(schedules), [whole(mark, "a boundary") for mark in boundaries]
    if len(marks) != len(ports) - 1 or any(a >= b for a, b in pairwise(marks)):
        raise refuse(
            "the boundaries do not separate the schedules",
            f"{len(ports)} schedules, boundaries={marks}",
            "one boundary fewer than schedules, ascending",
        )
    peak = max(port.peak_lr for port in ports)
    lengths = [b - a for a, b in pairwise([0, *marks])]
    parts = [beginning(port, n) for port, n in zip(ports[:-1], lengths, strict=True)]
    last = ports[-1]
    closing = last.schedule if last.horizon else endless(last)
    parts = in_order(ports, [*parts, closing])
    horizon = sum(lengths) + last.horizon if last.horizon else None
    return Port(schedule=phases(*parts), peak_lr=peak, horizon=horizon)


def _steps(value: int) -> int:
    return whole(value, "transition_steps", least=-(2**53))


def _cosine(exponent: float, final: float) -> Schedule:
    if exponent == 1:
        return cosine(final=final, start=1)
    return glide(shape="cosine", final=final, start=1, power=positive(exponent, "exponent"))


def _accumulated(init: object, scales: Scales | None) -> tuple[list[int], list[float], float]:
    """Return boundaries from 0 on, the values between them relative to the peak, and the peak."""
    marks, values = [0], [positive(init, "init_value")]
    for mark, scale in sorted((scales or {}).items()):
        boundary = whole(mark, "a boundary", least=0)
        values.append(values[-1] * multiplier(scale, "a scale"))
        marks.append(boundary)
        if boundary == marks[-2]:
            del values[-2], marks[-1]
    peak = positive_peak(max(values), f"init_value={init}, boundaries_and_scales={scales}")
    return marks, [value / peak for value in values], peak


def _onecycle(
    peak_value: object, div: float, marks: list[int], scales: list[float], kind: str
) -> Port:
    """Go through the accumulated scales; boundaries that coincide both count."""
    merged: dict[int, float] = {}
    for mark, scale in zip(marks, scales, strict=True):
        merged[mark] = merged.get(mark, 1.0) * scale
    return piecewise_interpolate_schedule(
        interpolate_type=kind,
        init_value=positive(peak_value, "peak_value") / div,
        boundaries_and_scales=merged,
    )


def _cycle(kwargs: Mapping[str, float]) -> Port:
    known = ("init_value", "peak_value", "warmup_steps", "decay_steps", "end_value", "exponent")
    for name in kwargs:
        if name not in known:
            raise refuse(f"a cycle has no {name}", repr(dict(kwargs)), did_you_mean(name, known))
    absent = [name for name in known[:4] if name not in kwargs]
    if absent:
        raise refuse(f"a cycle needs {absent[0]}", repr(dict(kwargs)), ", ".join(known))
    return warmup_cosine_decay_schedule(**kwargs)  # pyright: ignore[reportArgumentType] - whole() checks the steps


optax = Library(
    name="optax",
    builders={
        "constant_schedule": constant_schedule,
        "polynomial_schedule": polynomial_schedule,
        "linear_schedule": linear_schedule,
        "exponential_decay": exponential_decay,
        "cosine_decay_schedule": cosine_decay_schedule,
        "piecewise_constant_schedule": piecewise_constant_schedule,
        "piecewise_interpolate_schedule": piecewise_interpolate_schedule,
        "linear_onecycle_schedule": linear_onecycle_schedule,
        "cosine_onecycle_schedule": cosine_onecycle_schedule,
        "warmup_constant_schedule": warmup_constant_schedule,
        "warmup_cosine_decay_schedule": warmup_cosine_decay_schedule,
        "warmup_exponential_decay_schedule": warmup_exponential_decay_schedule,
        "sgdr_schedule": sgdr_schedule,
        "join_schedules": join_schedules,
    },
    refused={
        "inject_hyperparams": "lehr.Plan schedules several hyper-parameters",
        "reduce_on_plateau": "it listens to a metric, so it is a feedback, not a schedule",
    },
)


def _quirk(key: str, scheduler: str, native: str, port: str, source: str) -> Quirk:
    return Quirk(
        key=key, library="optax", scheduler=scheduler, native=native, port=port, source=source
    )


QUIRKS = (
    _quirk(
        "onecycle-collapse",
        "linear_onecycle_schedule, cosine_onecycle_schedule",
        "two boundaries on one step overwrite each other, so that a factor is lost",
        "both factors count",
        "reference §2.2",
    ),
    _quirk(
        "linear-onecycle-end",
        "linear_onecycle_schedule",
        "documented to end at peak/final_div_factor, ends at peak/(div_factor·final_div_factor)",
        "what the code does, which is torch's and fastai's meaning",
        "reference §2.2",
    ),
)
