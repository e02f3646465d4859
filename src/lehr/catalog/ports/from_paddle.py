"""`paddle.optimizer.lr` 3.3, class by class; lrs are absolute, `learning_rate` is the base."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp

from lehr.catalog.ports import from_keras, from_torch
from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import anew, endless, phases, refuse
from lehr.catalog.ports.port import Port, positive_peak
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import constant, exponential, linear, piecewise, power_law, rsqrt
from lehr.schedule.checked import multiplier, positive, whole


def noam_decay(*, d_model: int, warmup_steps: int, learning_rate: float = 1.0) -> Port:
    """lr·d_model^−½·min(t^−½, t·warmup^−1.5)."""
    d, w = whole(d_model, "d_model"), whole(warmup_steps, "warmup_steps")
    peak = positive(learning_rate, "learning_rate") * (d * w) ** -0.5
    return Port(schedule=linear(w, 1, start=0) >> rsqrt(w), peak_lr=peak)


def piecewise_decay(*, boundaries: Sequence[int], values: Sequence[float]) -> Port:
    """values[i] before boundaries[i], the last from the last boundary on."""
    if len(boundaries) != len(values) - 1:
        raise refuse("boundaries and values do not fit", f"{boundaries}, {values}", "one fewer")
    marks = [whole(mark, "a boundary") for mark in boundaries]
    if any(a >= b for a, b in pairwise(marks)):
        raise refuse("boundaries do not ascend", f"boundaries={marks}", "boundaries ascend")
    lrs = [multiplier(value, "a value") for value in values]
    peak = positive_peak(max(lrs), f"values={lrs}")
    levels = [lr / peak for lr in lrs]
    return Port(
        schedule=piecewise(marks, levels, "constant") if marks else constant(), peak_lr=peak
    )


def natural_exp_decay(*, learning_rate: float, gamma: float) -> Port:
    """lr·e^(−gamma·t)."""
    return Port(schedule=exponential(exp(-positive(gamma, "gamma"))), peak_lr=_lr(learning_rate))


def inverse_time_decay(*, learning_rate: float, gamma: float) -> Port:
    """lr/(1 + gamma·t)."""
    rate = multiplier(gamma, "gamma")
    fall = power_law(1, power=1, rate=rate) if rate else constant()
    return Port(schedule=fall, peak_lr=_lr(learning_rate))


def polynomial_decay(
    *,
    learning_rate: float,
    decay_steps: int,
    end_lr: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
) -> Port:
    """lr(t) = end + (lr − end)·(1 − t/n)^power, n = decay_steps; cycle: n·⌈t/n⌉."""
    return from_keras.polynomial_decay(
        initial_learning_rate=learning_rate,
        decay_steps=decay_steps,
        end_learning_rate=end_lr,
        power=power,
        cycle=cycle,
    )


def linear_warmup(
    *, learning_rate: float | Port, warmup_steps: int, start_lr: float, end_lr: float
) -> Port:
    """From start_lr to end_lr in warmup_steps, then a constant, or another scheduler from its 0."""
    w, start, end = (
        whole(warmup_steps, "w", least=0),
        multiplier(start_lr, "s"),
        multiplier(end_lr, "e"),
    )
    if end <= start:
        raise refuse("end_lr is not above start_lr", f"{start_lr}, {end_lr}", "end_lr > start_lr")
    after = learning_rate
    if not isinstance(after, Port):
        after = Port(schedule=constant(), peak_lr=_lr(after))
    peak = max(end, after.peak_lr)
    tail = anew(endless(after)) if w else endless(after)
    tail = tail if after.peak_lr == peak else after.peak_lr / peak * tail
    up = linear(w, end / peak, start=start / peak) if w else None
    return Port(schedule=phases(up, tail), peak_lr=peak)


def exponential_decay(*, learning_rate: float, gamma: float) -> Port:
    """lr·gamma^t, gamma between 0 and 1."""
    return Port(schedule=exponential(_below_one(gamma)), peak_lr=_lr(learning_rate))


def multi_step_decay(
    *, learning_rate: float, milestones: Sequence[int], gamma: float = 0.1
) -> Port:
    """lr·gamma^#{milestones ≤ t}."""
    if any(a >= b for a, b in pairwise(milestones)):
        raise refuse("milestones do not ascend", f"{list(milestones)}", "milestones ascend")
    return from_torch.multi_step_lr(
        base_lr=learning_rate, milestones=milestones, gamma=_below_one(gamma)
    )


