"""Decays given by a rate: e^(−rate·t), 1/(1 + rate·t), and the way between two levels."""

from __future__ import annotations

import math
from typing import Literal

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, decay, exponential, power_law
from lehr.schedule.checked import choice, positive
from lehr.schedule.durations import DurationLike


def natural_exponential(rate: float, every: DurationLike = 1) -> Schedule:
    """Decay by a rate: level·e^(−rate·t/every), which is `exponential(e^−rate, every)`.

    Args:
        rate: above 0; after `every` the level has fallen to e^−rate of what it was.
        every: duration. Default 1 step.

    Raises:
        ScheduleError: an impossible rate or duration.

    Source:
        TensorFlow's `natural_exp_decay`, Paddle's NaturalExpDecay.

    >>> s = natural_exponential(0.5, every=10)
    >>> s
    exponential(0.6065306597126334, every=10)
    >>> p = s.over(100)
    >>> p(0), round(p(10), 4), round(p(99), 5), round(p(100), 5), round(p(500), 5)
    (1.0, 0.6065, 0.00708, 0.00674, 0.00674)
    """
    return exponential(math.exp(-positive(rate, "rate")), every)


def inverse_time(
    rate: float, every: DurationLike = 1, *, shape: Literal["smooth", "stairs"] = "smooth"
) -> Schedule:
    """Divide by what grows with time: level/(1 + rate·t/every).

    Args:
        rate: above 0; after `every` the level has fallen to 1/(1 + rate) of what it was.
        every: duration. Default 1 step.
        shape: "smooth" (default), or "stairs": level/(1 + rate·⌊t/every⌋).

    Raises:
        ScheduleError: an impossible rate, duration or word.

    Source:
        Robbins & Monro, A Stochastic Approximation Method, 1951; Keras' InverseTimeDecay.

    >>> s = inverse_time(1, every=10)
    >>> s
    power_law(10, power=1)
    >>> p = s.over(30)
    >>> p(0), p(10), round(p(29), 4), p(30), p(99)
    (1.0, 0.5, 0.2564, 0.25, 0.25)
    """
    stairs = choice(shape, "shape", ("smooth", "stairs")) == "stairs"
    return power_law(every, 1, rate=rate, form="stairs" if stairs else "shifted")


def geometric(
    n: DurationLike | None = None, final: float = 0.01, *, start: float | None = None
) -> Schedule:
    """Go to `final` by equal factors: start·(final/start)^x with x = t/n.

    A straight line where the lr's axis is logarithmic.

    Args:
        n: duration; None (default) takes what the other phases leave.
        final: multiplier at t = n, above 0. Default 0.01, which is the field's usual "almost 0".
        start: multiplier at t = 0, above 0; None (default) is the level of the phase before.

    Raises:
        ScheduleError: an impossible duration or multiplier; an end at 0.

    Source:
        The field's common stock: fastai's `exp` annealer, OLMo-core's exponential.

    >>> s = geometric(final=0.0001)
    >>> s
    decay(shape="geometric", final=0.0001)
    >>> p = s.over(4)
    >>> p(0), round(p(2), 9), round(p(3), 9), p(4), p(99)
    (1.0, 0.01, 0.001, 0.0001, 0.0001)
    """
    return decay(n, "geometric", final, start=start)


NATURAL = Recipe(
    build=natural_exponential,
    formula="level·e^(−rate·t/every)",
    source="the field's common stock",
    also={"paddle": "NaturalExpDecay", "TensorFlow 1": "natural_exp_decay"},
    examples=("natural_exponential(0.005)", 'natural_exponential(1, every="10%")'),
)

INVERSE_TIME = Recipe(
    build=inverse_time,
    formula="level/(1 + rate·t/every), or with ⌊t/every⌋",
    source="Robbins & Monro 1951",
    also={
        "keras": "InverseTimeDecay",
        "paddle": "InverseTimeDecay",
        "thinc": "decaying",
        "deepspeed": "OneCycle's tail",
    },
    examples=("inverse_time(0.5, every=100)", 'inverse_time(1, every="10%", shape="stairs")'),
)

GEOMETRIC = Recipe(
    build=geometric,
    formula="start·(final/start)^x",
    source="the field's common stock",
    also={
        "fastai": "SchedExp",
        "olmo_core": "exponential",
        "thinc": "compounding",
        "fairseq": "decay of tri_stage",
    },
    examples=("geometric()", 'warmup("5%") >> geometric(final=0.001)'),
)
