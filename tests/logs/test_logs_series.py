"""Series of a run that was resumed: what counts, by a plain twin of each rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lehr.checks.log_reader import beside
from lehr.errors import UsageError
from lehr.logs import Series

STEPS = st.lists(st.integers(0, 9), min_size=1, max_size=12)


def series(places: list[int], steps: list[int]) -> Series:
    """A series whose values are its places."""
    return Series.of(zip(places, steps, map(float, places), strict=True))


@st.composite
def two(draw: st.DrawFn) -> tuple[Series, Series]:
    """Two series of one log, whose rows hold one of them or both."""
    steps = draw(STEPS)
    kinds = draw(st.lists(st.sampled_from("lb2"), min_size=len(steps), max_size=len(steps)))
    parts = [
        [place for place, kind in enumerate(kinds) if kind in those] or [0]
        for those in ("l2", "b2")
    ]
    first, second = (series(part, [steps[place] for place in part]) for part in parts)
    return first, second


@given(steps=STEPS)
def test_a_later_value_supersedes(steps: list[int]) -> None:
    """What is kept ascends, and holds the last value of each step that it keeps."""
    kept = series(list(range(len(steps))), steps).latest()
    assert kept.values.tolist() == [
        place
        for place, step in enumerate(steps)
        if all(step < later for later in steps[place + 1 :])
    ]


@given(both=two())
def test_a_series_that_goes_back_takes_the_other_along(both: tuple[Series, Series]) -> None:
    """A loss goes where an lr of an earlier step was logged after it."""
    lr, loss = both
    gone = [
        any(p > place and s < step for p, s in zip(lr.order, lr.steps, strict=True))
        for place, step in zip(loss.order, loss.steps, strict=True)
    ]
    assert loss.resumed(lr).values.tolist() == loss.values[~np.array(gone)].tolist()


@given(steps=STEPS, data=st.data())
def test_a_loss_stands_beside_the_lr_of_its_row(steps: list[int], data: st.DataObject) -> None:
    """Where each loss shares a row with an lr they stay together, whatever was logged again."""
    places = list(range(len(steps)))
    logged = data.draw(st.sets(st.sampled_from(places), min_size=1))
    lr = series(places, steps)
    loss = series(sorted(logged), [steps[place] for place in sorted(logged)])
    expected = [place if place in logged else np.nan for place in places]
    np.testing.assert_array_equal(beside(lr, loss), expected)


def test_a_series_is_of_one_length() -> None:
    """Its three columns are checked where it is made."""
    with pytest.raises(UsageError, match="as many values"):
        Series(steps=np.arange(2), values=np.zeros(3), order=np.zeros(2))