def step_decay(*, learning_rate: float, step_size: int, gamma: float = 0.1) -> Port:
    """lr·gamma^⌊t/step_size⌋."""
    return from_torch.step_lr(base_lr=learning_rate, step_size=step_size, gamma=_below_one(gamma))


def cosine_annealing_decay(*, learning_rate: float, T_max: int, eta_min: float = 0) -> Port:
    """As torch's CosineAnnealingLR."""
    return from_torch.cosine_annealing_lr(base_lr=learning_rate, T_max=T_max, eta_min=eta_min)


def one_cycle_lr(
    *,
    max_learning_rate: float,
    total_steps: int,
    divide_factor: float = 25.0,
    end_learning_rate: float = 0.0001,
    phase_pct: float = 0.3,
    anneal_strategy: str = "cos",
    three_phase: bool = False,
) -> Port:
    """As torch's OneCycleLR, but for the end, which is an lr of its own."""
    peak = positive(max_learning_rate, "max_learning_rate")
    end, div = positive(end_learning_rate, "end_learning_rate"), positive(divide_factor, "div")
    if three_phase and phase_pct >= 0.5:
        raise refuse("phase_pct is too large", f"{phase_pct}", "below 0.5 with three phases")
    return from_torch.one_cycle_lr(
        max_lr=peak,
        total_steps=total_steps,
        pct_start=float(phase_pct),
        anneal_strategy=anneal_strategy,
        div_factor=div,
        final_div_factor=peak / div / end,
        three_phase=three_phase,
        cycle_momentum=False,
    )


def cyclic_lr(
    *,
    base_learning_rate: float,
    max_learning_rate: float,
    step_size_up: int,
    step_size_down: int | None = None,
    mode: str = "triangular",
    exp_gamma: float = 1.0,
    scale_fn: None = None,
    scale_mode: str = "cycle",
) -> Port:
    """As torch's CyclicLR, without a momentum."""
    return from_torch.cyclic_lr(
        base_lr=base_learning_rate,
        max_lr=max_learning_rate,
        step_size_up=step_size_up,
        step_size_down=step_size_down,
        mode=mode,
        gamma=exp_gamma,
        scale_fn=scale_fn,
        scale_mode=scale_mode,
        cycle_momentum=False,
    )


def linear_lr(
    *,
    learning_rate: float,
    total_steps: int,
    start_factor: float = 1 / 3,
    end_factor: float = 1.0,
) -> Port:
    """As torch's LinearLR."""
    return from_torch.linear_lr(
        base_lr=learning_rate,
        start_factor=start_factor,
        end_factor=end_factor,
        total_iters=whole(total_steps, "total_steps"),
    )


def cosine_annealing_warm_restarts(
    *, learning_rate: float, T_0: int, T_mult: int = 1, eta_min: float = 0
) -> Port:
    """As torch's."""
    return from_torch.cosine_annealing_warm_restarts(
        base_lr=learning_rate, T_0=T_0, T_mult=T_mult, eta_min=eta_min
    )


def _lr(value: object) -> float:
    return positive(value, "learning_rate")


def _below_one(gamma: float) -> float:
    if positive(gamma, "gamma") >= 1:
        raise refuse("gamma is not below 1", f"gamma={gamma}", "Paddle takes 0 < gamma < 1")
    return gamma


_FUNCTION = from_torch.torch.refused["LambdaLR"]
paddle = Library(
    name="paddle",
    builders={
        "NoamDecay": noam_decay,
        "PiecewiseDecay": piecewise_decay,
        "NaturalExpDecay": natural_exp_decay,
        "InverseTimeDecay": inverse_time_decay,
        "PolynomialDecay": polynomial_decay,
        "LinearWarmup": linear_warmup,
        "ExponentialDecay": exponential_decay,
        "MultiStepDecay": multi_step_decay,
        "StepDecay": step_decay,
        "CosineAnnealingDecay": cosine_annealing_decay,
        "OneCycleLR": one_cycle_lr,
        "CyclicLR": cyclic_lr,
        "LinearLR": linear_lr,
        "CosineAnnealingWarmRestarts": cosine_annealing_warm_restarts,
    },
    refused={
        "LambdaDecay": _FUNCTION,
        "MultiplicativeDecay": _FUNCTION,
        "ReduceOnPlateau": "it listens to a metric, so it is a feedback, not a schedule",
    },
)

QUIRKS = (
    Quirk(
        key="one-cycle-past-end",
        library="paddle",
        scheduler="OneCycleLR",
        native="raises after t = total_steps",
        port="the last lr holds",
        source="reference §6.1",
    ),
)
