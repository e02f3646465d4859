"""Every formula of a law keeps what a fit relies on."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lehr.laws import FORMS
from lehr.laws.forms import Form
from lehr.laws.forms.convex_bound import ConvexBound
from lehr.laws.forms.weight_norm import WeightNorm
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import Path, path

LR = np.concatenate([np.linspace(1e-5, 2e-3, 100), np.full(900, 2e-3), np.linspace(2e-3, 0, 1000)])
SEEN = np.array([150.0, 600.0, 1_100.0, 1_700.0, 2_000.0])
FORM = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)


@FORM
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_derivatives_are_those_of_the_loss(form: Form, weight_decay: float) -> None:
    """The derivatives are exact: central differences agree to their own accuracy."""
    cut = path(LR, SEEN, weight_decay)
    x = prior_of(form)[0]

    _, slopes = form.evaluate(values_of(form, x), cut)

    for place, step in enumerate(1e-5 * np.eye(len(x))):
        above, below = (form.evaluate(values_of(form, x + s), cut)[0] for s in (step, -step))
        np.testing.assert_allclose(slopes[:, place], (above - below) / 2e-5, atol=1e-7)


@FORM
def test_what_comes_later_does_not_change_what_was(form: Form) -> None:
    """A loss depends on the learning rates up to its step only, but for how the path is cut."""
    other = LR.copy()
    other[1_100:] = 1e-5
    values = values_of(form, prior_of(form)[0])

    before, after = (form.evaluate(values, path(lr, SEEN, 0.1))[0] for lr in (LR, other))

    np.testing.assert_allclose(before[:3], after[:3], rtol=2e-4)


def test_weight_norm_law_is_its_formula() -> None:
    """The vectorised law equals the sums of its docstring, taken stretch by stretch."""
    cut = path(LR, SEEN, 0.1)
    values = values_of(WeightNorm(), prior_of(WeightNorm())[0])

    loss, _ = WeightNorm().evaluate(values, cut)

    expected = [_reference(values.tolist(), cut, seen) for seen in cut.seen.tolist()]
    np.testing.assert_allclose(loss, expected, rtol=1e-12)


def _reference(values: list[float], cut: Path, seen: int) -> float:
    """The law of one observation, as slow and plain as can be."""
    L0, A, alpha, B, C, beta, m, gamma, growth, kappa, rho = values
    w2, progress, clock = 1.0, 0.0, 0.0
    before, changes = 0.0, []
    for e, dt in zip(cut.lr[:seen].tolist(), cut.length[:seen].tolist(), strict=True):
        shrink = 2 * cut.decay * e * dt
        limit = growth * e / (2 * cut.decay)
        end = limit + (w2 - limit) * math.exp(-shrink)
        middle = math.sqrt(w2 * end)
        z = e / math.sqrt(middle)
        changes.append((z**m - before, clock))
        before, w2 = z**m, end
        progress += z * dt / 1e4
        clock += e ** (1 - gamma) * middle**-rho * dt
    noise = sum(jump * (1 - (1 + C * (clock - at)) ** -beta) for jump, at in changes)
    rest = A * progress**-alpha
    return L0 + rest + B * noise * (1 + kappa * rest)


def test_convex_bound_is_its_sum_over_steps() -> None:
    """The sum over stretches equals the published sum over steps to a percent."""
    values, lr = np.array([0.0, 2.0, 3.0]), np.maximum(LR, 2e-5)

    loss, _ = ConvexBound().evaluate(values, path(lr, SEEN, 0.0))

    expected = [_bound(lr[: int(steps)] / 1e-3, 2.0, 3.0) for steps in SEEN]
    np.testing.assert_allclose(loss, expected, rtol=1e-2)


def _bound(e: np.ndarray[tuple[int], np.dtype[np.float64]], D: float, G: float) -> float:
    """The bound, step by step."""
    total, squares = float(e.sum()), float((e**2).sum())
    uneven = sum(
        e[k] / e[k + 1 :].sum() * (e[k:] ** 2).sum() / e[k:].sum() for k in range(len(e) - 1)
    )
    return D * 500 / total + G * (0.5 * squares / total + 0.5 * float(uneven))
