"""`keras.optimizers.schedules` 3.15, class by class; values are absolute lrs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import above, phases, refuse, share
from lehr.catalog.ports.port import Port, positive_peak
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import (
    constant,
    cosine,
    exponential,
    glide,
    linear,
    piecewise,
    polynomial,
    polynomial_cycles,
    power_law,
    step,
)
from lehr.schedule.checked import multiplier, positive, whole


def exponential_decay(
    *, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
) -> Port:
    """initial·rate^(t/decay_steps), ⌊t/decay_steps⌋ if staircase."""
    peak, n = _initial(initial_learning_rate), whole(decay_steps, "decay_steps")
    rate = positive(decay_rate, "decay_rate")
    return Port(schedule=step(n, rate) if staircase else exponential(rate, n), peak_lr=peak)


def piecewise_constant_decay(*, boundaries: Sequence[int], values: Sequence[float]) -> Port:
    """values[i] up to and including boundaries[i]."""
    if len(boundaries) != len(values) - 1:
        raise refuse(
            "boundaries and values do not fit",
            f"{len(boundaries)} boundaries, {len(values)} values",
            "one boundary fewer than values",
        )
    marks = [whole(mark, "a boundary", least=0) for mark in boundaries]
    if any(a >= b for a, b in pairwise(marks)):
        raise refuse("boundaries do not ascend", f"boundaries={marks}", "boundaries ascend")
    lrs = [multiplier(value, "a value") for value in values]
    peak = positive_peak(max(lrs), f"values={lrs}")
    levels = [lr / peak for lr in lrs]
    if not marks:
        return Port(schedule=constant(), peak_lr=peak)
    return Port(schedule=piecewise([m + 1 for m in marks], levels, "constant"), peak_lr=peak)


def polynomial_decay(
    *,
    initial_learning_rate: float,
    decay_steps: int,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
) -> Port:
    """lr(t) = end + (initial − end)·(1 − t/n)^power, n = decay_steps; cycle: n·⌈t/n⌉."""
    first = multiplier(initial_learning_rate, "initial_learning_rate")
    last, n = multiplier(end_learning_rate, "end_learning_rate"), whole(decay_steps, "decay_steps")
    peak = positive_peak(max(first, last), f"initial_learning_rate={first}")
    start, final, exponent = first / peak, last / peak, positive(power, "power")
    if cycle:
        if start != 1:
            raise refuse(
                "the cycles rise", f"{first} < {last}", "initial_learning_rate ≥ end_learning_rate"
            )
        return Port(schedule=polynomial_cycles(n, exponent, final), peak_lr=peak)
    return Port(schedule=polynomial(None, exponent, final, start=start), peak_lr=peak, horizon=n)


def inverse_time_decay(
    *, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
) -> Port:
    """initial/(1 + rate·t/decay_steps), ⌊t/decay_steps⌋ if staircase."""
    peak, n = _initial(initial_learning_rate), whole(decay_steps, "decay_steps")
    rate = multiplier(decay_rate, "decay_rate")
    if rate == 0:
        return Port(schedule=constant(), peak_lr=peak)
    fall = power_law(n, power=1, rate=rate, form="stairs" if staircase else "shifted")
    return Port(schedule=fall, peak_lr=peak)


def cosine_decay(
    *,
    initial_learning_rate: float,
    decay_steps: int,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> Port:
    """From initial to target in warmup_steps, then a cosine to alpha·target in decay_steps more."""
    n, final = whole(decay_steps, "decay_steps"), multiplier(alpha, "alpha")
    w = whole(warmup_steps, "warmup_steps", least=0)
    if warmup_target is None:
        if w:
            raise refuse(
                "warmup_steps does nothing without warmup_target",
                f"warmup_steps={w}, warmup_target=None",
                "Keras then starts to decay at once",
                "warmup_target=..., or leave out warmup_steps",
            )
        peak = _initial(initial_learning_rate)
        return Port(schedule=cosine(final=final, start=1), peak_lr=peak, horizon=n)
    peak = positive(warmup_target, "warmup_target")
    start = multiplier(initial_learning_rate, "initial_learning_rate") / peak
    up = linear(w, 1, start=start) if w else None
    schedule = phases(up, cosine(final=final, start=1))
    return Port(schedule=schedule, peak_lr=peak, horizon=w + n)


def cosine_decay_restarts(
    *,
    initial_learning_rate: float,
    first_decay_steps: int,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Port:
    """initial·(alpha + (1 − alpha)·m_mul^i·(1 + cos πx)/2) in cycles of first·t_mul^i steps."""
    peak, n = _initial(initial_learning_rate), whole(first_decay_steps, "first_decay_steps")
    stretch, shrink = positive(t_mul, "t_mul"), positive(m_mul, "m_mul")
    if stretch < 1:
        raise refuse(
            "cycles that shorten come to an end, after which Keras gives NaN",
            f"t_mul={t_mul}",
            "t_mul is at least 1",
        )
    if float(stretch).is_integer():
        wave = cosine(n, start=1).repeat(stretch=stretch, shrink=shrink)
    else:
        wave = glide(
            shape="cosine", start=1, span=n, beyond="again", stretch=stretch, shrink=shrink
        )
    return Port(schedule=above(share(alpha, "alpha"), wave), peak_lr=peak)


def _initial(value: object) -> float:
    return positive(value, "initial_learning_rate")


keras = Library(
    name="keras",
    builders={
        "ExponentialDecay": exponential_decay,
        "PiecewiseConstantDecay": piecewise_constant_decay,
        "PolynomialDecay": polynomial_decay,
        "InverseTimeDecay": inverse_time_decay,
        "CosineDecay": cosine_decay,
        "CosineDecayRestarts": cosine_decay_restarts,
    },
    refused={
        "LearningRateScheduler": "write the schedule itself: a function is no text",
        "ReduceLROnPlateau": "it listens to a metric, so it is a feedback, not a schedule",
    },
)

QUIRKS = (
    Quirk(
        key="restart-rounding",
        library="keras",
        scheduler="CosineDecayRestarts",
        native="a restart that falls on a whole step comes one step late where a float logarithm "
        "rounds to just below a whole number, with an lr at the bottom of the cycle",
        port="the restart is on its step",
        source="reference §2.1 (the same floor of a logarithm as torch's step(epoch))",
    ),
)
