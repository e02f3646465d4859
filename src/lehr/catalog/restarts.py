"""Warm restarts: cosine and polynomial falls, again and again."""

from __future__ import annotations

from typing import SupportsIndex

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, cosine, polynomial, proportional
from lehr.schedule.checked import multiplier
from lehr.schedule.durations import DurationLike


def cosine_restarts(
    cycles: SupportsIndex = 4, stretch: float = 1, shrink: float = 1, final: float = 0
) -> Schedule:
    """Fall along a cosine again and again: `cosine(final=…).repeat(cycles, …)`.

    In cycle k of length n_k, from its first step on: shrink^k·(final + (1 − final)·(1 + cos πx)/2)
    with x = t/n_k and n_k proportional to stretch^k. For cycles of a given length see `sgdr`.

    Args:
        cycles: number of cycles over the span, at least 1. Default 4.
        stretch: length of a cycle relative to the one before, above 0. Default 1.
        shrink: values of a cycle relative to the one before, above 0. Default 1.
        final: multiplier at the end of the first cycle, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible number.

    Source:
        Loshchilov & Hutter, SGDR, ICLR 2017.

    >>> s = cosine_restarts(2, stretch=2)
    >>> s
    cosine().repeat(2, stretch=2)
    >>> p = s.over(6)
    >>> p(0), round(p(1), 12), p(2), round(p(4), 12), p(6), p(9)
    (1.0, 0.5, 1.0, 0.5, 0.0, 0.0)
    """
    return cosine(final=final).repeat(cycles, stretch=stretch, shrink=shrink)


def sgdr(first: DurationLike, stretch: float = 2, shrink: float = 1, final: float = 0) -> Schedule:
    """Fall along a cosine in cycles of a given length that grow, over a floor that stays.

    In cycle k of length first·stretch^k: final + (1 − final)·shrink^k·(1 + cos πx)/2. The cycles
    fill the span, and the last one is cut; a horizon of first·(stretch^c − 1)/(stretch − 1) ends
    with one. `sgdr(n, …).repeat`, or explicit cycles such as `cosine(100) >> cosine(start=0.5)`,
    say what this does not.

    Args:
        first: steps of the first cycle; not a share.
        stretch: length of a cycle relative to the one before, above 0. Default 2, as the paper's
            best.
        shrink: height of a cycle over the floor relative to the one before, above 0. Default 1.
        final: multiplier at the end of every cycle, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible duration or number.

    Source:
        Loshchilov & Hutter, SGDR, ICLR 2017 (T_0 is `first`, T_mult `stretch`); Keras' m_mul is
        `shrink`.

    >>> s = sgdr(2, shrink=0.5, final=0.2)
    >>> s
    proportional(cosine(2).repeat(stretch=2, shrink=0.5), 0.2, 1)
    >>> p = s.over(6)
    >>> p(0), round(p(1), 12), round(p(2), 12), round(p(4), 12), p(6), p(9)
    (1.0, 0.6, 0.6, 0.4, 0.2, 0.2)
    """
    cycles = cosine(first).repeat(stretch=stretch, shrink=shrink)
    return proportional(cycles, final, 1) if multiplier(final, "final") else cycles


def polynomial_restarts(
    cycles: SupportsIndex = 4,
    power: float = 1,
    stretch: float = 1,
    shrink: float = 1,
    final: float = 0,
) -> Schedule:
    """Fall along a polynomial again and again: `polynomial(…).repeat(cycles, …)`.

    In cycle k: shrink^k·(final + (1 − final)·(1 − x)^power) with x = t/n_k, n_k proportional to
    stretch^k. TensorFlow's stretching horizon is `polynomial_cycles`.

    Args:
        cycles: number of cycles over the span, at least 1. Default 4.
        power: exponent above 0. Default 1: straight lines.
        stretch: length of a cycle relative to the one before, above 0. Default 1.
        shrink: values of a cycle relative to the one before, above 0. Default 1.
        final: multiplier at the end of the first cycle, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible number.

    Source:
        Mishra & Sarawadekar, Polynomial Learning Rate Policy with Warm Restart, TENCON 2019.

    >>> s = polynomial_restarts(2, power=2)
    >>> s
    polynomial(power=2).repeat(2)
    >>> p = s.over(8)
    >>> p(0), p(2), p(3), p(4), p(8), p(9)
    (1.0, 0.25, 0.0625, 1.0, 0.0, 0.0)
    """
    return polynomial(power=power, final=final).repeat(cycles, stretch=stretch, shrink=shrink)


RECIPE = Recipe(
    build=cosine_restarts,
    formula="shrink^k·(final + (1 − final)·(1 + cos πx)/2) in cycle k",
    source="Loshchilov & Hutter, ICLR 2017",
    also={
        "transformers": "cosine_with_restarts",
        "optax": "sgdr_schedule",
        "fastai": "fit_sgdr",
        "mmengine": "CosineRestartLR",
    },
    examples=("cosine_restarts()", "cosine_restarts(3, stretch=2, shrink=0.5, final=0.1)"),
)

SGDR = Recipe(
    build=sgdr,
    formula="final + (1 − final)·shrink^k·(1 + cos πx)/2 in cycle k of first·stretch^k steps",
    source="Loshchilov & Hutter, ICLR 2017",
    also={
        "torch": "CosineAnnealingWarmRestarts",
        "keras": "CosineDecayRestarts",
        "timm": "CosineLRScheduler(cycle_limit=…)",
        "composer": "CosineAnnealingWarmRestartsScheduler",
        "pytorch_optimizer": "CosineAnnealingWarmupRestarts",
    },
    examples=("sgdr(100)", 'warmup("5%") >> sgdr(200, stretch=1.5, shrink=0.8, final=0.05)'),
)

POLYNOMIAL = Recipe(
    build=polynomial_restarts,
    formula="shrink^k·(final + (1 − final)·(1 − x)^p) in cycle k",
    source="Mishra & Sarawadekar, TENCON 2019",
    also={"timm": "PolyLRScheduler(cycle_limit=…)"},
    examples=("polynomial_restarts()", "polynomial_restarts(3, 0.9, stretch=2, final=0.01)"),
)
