"""A run's steps to a target, its score, and what is compared of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lehr import cosine
from lehr.choose.candidate import Candidate
from lehr.choose.confirm import Confirmation
from lehr.choose.decision import Target
from lehr.choose.outcome import Outcome
from lehr.choose.target import reaches, restricted, score, steps_to_target
from lehr.schedule import Plan

HORIZON = 100
values = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(-1e6, 1e6)
targets = st.builds(Target, metric=st.just("m"), mode=st.sampled_from(["min", "max"]), value=finite)
evaluations = st.lists(values, max_size=12).map(
    lambda column: [(10 * (place + 1), {"m": value}) for place, value in enumerate(column)]
)


@st.composite
def outcomes(draw: st.DrawFn, target: Target) -> Outcome:
    """An outcome that may be: what ends at the target or beyond has reached it."""
    objective = draw(st.none() | finite)
    steps = draw(st.none() | st.floats(0.01, HORIZON))
    if objective is not None and reaches(objective, target) and steps is None:
        steps = float(HORIZON)
    diverged = draw(st.booleans())
    return Outcome(
        objective=None if diverged else objective, diverged=diverged, steps_to_target=steps
    )


@given(evaluations, targets)
def test_steps_lie_in_the_interval_of_the_first_evaluation_that_reaches(
    curve: list[tuple[int, dict[str, float]]], target: Target
) -> None:
    """Steps exist where an evaluation reaches the target, after the one before and up to that."""
    steps = steps_to_target(curve, target)
    reaching = [step for step, metrics in curve if reaches(metrics["m"], target)]
    if not reaching:
        assert steps is None
        return
    assert steps is not None
    assert reaching[0] - 10 <= steps <= reaching[0]


@given(evaluations, targets)
def test_what_comes_after_the_target_changes_nothing(
    curve: list[tuple[int, dict[str, float]]], target: Target
) -> None:
    """A run cut after it reached the target took the same steps to it."""
    steps = steps_to_target(curve, target)
    if steps is not None:
        end = next(place for place, row in enumerate(curve) if reaches(row[1]["m"], target))
        assert steps_to_target(curve[: end + 1], target) == steps


@given(evaluations, finite)
def test_large_and_small_are_alike(curve: list[tuple[int, dict[str, float]]], value: float) -> None:
    """A metric that shall be large is its negative that shall be small."""
    turned = [(step, {"m": -metrics["m"]}) for step, metrics in curve]
    least, most = (
        Target(metric="m", mode="min", value=value),
        Target(metric="m", mode="max", value=-value),
    )
    assert steps_to_target(curve, least) == steps_to_target(turned, most)


@given(st.data(), targets)
def test_runs_are_ordered_in_three_levels(data: st.DataObject, target: Target) -> None:
    """Reached before missed before diverged, whatever the numbers; within a level by those."""
    one, other = (data.draw(outcomes(target)) for _ in range(2))
    scores = [score(outcome, target, HORIZON) for outcome in (one, other)]
    assert not any(math.isnan(value) for value in scores)

    def level(outcome: Outcome) -> int:
        if outcome.diverged or (outcome.objective is None and outcome.steps_to_target is None):
            return 2
        return int(outcome.steps_to_target is None)

    levels = [level(one), level(other)]
    if levels[0] != levels[1]:
        assert (scores[0] < scores[1]) == (levels[0] < levels[1])
    elif levels[0] == 0:
        assert (scores[0] < scores[1]) == (one.steps_to_target < other.steps_to_target) or (
            scores[0] == scores[1]
        )
    elif levels[0] == 1:
        gaps = [abs(run.objective - target.value) for run in (one, other)]
        assert (scores[0] <= scores[1]) if gaps[0] <= gaps[1] else (scores[0] >= scores[1])
    else:
        assert scores == [math.inf, math.inf]


@given(st.data(), targets)
def test_a_seed_gives_a_number_in_the_horizon_unless_it_diverged(
    data: st.DataObject, target: Target
) -> None:
    """What is compared lies in (0, horizon], and grows no faster than the score."""
    outcome = data.draw(outcomes(target))
    steps = restricted(outcome, HORIZON)
    assert (steps is None) == math.isinf(score(outcome, target, HORIZON))
    if steps is not None:
        assert 0 < steps <= HORIZON
        assert steps / HORIZON == min(score(outcome, target, HORIZON), 1.0)


@pytest.mark.parametrize(
    ("column", "steps"),
    [
        ([0.9, 0.7, 0.4], 25 + 5 / 3),
        ([0.4, 0.9, 0.9], 10.0),
        ([math.nan, 0.4], 20.0),
        ([math.inf, 0.4], 20.0),
        ([0.9, 0.5], 20.0),
        ([0.9, 0.6], None),
        ([math.nan], None),
        ([], None),
        ([0.8, 0.2, 0.9], 15.0),
    ],
)
def test_steps_of_known_curves(column: list[float], steps: float | None) -> None:
    """A straight line between evaluations; the evaluation itself where there is none before."""
    goal = Target(metric="m", mode="min", value=0.5)
    curve = [(10 * (place + 1), {"m": value}) for place, value in enumerate(column)]
    found = steps_to_target(curve, goal)
    assert found == (None if steps is None else pytest.approx(steps))


def test_the_line_between_evaluations_is_numpys() -> None:
    """On a falling curve the crossing is the interpolated one."""
    random = np.random.default_rng(0)
    for _ in range(100):
        heights = np.sort(random.uniform(0, 1, 10))[::-1]
        value = float(random.uniform(heights[-1], heights[0]))
        curve = [(10 * (place + 1), {"m": float(h)}) for place, h in enumerate(heights)]
        steps = steps_to_target(curve, Target(metric="m", mode="min", value=value))
        wanted = np.interp(value, heights[::-1], np.arange(100, 0, -10))
        assert steps == pytest.approx(float(wanted))


A, B = (Candidate(Plan(lr=cosine()), lr) for lr in (0.1, 0.2))
steps_or_miss = st.none() | st.floats(1, HORIZON)


def confirmed(ours: list[float | None], other: list[float | None], target: bool) -> Confirmation:
    """Two candidates after these steps on paired seeds; None: missed."""

    def column(steps: list[float | None]) -> dict[int, float | None]:
        return {seed: float(HORIZON) if s is None else s for seed, s in enumerate(steps)}

    def missed(steps: list[float | None]) -> frozenset[int]:
        return frozenset(seed for seed, s in enumerate(steps) if s is None)

    return Confirmation(
        objectives={A: column(ours), B: column(other)},
        planned={frozenset({A, B}): len(ours)},
        mode="min",
        missed={A: missed(ours), B: missed(other)} if target else None,
        horizon=HORIZON if target else None,
    )


@pytest.mark.parametrize(
    ("ours", "other", "better", "stated"),
    [
        ([60, 62, 61], [None, None, None], A, False),
        ([None, None, None], [60, 62, 61], B, False),
        ([None, None, None], [None, None, None], None, False),
        ([60, 60, 60], [60, 60, 60], None, False),
        ([30, 32, 31], [90, None, 95], A, True),
        ([60, None, 61], [None, None, None], None, True),
        ([60, 62], [None, None], None, False),
        ([40, 42, 41], [80, 81, 85], A, True),
    ],
)
def test_what_fresh_seeds_tell_of_steps(
    ours: list[float | None], other: list[float | None], better: Candidate | None, stated: bool
) -> None:
    """No interval is made of a spread that was not seen; all against none is told without one."""
    seen = confirmed(ours, other, target=True)
    assert seen.better(A, B) == better
    assert (seen.gain(A, B) is not None) == stated
    assert seen.out_of_reach(A, B) == all(steps is None for steps in (*ours, *other))


@given(st.lists(st.tuples(steps_or_miss, steps_or_miss), min_size=3, max_size=8))
def test_a_comparison_does_not_depend_on_who_comes_first(
    pairs: list[tuple[float | None, float | None]],
) -> None:
    """The better one is the same from both sides; stated steps lie within the horizon."""
    ours, other = ([pair[side] for pair in pairs] for side in (0, 1))
    seen = confirmed(ours, other, target=True)
    assert seen.better(A, B) == seen.better(B, A)
    known = seen.expected(A)
    assert known is not None
    assert known.reached == sum(steps is not None for steps in ours)
    assert known.low <= known.mean <= known.high <= HORIZON


@given(st.lists(st.tuples(st.floats(1, 99), st.floats(1, 99)), min_size=3, max_size=8))
def test_where_all_reach_steps_are_compared_as_any_objective(
    pairs: list[tuple[float, float]],
) -> None:
    """Without a miss the target changes no comparison but one of equal steps."""
    ours, other = ([pair[side] for pair in pairs] for side in (0, 1))
    aimed, plain = (confirmed(list(ours), list(other), target=way) for way in (True, False))
    gain = plain.gain(A, B)
    if gain is not None and gain.low < gain.high:
        assert aimed.gain(A, B) == gain
        assert aimed.better(A, B) == plain.better(A, B)
