"""The laws of papers equal their formulas, summed step by step as they are printed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from lehr import cosine, hold, linear, multi_step, warmup
from lehr.laws.forms import Chinchilla, Form, Momentum, MultiPower
from lehr.laws.path import path

HORIZON = 600
SEEN = [40, 150, 301, 450, 590, 600]
SCHEDULES = {
    "warmup": warmup(HORIZON),
    "constant": hold(),
    "cosine": warmup(60) >> cosine(),
    "wsd": warmup(60) >> hold() >> linear("30%"),
    "step": warmup(60) >> multi_step(["50%", "75%"], factor=0.3),
}


def chinchilla(e: list[float], L0: float, A: float, alpha: float) -> float:
    """L0 + A·D^−alpha (arXiv 2203.15556, eq. 2, at one model size), D in 10⁴ updates."""
    return L0 + A * (len(e) / 1e4) ** -alpha


def momentum(e: list[float], L0: float, A: float, alpha: float, B: float, memory: float) -> float:
    """L0 + A·S₁^−alpha − C·S₂ (arXiv 2408.11029, eq. 1).

    S₁ = Σ η_i, S₂ = Σ m_i with m_i = lambda·m_{i−1} + (η_{i−1} − η_i). Here
    lambda = exp(−1/memory), C = B·(1 − lambda), and A counts S₁ in units of 10⁴.
    """
    decay = math.exp(-1 / memory)
    before = m = S1 = S2 = 0.0
    for eta in e:
        S1 += eta
        m = decay * m + (before - eta)
        S2 += m
        before = eta
    return L0 + A * (S1 / 1e4) ** -alpha - B * (1 - decay) * S2


def multi_power(
    e: list[float],
    L0: float,
    A: float,
    alpha: float,
    B: float,
    C: float,
    beta: float,
    gamma: float,
) -> float:
    """L0 + A·S₁^−alpha − B·Σ_k (η_{k−1} − η_k)·G(η_k^−gamma·S_k) (arXiv 2503.12811, eq. 1).

    S_k = Σ_{i ≥ k} η_i, G(x) = 1 − (1 + C·x)^−beta. The sum takes in the warmup, as the authors'
    code does, A counts S₁ in units of 10⁴, and an η below 10⁻⁴ has the power of that.
    """
    drop = 0.0
    for k, eta in enumerate(e):
        before = e[k - 1] if k else 0.0
        x = max(eta, 1e-4) ** -gamma * sum(e[k:])
        drop += (before - eta) * (1 - (1 + C * x) ** -beta)
    return L0 + A * (sum(e) / 1e4) ** -alpha - B * drop


TWINS: list[tuple[Form, Callable[..., float], list[float]]] = [
    (Chinchilla(), chinchilla, [2.7, 0.3, 0.5]),
    (Momentum(), momentum, [2.7, 0.02, 0.5, 0.3, 80.0]),
    (MultiPower(), multi_power, [2.7, 0.02, 0.5, 0.4, 0.5, 0.6, 0.5]),
    (MultiPower(), multi_power, [2.7, 0.02, 0.5, 0.4, 2.0, 0.4, -0.3]),
]


@pytest.mark.parametrize(
    ("form", "twin", "values"), TWINS, ids=lambda one: getattr(one, "name", "")
)
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_law_is_its_formula(
    form: Form, twin: Callable[..., float], values: list[float], name: str
) -> None:
    """Cut at every step it is the printed sum; cut as it is used, within a thousandth of it."""
    lr = 2e-3 * SCHEDULES[name].over(HORIZON).values()
    expected = [twin((lr[:steps] / 1e-3).tolist(), *values) for steps in SEEN]
    every = np.arange(1.0, HORIZON + 1)

    exact, _ = form.evaluate(np.array(values), path(lr, every, 0.0))
    used, _ = form.evaluate(np.array(values), path(lr, np.array(SEEN, np.float64), 0.0))

    np.testing.assert_allclose(exact[np.array(SEEN) - 1], expected, rtol=1e-9)
    np.testing.assert_allclose(used, expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("form", "twin", "values"), TWINS[1:], ids=lambda one: getattr(one, "name", "")
)
def test_what_a_law_adds_is_seen(
    form: Form, twin: Callable[..., float], values: list[float]
) -> None:
    """The schedules differ by far more than the agreement above leaves open."""
    ends = [
        twin((2 * schedule.over(HORIZON).values()).tolist(), *values)
        for schedule in SCHEDULES.values()
    ]
    assert np.ptp(ends) > 0.1, form.name
