"""Series of a run that was resumed: what counts, by a plain twin of each rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lehr.checks.log_reader import beside
from lehr.errors import UsageError
from lehr.logs import Log, Series

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


def log(**series: Series) -> Log:
    return Log(name="log", series=series)


def test_an_abandoned_stretch_takes_its_lrs_along() -> None:
    """Lrs beyond where the losses went back do not count; those beyond the last loss do."""
    lr = Series.of([(1, 0, 0.1), (3, 200, 0.3), (6, 220, 0.2), (7, 320, 0.1)])
    loss = Series.of([(2, 100, 3.0), (4, 250, 2.0), (5, 130, 2.5), (6, 220, 2.2)])

    lrs, losses = log(lr=lr, loss=loss).course()

    assert lrs.steps.tolist() == [0, 220, 320]
    assert losses.steps.tolist() == [100, 130, 220]


def test_a_loss_may_be_logged_a_step_behind_its_lr() -> None:
    """No run goes back in such a log, so that nothing of it is left out."""
    lr = Series.of([(2 * step, step + 1, 0.1) for step in range(9)])
    loss = Series.of([(2 * step + 1, step, 3.0) for step in range(9)])

    lrs, losses = log(lr=lr, loss=loss).course()

    assert (len(lrs), len(losses)) == (9, 9)


def test_nothing_is_left_is_an_error() -> None:
    """Of the only lr, if it was logged in a stretch that was abandoned."""
    lr = Series.of([(2, 200, 0.3)])
    loss = Series.of([(1, 100, 3.0), (3, 250, 2.0), (4, 130, 2.5)])
    with pytest.raises(UsageError, match="no lr since it was resumed"):
        log(lr=lr, loss=loss).course()


@pytest.mark.parametrize(
    ("steps", "shuffled"),
    [
        (list(range(9, -1, -1)), True),
        (sorted(range(0, 3_000, 100), key=str), True),
        ([5, 2, 8, 1, 9, 0, 4, 7, 3, 6], True),
        (list(range(10)), False),
        ([*range(10)] * 4, False),  # begun anew three times
        ([*range(100), *range(5, 9)], False),  # killed soon after it was resumed
        ([3, 3, 3, 4, 4, 4], False),
    ],
)
def test_rows_in_no_order_are_an_error(steps: list[int], shuffled: bool) -> None:
    """They are not taken for a run that was resumed again and again."""
    rows = series(list(range(len(steps))), steps)
    assert rows.shuffled is shuffled
    if shuffled:
        with pytest.raises(UsageError, match="losses of log are not in the order of training"):
            log(lr=series([0], [0]), loss=rows).course()


@pytest.mark.parametrize("later", [range(5, 50, 5), range(5, 20, 5), range(4, 70, 5)])
def test_a_log_that_begins_twice_is_not_guessed(later: range) -> None:
    """Neither start is dropped without a word, whichever went further."""
    steps = [*range(5, 50, 5), *later]
    rows = series(list(range(len(steps))), steps)
    with pytest.raises(UsageError, match="begins 2 times") as caught:
        log(lr=rows, loss=rows).course()
    assert caught.value.value == f"steps 5 to 45, {later[0]} to {later[-1]}"


def test_losses_that_come_back_to_the_first_are_of_one_run() -> None:
    """It was saved before it logged one; its lrs do not come back to where they began."""
    steps = [*range(10), *range(5, 12)]
    lr = series([*range(len(steps))], steps)
    loss = series([7, 9, 12, 14, 16], [7, 9, 7, 9, 11])

    lrs, losses = log(lr=lr, loss=loss).course()

    assert (lrs.steps.tolist(), losses.values.tolist()) == ([*range(12)], [12, 14, 16])


def test_a_weight_decay_is_the_one_it_went_on_with() -> None:
    """What was logged before a run was resumed from its start is of another run."""
    decay = Series.of([(1, 0, 0.1), (2, 10, 0.1), (3, 0, 0.2), (4, 10, 0.2)])
    assert log(weight_decay=decay).weight_decay() == 0.2
