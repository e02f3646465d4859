"""A fit finds the law that made the curves, and says what it does not know."""

from __future__ import annotations

import numpy as np
import pytest
from laws_made import law_of

from lehr import cosine, hold, linear, warmup, wsd
from lehr.errors import UsageError
from lehr.laws import FORMS, Curve, Prediction, fit
from lehr.laws.forms import Form, WeightNorm
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path

HORIZON = 4_000
PEAK = 1e-3
SCHEDULES = {
    "cosine": warmup(100) >> cosine(final=0.1),
    "linear": warmup(100) >> linear(),
    "wsd": wsd(warmup=100, cooldown="20%"),
}
RATES = {name: PEAK * one.over(HORIZON).values() for name, one in SCHEDULES.items()}
STEPS = np.arange(200, HORIZON + 1, 50)


def made_by(form: Form, name: str, noise: float = 0.0) -> Curve:
    """A curve that obeys the law, with seeded relative noise."""
    values = values_of(form, prior_of(form)[0])
    loss, _ = form.evaluate(values, path(RATES[name], STEPS.astype(float), 0.1))
    loss = loss * (1 + noise * np.random.default_rng(7).standard_normal(len(loss)))
    return Curve(steps=STEPS, loss=loss, lr=RATES[name], weight_decay=0.1, name=name)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_an_unseen_schedule_is_predicted(form: Form) -> None:
    """Fitted on two schedules it made itself, every law predicts the third."""
    law = fit([made_by(form, "cosine"), made_by(form, "wsd")], form.name)
    truth = made_by(form, "linear")

    found = law.predict(RATES["linear"], STEPS).mean

    assert np.abs(found - truth.loss).max() < 0.004


def test_more_curves_tell_more() -> None:
    """What the curves determine grows with them, and the uncertainty shrinks."""
    form = next(form for form in FORMS if form.name == "weight_norm")
    one = fit([made_by(form, "cosine", 1e-3)])
    three = fit([made_by(form, name, 1e-3) for name in SCHEDULES])

    assert sum(three.determined.values()) > sum(one.determined.values())
    assert one.determined["L0"] == 1.0  # nothing else is known of it
    assert np.trace(three.covariance) < np.trace(one.covariance)
    assert all(0 <= share <= 1 for share in three.determined.values())


def test_a_longer_run_is_less_certain() -> None:
    """The standard deviation grows with the distance from what was seen."""
    form = next(form for form in FORMS if form.name == "weight_norm")
    law = fit([made_by(form, name, 1e-3) for name in SCHEDULES])

    found = law.predict(np.full(20 * HORIZON, PEAK), [HORIZON // 2, 20 * HORIZON])

    assert found.sd[1] > found.sd[0] > 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"steps": [1, 1, 2]}, "not in order"),
        ({"steps": [0, 1, 2]}, "not in order"),
        ({"steps": [1, 2, np.inf]}, "not in order"),
        ({"loss": [3.0, np.nan, 2.0]}, "nan at step 2"),
        ({"loss": [3.0, 2.0]}, "has no curve"),
        ({"lr": [1e-3, 1e-3]}, "fewer learning rates"),
        ({"lr": [1e-3, -1e-3, 1e-3]}, "-0.001 at step 1"),
        ({"lr": ([0, 2, 9], [1e-3, 1e-3, np.nan])}, "nan at step 9"),
        ({"lr": ([0, 9], [1e-3, -1e-3])}, "-0.001 at step 9"),
        ({"lr": [0.0, 0.0, 0.0]}, "3 steps at lr 0"),
        ({"lr": ([0, 0], [1e-3, 1e-3])}, "knots"),
        ({"weight_decay": -1.0}, "weight decay"),
    ],
)
def test_what_is_no_curve_is_refused(changed: dict[str, object], words: str) -> None:
    """A curve says what is wrong with it."""
    whole = {"steps": [1, 2, 3], "loss": [3.0, 2.5, 2.2], "lr": [1e-3] * 3}

    with pytest.raises(UsageError) as caught:
        Curve(**(whole | changed))  # type: ignore[arg-type]

    assert words in str(caught.value)


def test_losses_of_single_batches_are_averaged() -> None:
    """Noise of 5 % a batch neither looks like overfitting nor like a law that does not hold."""
    form = next(form for form in FORMS if form.name == "weight_norm")
    steps = np.arange(1, HORIZON + 1)
    noise = 1 + 0.05 * np.random.default_rng(3).standard_normal((len(SCHEDULES), HORIZON))
    curves = []
    for rates, factors in zip(RATES.values(), noise, strict=True):
        smooth, _ = form.evaluate(
            values_of(form, prior_of(form)[0]), path(rates, steps.astype(float), 0.1)
        )
        curves.append(Curve(steps=steps, loss=smooth * factors, lr=rates, weight_decay=0.1))

    law = fit(curves)

    assert law.trouble is None
    assert law.rising == 0
    assert law.misfit < 0.015
    assert law.predict(RATES["linear"], [HORIZON]).mean[0] == pytest.approx(smooth_end(), rel=0.01)


def smooth_end() -> float:
    """The last loss of linear decay, without noise."""
    form = next(form for form in FORMS if form.name == "weight_norm")
    return float(made_by(form, "linear").loss[-1])


