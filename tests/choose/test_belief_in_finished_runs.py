from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lehr import parse
from lehr.choose.strategies.belief import (
    BEND,
    CAP,
    LEAN,
    LEVEL,
    Place,
    Seen,
    believed,
    heights,
    improvement,
)
from lehr.schedule import Plan

LATE, LONG = (Plan.of(parse(f'hold() >> linear("{part}%")')) for part in (20, 65))
AGREEMENT = {(LATE, LATE): 1.0, (LONG, LONG): 1.0, (LATE, LONG): 0.35, (LONG, LATE): 0.35}


def place(rung: int, plan: Plan = LATE) -> Place:
    return Place(plan=plan, octave=float(rung), rung=rung)


def seen(rung: int, height: float, *, plan: Plan = LATE, seed: int = 0) -> Seen:
    return Seen(place=place(rung, plan), seed=seed, height=height)


def test_a_lucky_run_between_poor_ones_is_believed_less_than_it_shows() -> None:
    """What lies between two runs is drawn towards them."""
    runs = [seen(-1, 0.2), seen(0, 0.0), seen(1, 0.2)]
    (mean,), _ = believed(runs, [place(0)], AGREEMENT)
    assert 0 < mean < 0.05


def test_neighbours_decide_between_runs_that_are_level() -> None:
    """Of two runs with the same loss, the one whose neighbour is better is better."""
    runs = [seen(-1, 0.1), seen(0, 0.0), seen(1, 0.0), seen(2, 0.02)]
    (low, high), _ = believed(runs, [place(0), place(1)], AGREEMENT)
    assert high < low


def test_a_seed_that_is_worse_everywhere_says_nothing() -> None:
    """A further seed counts by what it tells of differences; its own level is left out."""
    once = [seen(0, 0.0), seen(1, 0.05)]
    again = [seen(0, 0.5, seed=1), seen(1, 0.55, seed=1)]
    asked = [place(0), place(1)]
    before, unsure = believed(once, asked, AGREEMENT)
    after, surer = believed([*once, *again], asked, AGREEMENT)
    assert after == pytest.approx(before, abs=0.01)
    assert (surer < unsure).all()


def test_far_from_every_run_nothing_is_known() -> None:
    """Eight octaves away the spread is that of a curve and a schedule never seen."""
    _, (spread,) = believed([seen(0, 0.0)], [place(8, LONG)], AGREEMENT)
    assert spread >= math.hypot(BEND, LEAN)
    assert spread < LEVEL


def test_the_formula_is_that_of_a_joint_normal_distribution() -> None:
    """Mean and spread equal those of the conditional distribution, computed step by step."""
    runs = [seen(0, 0.0), seen(1, 0.1, plan=LONG), seen(1, 0.3, seed=1)]
    asked = [place(0, LONG), place(1)]
    means, spreads = believed(runs, asked, AGREEMENT)
    for one, mean, spread in zip(asked, means, spreads, strict=True):
        joint = np.array([[_covariance(a, b) for b in (*runs, one)] for a in (*runs, one)])
        inverse = np.linalg.inv(joint)
        assert spread == pytest.approx(inverse[-1, -1] ** -0.5)
        told = np.array([run.height for run in runs])
        assert mean == pytest.approx(-inverse[-1, :-1] @ told / inverse[-1, -1])


def _covariance(one: Seen | Place, other: Seen | Place) -> float:
    first, second = (run.place if isinstance(run, Seen) else run for run in (one, other))
    seeds = [run.seed if isinstance(run, Seen) else 0 for run in (one, other)]
    bend = BEND**2 * math.exp(-((first.octave - second.octave) ** 2) / 2 / 1.6**2)
    total = bend + LEAN**2 if first.plan == second.plan else 0.95 * bend
    if seeds[0] == seeds[1]:
        total += LEVEL**2
        if first.rung == second.rung and isinstance(one, Seen) and isinstance(other, Seen):
            total += 0.04**2 * math.sqrt(AGREEMENT[first.plan, second.plan])
    return total


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5), st.floats(1e-3, 1e3))
def test_heights_do_not_depend_on_the_unit(scores: list[float], unit: float) -> None:
    """Losses in other units are as high; the best is at 0 and none above the cap."""
    ours = heights(scores)
    assert ours == pytest.approx(heights([unit * score for score in scores]), abs=1e-9)
    assert min(ours) == 0
    assert max(ours) <= CAP


def test_heights_where_the_best_is_not_positive() -> None:
    """A best of 0 has no logarithm; what diverged is at the cap."""
    assert heights([0.0, 0.5, math.inf]) == [0.0, 0.5, CAP]
    assert heights([-2.0, -1.0]) == [0.0, 0.5]


def test_what_is_expected_to_improve() -> None:
    """The formula equals the mean of what lies below the best, drawn at random."""
    draws = np.random.default_rng(0).normal(0.05, 0.1, 400_000)
    assert improvement(0.05, 0.1, 0.02) == pytest.approx(
        np.maximum(0.02 - draws, 0).mean(), rel=0.01
    )
    assert improvement(0.05, 0.0, 0.02) == 0.0
