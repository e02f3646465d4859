"""How many steps a schedule needs to a loss: the horizon found ends there, one less does not."""

from __future__ import annotations

import numpy as np
import pytest
from laws_made import law_of

from lehr import cosine, hold, linear, warmup
from lehr.errors import ScheduleError, UsageError
from lehr.laws import Curve, fit, steps_to
from lehr.schedule import Schedule

STEPS = np.arange(100, 4_001, 100)
LAW = fit(
    [
        Curve(steps=STEPS, loss=2 + 3 * STEPS**-0.5, lr=np.full(4_000, peak), weight_decay=0.1)
        for peak in (5e-4, 1e-3)
    ]
)


@pytest.mark.parametrize("schedule", [linear(), warmup(50) >> cosine(final=0.1)], ids=str)
def test_the_horizon_found_is_the_first_that_ends_there(schedule: Schedule) -> None:
    """The run of that length ends at the loss or below; one of a step less does not."""

    def end(horizon: int) -> float:
        return float(LAW.predict(1e-3 * schedule.over(horizon).values(), [horizon]).mean[0])

    found = steps_to(LAW, 2.08, schedule, 1e-3)

    assert found.horizon is not None
    assert end(found.horizon) <= 2.08 < end(found.horizon - 1)
    assert found.low is not None
    assert found.low <= found.horizon
    assert found.high is None or found.high >= found.horizon


def test_a_loss_that_is_never_reached_has_no_horizon() -> None:
    """Below the level that nothing falls below, and within no run that a law is asked about."""
    assert steps_to(LAW, 1.0, linear(), 1e-3).horizon is None


def test_a_warmup_longer_than_the_answer_is_not_cut() -> None:
    """Horizons that the schedule's phases do not fit into are none."""
    found = steps_to(LAW, 100.0, warmup(700) >> hold(), 1e-3)

    assert found.horizon == 701


def test_what_cannot_be_asked_is_refused() -> None:
    """A loss or a peak lr that is none, a schedule that fits nowhere."""
    with pytest.raises(UsageError, match="not a loss"):
        steps_to(LAW, 0.0, linear(), 1e-3)
    with pytest.raises(UsageError, match="not a peak lr"):
        steps_to(LAW, 2.5, linear(), float("nan"))
    with pytest.raises(ScheduleError):
        steps_to(LAW, 2.5, warmup(10_000_000) >> hold(), 1e-3)


def test_a_schedule_that_fits_few_horizons_is_asked_there() -> None:
    """One of whole steps fits none that is longer; its own length may not be among those tried."""
    with pytest.raises(ScheduleError):
        steps_to(law_of(1e-3), 3.0, warmup(100) >> linear(900), 1e-3)
    rising = linear(start=0.0, final=1.0)  # trains nothing where it is one step long
    assert steps_to(law_of(1e-3), 10.0, rising, 1e-3).horizon is not None
