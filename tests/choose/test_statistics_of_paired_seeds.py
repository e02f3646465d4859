from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lehr.choose.decision import Gain
from lehr.choose.statistics import Layout, layout, pairs_needed


def test_two_candidates_give_the_paired_t_interval() -> None:
    """With two candidates the interval is SciPy's paired t test on logarithms."""
    rng = np.random.default_rng(0)
    ours, other = rng.uniform(0.8, 1.2, (2, 6)) * [[1.0], [1.1]]
    gain = Layout(np.stack([ours, other]), "min").gain(0, 1)
    assert gain is not None
    test = stats.ttest_rel(np.log(other), np.log(ours)).confidence_interval(0.95)
    assert (gain.low, gain.high) == pytest.approx((1 - np.exp(-test.low), 1 - np.exp(-test.high)))


def test_accuracies_are_compared_by_difference() -> None:
    """Where a large objective is good, a gain is how much larger ours is."""
    gain = Layout(np.array([[0.9, 0.92], [0.8, 0.83]]), "max").gain(0, 1)
    assert gain is not None
    assert (gain.unit, gain.mean) == ("absolute", pytest.approx(0.095))


def test_an_objective_that_may_be_negative_is_compared_by_difference() -> None:
    """Logarithms are taken only where every objective is positive."""
    gain = Layout(np.array([[-1.0, -1.1], [0.5, 0.4]]), "min").gain(0, 1)
    assert gain is not None
    assert (gain.unit, gain.mean) == ("absolute", pytest.approx(1.5))


def test_more_looks_widen_the_interval() -> None:
    """Stopping early is paid for."""
    table = Layout(np.array([[1.0, 1.1, 1.0], [1.2, 1.2, 1.3]]), "min")
    once, often = table.gain(0, 1), table.gain(0, 1, looks=4)
    assert once is not None
    assert often is not None
    assert often.high - often.low > once.high - once.low


def test_one_seed_gives_no_interval() -> None:
    """One pair has no spread."""
    assert Layout(np.array([[1.0], [2.0]]), "min").gain(0, 1) is None


@pytest.mark.parametrize("candidates", [2, 3])
def test_the_interval_covers_as_often_as_it_says(candidates: int) -> None:
    """Over many made-up studies the 95 % interval holds the true gain 95 % of the time."""
    rng = np.random.default_rng(1)
    means = np.log([1.0, 1.1, 1.15])[:candidates, None]
    held = 0
    for _ in range(2000):
        seeds = rng.normal(0, 0.1, (1, 3))
        table = Layout(np.exp(means + seeds + rng.normal(0, 0.03, (candidates, 3))), "min")
        gain = table.gain(0, 1)
        assert gain is not None
        held += gain.low <= 1 - 1 / 1.1 <= gain.high
    assert 0.935 < held / 2000 < 0.965


def test_seeds_on_which_a_run_diverged_are_left_out() -> None:
    """A pair is whole or it does not count, and how many were lost is told."""
    table, lost = layout({1: (1.0, 2.0), 2: (1.0, None), 3: (1.1, 2.1)}, "min")
    assert table is not None
    assert (table.objectives.shape, lost) == ((2, 2), 1)
    assert layout({1: (None, 1.0)}, "min") == (None, 1)


def test_expected_holds_its_mean() -> None:
    """The expected objective lies in its interval; one seed has a point for an interval."""
    expected = Layout(np.array([[1.0, 1.2], [2.0, 2.2]]), "min").expected(0)
    assert expected.low < expected.mean < expected.high
    single = Layout(np.array([[1.0], [2.0]]), "min").expected(0)
    assert (single.low, single.mean, single.high, single.seeds) == (1.0, 1.0, 1.0, 1)


def test_how_many_pairs_would_separate() -> None:
    """Four times the interval needs about four squared as many pairs; zero gain, no number."""
    gain = Gain(mean=0.01, low=-0.03, high=0.05, unit="relative", pairs=3)
    assert pairs_needed(gain) == 49
    assert pairs_needed(gain.model_copy(update={"mean": 0.0})) is None
