"""Linear times cosine: a line that bends a cosine down, alone or shaken."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, glide, linear, noisy, proportional
from lehr.schedule.checked import multiplier, positive


def linear_cosine(periods: float = 0.5, alpha: float = 0, beta: float = 0.001) -> Schedule:
    """Multiply a line by a cosine: (alpha + 1 − x)·(1 + cos 2π·periods·x)/2 + beta with x = t/T.

    Args:
        periods: of the cosine over the span, above 0. Default ½.
        alpha: added to the line, 0 or more. Default 0.
        beta: added to the product, 0 or more; the peak is 1 + alpha + beta. Default 0.001.

    Raises:
        ScheduleError: an impossible number.

    Source:
        Bello et al., Neural Optimizer Search with Reinforcement Learning, ICML 2017.

    >>> s = linear_cosine(beta=0)
    >>> s
    linear() * glide(shape="cosine", beyond="mirror")
    >>> p = s.over(4)
    >>> p(0), round(p(2), 12), round(p(3), 4), p(4), p(99)
    (1.0, 0.25, 0.0366, 0.0, 0.0)
    """
    line = proportional(linear(), alpha, 1 + alpha) if multiplier(alpha, "alpha") else linear()
    return _lifted(line * _waves(periods), beta)


def noisy_linear_cosine(
    periods: float = 0.5,
    alpha: float = 0,
    beta: float = 0.001,
    *,
    deviation: float = 1,
    fade: float = 0.55,
    seed: int = 0,
) -> Schedule:
    """Shake the line of `linear_cosine`: max(0, alpha + 1 − x + ε)·(1 + cos 2π·periods·x)/2 + beta.

    ε(t) is normal with deviation `deviation`·(t + 1)^(−fade/2), a function of the seed and t.

    Args:
        periods: of the cosine over the span, above 0. Default ½.
        alpha: added to the line, 0 or more. Default 0.
        beta: added to the product, 0 or more. Default 0.001.
        deviation: of the noise at the first step, above 0. Default 1, TensorFlow's.
        fade: power of time with which its variance falls, 0 or more. Default 0.55, TensorFlow's.
        seed: whole number of 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible number.

    Source:
        Bello et al., ICML 2017; TensorFlow's `noisy_linear_cosine_decay`, whose line may go below
        0, where this one is 0.

    >>> s = noisy_linear_cosine(beta=0, deviation=0.1)
    >>> s
    noisy(linear(), 0.1, fade=0.55, how="plus") * glide(shape="cosine", beyond="mirror")
    >>> p = s.over(100)
    >>> p(7) == float(p.values()[7]), p(100), p(500)
    (True, 0.0, 0.0)
    """
    line = proportional(linear(), alpha, 1 + alpha) if multiplier(alpha, "alpha") else linear()
    shaken = noisy(line, deviation, fade=fade, seed=seed, how="plus")
    return _lifted(shaken * _waves(periods), beta)


def _waves(periods: float) -> Schedule:
    return glide(shape="cosine", laps=2 * positive(periods, "periods"), beyond="mirror")


def _lifted(schedule: Schedule, beta: float) -> Schedule:
    return proportional(schedule, beta, 1 + beta) if multiplier(beta, "beta") else schedule


RECIPE = Recipe(
    build=linear_cosine,
    formula="(α + 1 − x)·(1 + cos 2πcx)/2 + β",
    source="Bello et al., ICML 2017",
    also={"TensorFlow 1": "linear_cosine_decay"},
    examples=("linear_cosine()", "linear_cosine(2, alpha=0.1, beta=0.01)"),
)

NOISY = Recipe(
    build=noisy_linear_cosine,
    formula="max(0, α + 1 − x + ε(t))·(1 + cos 2πcx)/2 + β",
    source="Bello et al., ICML 2017",
    also={"TensorFlow 1": "noisy_linear_cosine_decay"},
    examples=("noisy_linear_cosine(deviation=0.1)", "noisy_linear_cosine(2, seed=3)"),
)
