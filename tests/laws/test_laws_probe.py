"""The probe that is proposed: what it tells, and that it is worth its steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lehr import linear, warmup
from lehr.laws import Curve, Law, fit, most_telling
from lehr.laws.forms import WeightNorm
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path
from lehr.schedule import Schedule, hold

HORIZON = 4_000
STEPS = np.arange(200, HORIZON + 1, 100)
HELD = warmup(50) >> hold()
COOLED = warmup(50) >> hold() >> linear("30%")


def measured(schedule: Schedule, horizon: int, seed: int) -> Curve:
    """A run that obeys the weight-norm law, with seeded noise of a thousandth."""
    lr = 1e-3 * schedule.over(horizon).values()
    steps = STEPS[: horizon // 100 - 1]
    values = values_of(WeightNorm(), prior_of(WeightNorm())[0])
    loss, _ = WeightNorm().evaluate(values, path(lr, steps.astype(float), 0.1))
    noise = np.random.default_rng(seed).standard_normal(len(loss))
    return Curve(steps=steps, loss=loss * (1 + 1e-3 * noise), lr=lr, weight_decay=0.1)


def cooled_end(law: Law) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How a cooled run's last loss moves with the parameters."""
    lr = 1e-3 * COOLED.over(2 * HORIZON).values()
    return law.evaluate(lr, np.array([2.0 * HORIZON]))[1][0]


def test_after_a_run_that_only_held_a_cooldown_tells_most() -> None:
    """What a decay gains is not seen where the lr never fell; the probe lets it fall."""
    law = fit([measured(HELD, HORIZON, 1)])

    probe = most_telling(law, cooled_end(law))

    assert probe is not None
    assert probe.schedule.over(1_000)(999) < 0.1
    assert probe.horizon <= HORIZON
    assert probe.peak_lr == pytest.approx(1e-3)
    assert probe.after < 0.9 * probe.before


def test_the_probe_does_what_it_says() -> None:
    """Trained and fitted, it leaves about the uncertainty that was foretold."""
    held = measured(HELD, HORIZON, 1)
    law = fit([held])
    probe = most_telling(law, cooled_end(law))
    assert probe is not None

    joined = fit([held, measured(probe.schedule, probe.horizon, 2)])

    question = cooled_end(joined)
    after = float(np.sqrt(question @ joined.covariance @ question))
    assert probe.after / 2 < after < 2 * probe.after


def test_where_no_run_would_tell_more_none_is_proposed() -> None:
    """A law as certain as ten thousand runs would make it needs no other."""
    law = fit([measured(HELD, HORIZON, 1), measured(COOLED, HORIZON, 2)])
    sure = replace(law, covariance=law.covariance / 1e4)

    assert most_telling(law, cooled_end(law)) is not None
    assert most_telling(sure, cooled_end(sure)) is None
