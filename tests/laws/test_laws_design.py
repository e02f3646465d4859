"""A design is the best of its family under the law, and never beyond what the law has seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from laws_made import HORIZON, law_of

from lehr import linear, warmup
from lehr.errors import UsageError
from lehr.laws import design
from lehr.laws.trial import Gain


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

    found = design(unsure, horizon=HORIZON, warmup_steps=100)

    assert found.fell_back
    assert found.schedule == (warmup(100) >> linear())


@pytest.mark.parametrize("share", [0.2, 0.95])
def test_a_long_warmup_leaves_out_what_does_not_fit(share: float) -> None:
    """Cooldowns that the warmup leaves no room for are not tried, the others are."""
    warm = int(share * HORIZON)

    found = design(law_of(1e-3), horizon=HORIZON, warmup_steps=warm)

    multipliers = found.schedule.over(HORIZON).values()
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
    found = design(unsure, horizon=HORIZON, warmup_steps=100)
    assert found.over_linear == Gain(mean=0.0, sd=0.0)
    assert found.over_cosine.sd > 0
