"""The few points that draw a curve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lehr import Schedule, cosine, hold, linear, parse, warmup
from lehr.schedule.outline import MOST, TOLERANCE, outline, thin
from lehr.schedule.stretches import stretches

MILLION = 1_000_000
SMOOTH = [
    "wsd()",
    "one_cycle()",
    'multi_step(["50%", "75%"])',
    "cosine_restarts(9, stretch=2, shrink=0.7)",
    "maximum(linear(), constant(0.3)) * cosine()",
    'step("1%", factor=0.99)',
]


def read(text: str) -> Schedule:
    schedule = parse(text)
    assert isinstance(schedule, Schedule)
    return schedule


@pytest.mark.parametrize("text", SMOOTH)
def test_a_million_steps_are_light_and_nothing_is_missed(text: str) -> None:
    """Joining the points misses no value of any step by a visible amount."""
    bound = read(text).over(MILLION)
    steps, values = outline(bound)
    every = np.arange(MILLION + 1)
    exact = bound.at(every)
    assert len(steps) < 500
    assert np.abs(np.interp(every, steps, values) - exact).max() <= TOLERANCE * np.ptp(exact)
    assert values.tolist() == bound.at(steps).tolist()
    assert (values.max(), values.min()) == (exact.max(), exact.min())


def test_corners_are_kept_to_the_step() -> None:
    """A straight line needs its two ends; a phase, the step before it as well."""
    schedule = warmup(100_000) >> hold() >> linear("20%", final=0.5) >> linear(100, start=0.2)
    steps, _ = outline(schedule.over(MILLION))
    begins = {100_000, 799_900, 999_900}
    assert set(steps.tolist()) == {0, MILLION, *begins, *(step - 1 for step in begins)}
    inner = linear(300, final=0.2).repeat(3) >> hold()  # corners that begin no phase
    assert {0, 299, 300, 599, 600} <= set(outline(inner.over(MILLION))[0].tolist())


@settings(deadline=None)
@given(
    knots=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 20)), min_size=1, max_size=30),
    keep=st.lists(st.integers(0, 1), max_size=2),
)
def test_every_polyline_is_drawn_by_its_corners(
    knots: list[tuple[int, int]], keep: list[int]
) -> None:
    """Whatever the corners: ascending indices, both ends, what was asked for, no visible miss."""
    places = np.cumsum([0, *(length for length, _ in knots)])
    values = np.interp(np.arange(places[-1] + 1), places, [0, *(level for _, level in knots)])
    kept = thin(values, keep=keep)
    assert (np.diff(kept) > 0).all()
    assert {0, len(values) - 1, *keep} <= set(kept.tolist())
    assert set(kept.tolist()) <= {*places.tolist(), *keep}
    joined = np.interp(np.arange(len(values)), kept, values[kept])
    assert np.abs(joined - values).max() <= TOLERANCE * np.ptp(values)


def test_a_curve_that_turns_too_often_keeps_the_extremes_of_every_column() -> None:
    """20,000 cycles are drawn as the band that they are, with few points."""
    exact = read("triangular(25).repeat()").over(MILLION).values()
    kept = thin(exact)
    assert len(kept) <= MOST + 2
    for column in np.array_split(np.arange(MILLION), 400):
        inside = exact[kept[(kept >= column[0]) & (kept <= column[-1])]]
        assert (inside.max(), inside.min()) == (exact[column].max(), exact[column].min())


def test_a_run_of_billions_of_steps_is_sampled_with_its_phases() -> None:
    """No array of all steps is made, and phases of a few steps are not lost."""
    steps, values = outline((warmup(10) >> hold() >> cosine(7)).over(2**40))
    assert {0, 9, 10, 2**40 - 8, 2**40 - 7, 2**40} <= set(steps.tolist())
    assert (values[0], values[-1], values.max()) == (0.1, 0.0, 1.0)


def test_a_logarithmic_axis_needs_points_where_values_are_small() -> None:
    """Ten jumps by a factor of ten: the last are invisible on one axis and not on the other."""
    bound = read("step(100)").over(1_000)
    jumps = {edge for k in range(1, 8) for edge in (100 * k - 1, 100 * k)}
    assert jumps <= set(outline(bound, log=True)[0].tolist())
    assert not jumps <= set(outline(bound)[0].tolist())


def test_stretches_fill_the_horizon() -> None:
    """Each phase begins where the one before ended, and the last ends the run."""
    text = 'warmup("5%") >> hold() >> cosine("20%", final=0.1)'
    found = stretches(read(text).over(1_000))
    assert [(p.start, p.stop) for p in found] == [(0, 50), (50, 800), (800, 1000)]
    assert [p.text for p in found] == ['warmup("5%")', "hold()", 'cosine("20%", final=0.1)']
    assert [p.name for p in found] == ["warmup", "hold", "cosine"]
    assert (found[0].first, found[0].last) == (1 / 50, 1.0)
    assert [p.text for p in stretches((0.5 * read(text)).over(1_000))] == [f"0.5 * ({text})"]
