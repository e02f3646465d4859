"""A design is the best of its family under the law, and never beyond what the law has seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from laws_made import HORIZON, law_of
from numpy.typing import ArrayLike

from lehr import constant, cosine, decay, hold, linear, polynomial, warmup
from lehr.errors import UsageError
from lehr.laws import Curve, design, fit
from lehr.laws.ended import NEAR, Ended
from lehr.laws.trial import Gain
from lehr.schedule import Schedule


def test_a_design_is_not_worse_than_linear_and_cosine() -> None:
    """Both are of its family or beside it, so it is at least as good as either, by its own law."""
    law = law_of(5e-4, 1e-3, 2e-3)

    found = design(law, horizon=4 * HORIZON, warmup_steps=100)

    lr = found.peak_lr * found.schedule.over(4 * HORIZON).values()
    assert law.predict(lr, [4 * HORIZON]).mean[0] == pytest.approx(found.predicted)
    assert found.over_linear.mean >= 0
    assert 5e-4 <= found.peak_lr <= 2e-3
    assert (np.diff(lr[100:]) <= 0).all()


def test_a_gain_that_the_law_cannot_tell_is_not_claimed() -> None:
    """If the best is not better by more than its uncertainty, the answer is linear."""
    law = law_of(1e-3)
    unsure = replace(law, misfit=0.5)  # far more than where a law holds

    found = design(unsure, horizon=2 * HORIZON, warmup_steps=100)

    assert found.fell_back
    assert found.again is None  # no run was as long
    assert found.schedule == (warmup(100) >> linear())


@pytest.mark.parametrize("share", [0.2, 0.95])
def test_a_long_warmup_leaves_out_what_does_not_fit(share: float) -> None:
    """Cooldowns that the warmup leaves no room for are not tried, the others are."""
    horizon = 2 * HORIZON
    warm = int(share * horizon)

    found = design(law_of(1e-3), horizon=horizon, warmup_steps=warm)

    multipliers = found.schedule.over(horizon).values()
    assert multipliers.argmax() >= warm - 1
    assert multipliers[0] == pytest.approx(1 / warm)


@pytest.mark.parametrize("peaks", [(1e-3, 4e-3), (2e-3, 1e-3), (0.0, 1e-3)])
def test_peaks_beyond_what_was_seen_are_refused(peaks: tuple[float, float]) -> None:
    """A range upside down, from nothing, or far above the peak lrs seen is an error."""
    with pytest.raises(UsageError):
        design(law_of(1e-3), horizon=HORIZON, peak_lr=peaks)


def test_a_run_that_has_begun_is_continued_from_its_last_lr() -> None:
    """Only what is left is designed; the lr falls from where it is, and the past is unchanged."""
    law = law_of(1e-3, 2e-3)
    past = 2e-3 * np.interp(np.arange(4_000), [0, 100], [0.01, 1])

    found = design(law, horizon=10_000, past=past)

    rest = found.peak_lr * found.schedule.over(6_000).values()
    assert found.peak_lr == 2e-3
    assert rest[0] == pytest.approx(2e-3, rel=1e-3)
    assert (np.diff(rest) <= 0).all()
    whole = law.predict(np.append(past, rest), [10_000]).mean[0]
    assert whole == pytest.approx(found.predicted, rel=1e-4)
    assert found.predicted <= found.linear.loss


def test_what_is_left_of_a_run_is_linear_where_the_gain_is_below_its_noise() -> None:
    """The same gain is taken where runs are near the law, and not where they are far from it."""
    past = 2e-3 * np.interp(np.arange(4_000), [0, 100], [0.01, 1])
    near = replace(law_of(1e-3, 2e-3), misfit=1e-4)

    sure = design(near, horizon=5_000, past=past)
    unsure = design(replace(near, misfit=0.02), horizon=5_000, past=past)

    assert not sure.fell_back
    assert sure.over_linear.mean > sure.over_linear.sd
    assert unsure.fell_back
    assert unsure.schedule == linear()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"horizon": 0}, "at least 1 step"),
        ({"horizon": 1}, "leaves nothing to design"),
        ({"warmup_steps": HORIZON}, "leaves nothing to design"),
        ({"past": np.linspace(1e-6, 1e-4, 10)}, "still warming up"),
        ({"past": np.full(HORIZON, 1e-3)}, "updates are left"),
        ({"past": np.zeros(10)}, "no learning rate above 0"),
        ({"past": np.append(np.full(10, 1e-3), 0.0)}, "above 0"),
        ({"past": np.full(10, 1e-3), "warmup_steps": 5}, "leave both out"),
    ],
)
def test_a_run_that_cannot_be_designed_is_refused(changed: dict[str, object], words: str) -> None:
    """What is wrong is said, with the value."""
    with pytest.raises(UsageError, match=words):
        design(law_of(1e-3), **({"horizon": HORIZON} | changed))  # type: ignore[arg-type]


def test_a_schedule_gains_nothing_over_itself() -> None:
    """A design that is linear is not compared with linear as with another run."""
    unsure = replace(law_of(1e-3), misfit=0.5)
    found = design(unsure, horizon=2 * HORIZON, warmup_steps=100)
    assert found.over_linear == Gain(mean=0.0, sd=0.0)
    assert found.over_cosine.sd > 0


def test_a_run_that_ended_lower_than_any_design_is_forecast_to_is_trained_again() -> None:
    """A measurement is worth more than a forecast, of the same horizon and an allowed peak lr."""
    law = law_of(5e-4, 1e-3, 2e-3)
    plain = design(law, horizon=HORIZON, warmup_steps=100)
    lucky = Ended(curve=law.runs[1].curve, loss=0.99 * plain.predicted)
    seen = replace(law, runs=(law.runs[0], lucky, law.runs[2]))

    found = design(seen, horizon=HORIZON, warmup_steps=100)

    assert plain.again is None
    assert (found.again, found.peak_lr, found.predicted) == ("run", 1e-3, lucky.loss)
    lrs = found.peak_lr * found.schedule.over(HORIZON).values()
    assert np.abs(lrs - lucky.curve.lr).max() < NEAR * lucky.peak_lr
    assert found.over_linear.mean == pytest.approx(found.linear.loss - lucky.loss)
    assert design(seen, horizon=2 * HORIZON).again is None
    assert design(seen, horizon=HORIZON, peak_lr=(5e-4, 9e-4)).again is None
    assert design(seen, horizon=HORIZON, past=np.full(100, 1e-3)).again is None


def test_where_the_law_does_not_hold_the_run_that_ended_lowest_is_trained_again() -> None:
    """Its forecasts are worth nothing then, whatever they say."""
    law = replace(law_of(5e-4, 1e-3, 2e-3), misfit=0.5)
    found = design(law, horizon=HORIZON, warmup_steps=100)
    best = min(law.runs, key=lambda run: run.loss)
    assert not law.holds
    assert (found.peak_lr, found.predicted) == (best.peak_lr, best.loss)
    assert found.again is not None


def ended(lr: ArrayLike | tuple[ArrayLike, ArrayLike], end: int) -> Ended:
    """A run with these lrs, whatever its losses."""
    return Ended(curve=Curve(steps=[end], loss=[1.0], lr=lr), loss=1.0)


@pytest.mark.parametrize(
    "trained",
    [
        warmup(100) >> linear(),
        warmup(100) >> cosine(),
        warmup(100) >> constant(),
        cosine(),
        warmup(60) >> hold() >> decay("30%", shape="1-sqrt"),
        warmup(100) >> hold() >> polynomial("40%", power=2, final=0.1),
    ],
    ids=str,
)
def test_a_customary_schedule_is_known_again_by_its_lrs(trained: Schedule) -> None:
    """Also where the last loss was logged a little before the end, or lrs a step after."""
    used = 2e-3 * trained.over(HORIZON).values()
    for lr in (used, used[:-50], np.append(used[0], used[:-1])):
        run = ended(lr, len(lr))
        assert run.of(HORIZON)
        assert run.trained_with(HORIZON, 7) == (trained, 2e-3)


@pytest.mark.parametrize("every", [10, 100, 250])
@pytest.mark.parametrize("tail", [linear(), cosine(), hold() >> polynomial("20%")], ids=str)
def test_a_schedule_is_known_again_from_a_few_lrs(tail: Schedule, every: int) -> None:
    """A warmup that was over before the first was logged has the length that is asked for."""
    trained = warmup(90) >> tail
    at = np.arange(every, HORIZON, every)
    run = ended((at, 2e-3 * trained.over(HORIZON).values()[at]), HORIZON)
    assert run.trained_with(HORIZON, 90) == (trained, pytest.approx(2e-3, rel=NEAR))
    if every > 90:
        shorter, peak_lr = run.trained_with(HORIZON, 60) or (None, 0.0)
        assert shorter == (warmup(60) >> tail)
        assert peak_lr == pytest.approx(2e-3, rel=2 * NEAR)


def test_a_run_that_is_a_little_longer_is_trained_again_to_its_end() -> None:
    """Its schedule takes the shorter horizon as a whole, and is not cut."""
    trained = linear("50%", final=0.5) >> cosine()
    for schedule in (trained, warmup(100) >> hold() >> polynomial("10%")):
        run = ended(2e-3 * schedule.over(HORIZON).values(), HORIZON)
        again, _ = run.trained_with(HORIZON - 50, 100) or (None, 0.0)
        assert again is not None
        assert again.over(HORIZON - 50).values()[-1] < 2 * NEAR


def test_what_is_not_customary_becomes_lines() -> None:
    """Close to what the run was trained with; nothing where its lrs have too many corners."""
    trained = linear("50%", final=0.5) >> cosine()
    lr = 2e-3 * trained.over(HORIZON).values()
    again, _ = ended(lr, HORIZON).trained_with(HORIZON, 60) or (None, 0.0)
    assert again is not None
    apart = again.over(HORIZON).values() - trained.over(HORIZON).values()
    assert np.abs(apart).max() <= NEAR + 1e-5
    at = np.arange(100, HORIZON, 100)
    late, _ = ended((at, lr[at]), HORIZON).trained_with(HORIZON, 60) or (None, 0.0)
    assert late is not None
    assert late.over(HORIZON).values()[0] < 0.05  # it warms up to what was logged first
    jumps = np.random.default_rng(0).uniform(0.1, 1.0, HORIZON)
    assert ended(jumps, HORIZON).trained_with(HORIZON, 60) is None


def test_a_run_of_another_weight_decay_is_not_trained_again() -> None:
    """The design is for that of the law, with which the run would end elsewhere."""
    law = law_of(5e-4, 1e-3, 2e-3)
    one = law.runs[1].curve
    other = Curve(steps=one.steps, loss=one.loss, lr=one.lr, weight_decay=0.3)
    runs = (law.runs[0], Ended(curve=other, loss=1.0), law.runs[2])
    assert design(replace(law, runs=runs), horizon=HORIZON, warmup_steps=100).again is None


def test_a_run_ends_where_its_last_tenth_says() -> None:
    """One loss that is far off at the very end moves it by a share of that only."""
    law = law_of(1e-3)
    steps, lr = np.arange(100, HORIZON + 1, 100), law.runs[0].curve.lr
    loss = law.predict(lr, steps, 0.1).mean
    noisy = loss.copy()
    noisy[-1] *= 1.05
    ended = fit([Curve(steps=steps, loss=noisy, lr=lr, weight_decay=0.1)]).runs[0].loss
    assert ended == pytest.approx(loss[-1], rel=0.02)