def test_a_curve_keeps_its_own_arrays() -> None:
    """The caller's arrays stay writeable, and what is written there later changes no curve."""
    steps, loss, lr = np.array([1.0, 2.0]), np.array([3.0, 2.5]), np.full(2, 1e-3)
    curve = Curve(steps=steps, loss=loss, lr=lr)

    steps[0], loss[0], lr[0] = 9.0, 9.0, 9.0

    assert (curve.steps[0], curve.loss[0], curve.lr[0]) == (1.0, 3.0, 1e-3)
    with pytest.raises(ValueError, match="read-only"):
        curve.loss[0] = 1.0


def test_lrs_of_different_optimizers_have_no_unit() -> None:
    """Adam's family has one; what else is fitted is of one optimizer."""
    steps = np.arange(100, 1_001, 100)

    def run(optimizer: str) -> Curve:
        return Curve(
            steps=steps, loss=2 + steps**-0.5, lr=np.full(1_000, 1e-2), optimizer=optimizer
        )

    assert fit([run("adam"), run("adamw")]).unit == 1e-3
    assert fit([run("sgd"), run("SGD")]).unit == pytest.approx(1e-2)
    with pytest.raises(UsageError, match="different optimizers"):
        fit([run("adamw"), run("sgd")], "auto")


def test_a_law_that_is_not_there_is_named() -> None:
    """A misspelt law gets the nearest name, and no curve an error."""
    curve = made_by(FORMS[0], "cosine")

    with pytest.raises(UsageError, match="there is no law"):
        fit([curve], "weight_nrom")
    with pytest.raises(UsageError, match="nothing to fit"):
        fit([])


def test_losses_that_rise_in_the_end_are_no_law() -> None:
    """Overfitting is detected and named, also where the curve is fitted well."""
    steps = np.arange(100, 2_100, 100)
    falling = 1 + steps**-0.5
    rising = falling + 0.1 * np.maximum(0, steps - 1_000) / 1_000
    laws = [
        fit([Curve(steps=steps, loss=loss, lr=np.full(2_000, 1e-3))], "momentum")
        for loss in (falling, rising)
    ]

    assert [law.holds for law in laws] == [True, False]
    assert laws[0].trouble is None
    assert "overfitting" in str(laws[1].trouble)


@pytest.mark.parametrize("share", [100, "1%", "5%"])
def test_short_cooldowns_are_seen(share: int | str) -> None:
    """The last loss is that of ever finer cuts, however little of the run the decay is."""
    horizon, values = 50_000, values_of(WeightNorm(), prior_of(WeightNorm())[0])
    lr = 1e-3 * (warmup("1%") >> hold() >> linear(share)).over(horizon).values()
    ends = np.array([float(horizon)])
    found = WeightNorm().evaluate(values, path(lr, ends, 0.1))[0][0]
    last = np.arange(horizon - 3_000, horizon + 1, 25.0)  # cuts at every observation too
    finer = WeightNorm().evaluate(values, path(lr, last, 0.1))[0][-1]
    assert found == pytest.approx(finer, abs=1e-4)


def test_weights_that_shrank_away_long_ago_give_numbers() -> None:
    """Four million steps of decay 0.1 at 2e-3: e^(2·Σ lr·decay) is beyond any float."""
    law = law_of(1e-3, 2e-3)
    said = law.predict(([0], [2e-3]), [4_000_000])
    assert np.isfinite([said.mean, said.sd]).all()


def test_few_losses_do_not_say_how_far_the_law_is_off() -> None:
    """Three losses and three free parameters: any law passes through them."""
    lr = np.full(3_000, 1e-3)
    few = Curve(steps=[1_000, 2_000, 3_000], loss=[3.0, 2.8, 2.7], lr=lr, weight_decay=0.1)
    law = fit([few])
    assert not law.holds
    assert "too few losses" in str(law.trouble)


def test_a_loss_that_rises_with_the_lr_does_not_overfit() -> None:
    """A warm restart raises the loss; so does noise, for a while."""
    steps = np.arange(100, 6_001, 100)
    restart = 1e-3 * cosine().over(5_000).values()
    lr = np.append(restart, np.full(1_000, 1e-3))
    values = values_of(WeightNorm(), prior_of(WeightNorm())[0])
    loss = WeightNorm().evaluate(values, path(lr, steps.astype(float), 0.1))[0]
    assert loss[-1] > 1.02 * loss.min()
    assert fit([Curve(steps=steps, loss=loss, lr=lr, weight_decay=0.1)]).rising == 0
    noise = np.random.default_rng(0).normal(0, 0.04, (40, len(steps)))
    flat = [Curve(steps=steps, loss=3 * np.exp(one), lr=np.full(6_000, 1e-3)) for one in noise]
    assert fit(flat, "chinchilla").rising <= 0.1


@pytest.mark.parametrize(
    "asked", [{"at": [100.5]}, {"at": [np.nan]}, {"at": [50], "weight_decay": -1.0}]
)
def test_what_cannot_be_predicted_is_refused(asked: dict[str, object]) -> None:
    """Half a step, no step, a negative decay."""
    with pytest.raises(UsageError):
        law_of(1e-3).predict(([0], [1e-3]), **asked)  # pyright: ignore[reportArgumentType]


def test_an_interval_is_above_nothing_and_may_be_endless() -> None:
    """Where nothing is known the upper end is infinite, without a warning."""
    said = Prediction(mean=np.array([2.0, 2.0]), sd=np.array([0.02, 5_000.0]))
    assert said.low[0] == pytest.approx(1.967, abs=1e-3)
    assert said.low[1] == 0
    assert said.high[1] == np.inf
