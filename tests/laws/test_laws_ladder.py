"""The rung is the default unless another clearly predicts better what was left out."""

from __future__ import annotations

import numpy as np
import pytest

from lehr import cosine, linear, warmup, wsd
from lehr.errors import UsageError
from lehr.laws import FORMS, Curve, fit
from lehr.laws.forms import Form, shipped
from lehr.laws.ladder import left_out, missed
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path

HORIZON = 4_000
STEPS = np.arange(200, HORIZON + 1, 100)
SHAPES = (warmup(100) >> cosine(), warmup(100) >> linear(), wsd(warmup=100))
NAMES = [form.name for form in FORMS]


def made_by(form: Form, noise: float = 0.0) -> list[Curve]:
    """Three schedules at three peak lrs, as this law would have them."""
    draw = np.random.default_rng(5)
    found = []
    for shape, peak in zip(SHAPES, (5e-4, 1e-3, 2e-3), strict=True):
        lr = peak * shape.over(HORIZON).values()
        values = values_of(form, prior_of(form)[0])
        loss, _ = form.evaluate(values, path(lr, STEPS.astype(float), 0.1))
        loss = loss * (1 + noise * draw.standard_normal(len(loss)))
        found.append(Curve(steps=STEPS, loss=loss, lr=lr, weight_decay=0.1))
    return found


@pytest.mark.parametrize("name", ["weight_norm", "momentum", "convex_bound"])
def test_the_law_that_made_the_curves_is_chosen(name: str) -> None:
    """Each is weighed, and the right one misses least."""
    form = next(form for form in FORMS if form.name == name)

    law = fit(made_by(form), "auto")

    assert law.form.name == name
    assert sorted(law.weighed) == sorted(NAMES)
    assert min(law.weighed, key=lambda one: law.weighed[one]) == name
    assert law.trouble is None
    assert law.x == pytest.approx(fit(made_by(form), name).x)


def test_one_curve_has_its_end_held_back() -> None:
    """A single run is weighed too, by its last third."""
    (only, *_) = made_by(FORMS[-1])

    (held,) = left_out([only])

    assert (len(held.fitted), held.after) == (1, only.steps[int(len(STEPS) * 2 / 3) - 1])
    assert held.fitted[0].steps[-1] == held.after
    assert fit([only], "auto").form.name == "weight_norm"


def test_where_only_another_law_holds_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it does not miss less than a third as much as the default, which does not hold."""
    errors = dict.fromkeys(NAMES, 0.1) | {"weight_norm": 0.03, "momentum": 0.02}
    monkeypatch.setattr("lehr.laws.ladder.missed", lambda form, _: errors[form.name])
    curves = made_by(FORMS[-1])

    assert fit(curves, "auto").form.name == "momentum"

    errors["weight_norm"] = 0.025
    assert fit(curves, "auto").form.name == "weight_norm"


def test_each_curve_is_left_out_whole_and_in_part() -> None:
    """No curve is predicted by a law that was fitted on all of it."""
    curves = made_by(FORMS[-1])

    found = list(left_out(curves))

    assert len(found) == 2 * len(curves)
    for fitted, curve, after in found:
        assert curve not in fitted
        assert len(fitted) == (len(curves) - 1 if after == 0 else len(curves))


def test_where_no_law_predicts_that_is_said() -> None:
    """Each run goes its own way: every law misses the one left out, and the fit says so."""
    curves = [
        Curve(steps=STEPS, loss=level + STEPS**-0.5, lr=np.full(HORIZON, 1e-3))
        for level in (2.0, 2.6, 3.4)
    ]

    law = fit(curves, "auto")

    assert not law.holds
    assert "no law predicts what is left out of the runs: the best, " in str(law.trouble)
    assert law.form.name == "weight_norm"


def test_two_losses_are_too_few() -> None:
    """Where no law can be tried, none is said to hold."""
    few = Curve(steps=[100, 200, 300], loss=[3.0, 2.8, 2.7], lr=np.full(300, 1e-3))

    law = fit([few], "auto")

    assert law.form.name == "weight_norm"
    assert "too few losses" in str(law.trouble)
    assert missed(FORMS[0], [few]) == float("inf")


def test_a_prior_is_its_own_laws() -> None:
    """Auto gives it to the law it is of; another law's by name refuses it."""
    curves = made_by(FORMS[-1])

    assert fit(curves, "auto", prior=shipped("weight_norm")).form.name == "weight_norm"
    with pytest.raises(UsageError, match="prior is of the weight_norm law"):
        fit(curves, "momentum", prior=shipped("weight_norm"))
