from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lehr.choose.boundary import boundary
from lehr.choose.statistics import Pairs, expected


def pairs(ours: list[float], other: list[float], mode: str = "min") -> Pairs:
    return Pairs(np.array(ours), np.array(other), mode)  # type: ignore[arg-type] # a literal


def test_the_interval_is_the_paired_t_test() -> None:
    """On logarithms, SciPy's paired t test gives the same interval."""
    rng = np.random.default_rng(0)
    ours, other = rng.uniform(0.8, 1.2, (2, 6)) * [[1.0], [1.1]]
    gain = Pairs(ours, other, "min").gain()
    assert gain is not None
    test = stats.ttest_rel(np.log(other), np.log(ours)).confidence_interval(0.95)
    assert (gain.low, gain.high) == pytest.approx((1 - np.exp(-test.low), 1 - np.exp(-test.high)))


def test_accuracies_are_compared_by_difference() -> None:
    """Where a large objective is good, a gain is how much larger ours is."""
    gain = pairs([0.9, 0.92], [0.8, 0.83], "max").gain()
    assert gain is not None
    assert (gain.unit, gain.mean) == ("absolute", pytest.approx(0.095))


def test_an_objective_that_may_be_negative_is_compared_by_difference() -> None:
    """Logarithms are taken only where every objective is positive."""
    gain = pairs([-1.0, -1.1], [0.5, 0.3]).gain()
    assert gain is not None
    assert (gain.unit, gain.mean) == ("absolute", pytest.approx(1.45))


@pytest.mark.parametrize(
    "table",
    [
        pairs([0.95] * 3, [0.9] * 3, "max"),
        pairs([1.1, 2.1, 3.1], [1.2, 2.2, 3.2], "max"),
        pairs([1.0, 2.0, 3.0], [1.1, 2.2, 3.3]),
    ],
)
def test_differences_that_are_all_alike_give_no_interval(table: Pairs) -> None:
    """Three accuracies of one test set are often the same; their spread of zero proves nothing."""
    assert table.gain(planned=3) is None
    assert (table.pairs_needed(), table.tellable(3)) == (None, None)


def test_more_looks_widen_the_interval() -> None:
    """Stopping early is paid for."""
    table = pairs([1.0, 1.1, 1.0], [1.2, 1.2, 1.3])
    once, often = table.gain(), table.gain(planned=6)
    assert once is not None
    assert often is not None
    assert often.high - often.low > once.high - once.low
    assert once == table.gain(planned=3)


def test_there_is_no_interval_before_the_first_look() -> None:
    """Two whole pairs of a longer comparison, where a third diverged, promise nothing."""
    assert pairs([1.0, 1.1], [2.0, 2.3]).gain(planned=4) is None
    assert pairs([1.0, 1.1], [2.0, 2.3]).gain(planned=2) is not None


def test_one_seed_gives_no_interval() -> None:
    """One pair has no spread."""
    assert pairs([1.0], [2.0]).gain() is None
    assert pairs([1.0], [2.0]).pairs_needed() is None


@pytest.mark.parametrize("noise", [(0.03, 0.03), (0.003, 0.03), (0.03, 0.003)])
def test_the_interval_covers_as_often_as_it_says(noise: tuple[float, float]) -> None:
    """Over many made-up studies it holds the true gain 95 % of the time, equal noise or not."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(2000):
        seeds = rng.normal(0, 0.1, 3)
        ours = np.exp(seeds + rng.normal(0, noise[0], 3))
        other = np.exp(np.log(1.1) + seeds + rng.normal(0, noise[1], 3))
        gain = Pairs(ours, other, "min").gain()
        assert gain is not None
        held += gain.low <= 1 - 1 / 1.1 <= gain.high
    assert 0.935 < held / 2000 < 0.965


@pytest.mark.parametrize("noise", [(0.1, 0.1), (0.01, 0.3)])
def test_the_intervals_of_all_looks_hold_together(noise: tuple[float, float]) -> None:
    """A study that stops whenever it likes reports an interval that holds in 95 % of cases."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(2000):
        ours, other = np.exp(rng.normal(0, np.array(noise)[:, None], (2, 8)))
        gains = [Pairs(ours[:n], other[:n], "min").gain(planned=8) for n in range(3, 9)]
        held += all(gain is not None and gain.low <= 0 <= gain.high for gain in gains)
    assert 0.938 < held / 2000 < 0.962


def test_expected_holds_its_mean() -> None:
    """The expected objective lies in its interval; one seed has a point for an interval."""
    several = expected([1.0, 1.2], "min")
    assert several.low < several.mean < several.high
    same = expected([60.0, 60.0, 60.0], "min")
    assert (same.mean, same.low, same.high) == (60, 60, 60)  # a logarithm and back would round
    single = expected([1.0], "min")
    assert (single.low, single.mean, single.high, single.seeds) == (1.0, 1.0, 1.0, 1)


def test_how_many_pairs_would_separate() -> None:
    """So many pairs call the difference seen tellable, as the advice beside it does; fewer not."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1, 8)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    table = Pairs(np.zeros(8), 0.8 + noise, "max")
    needed = Pairs(np.zeros(8), -(0.8 + noise), "max").pairs_needed()
    assert needed == table.pairs_needed()
    assert needed is not None
    enough, fewer = table.tellable(needed), table.tellable(needed - 1)
    assert enough is not None
    assert fewer is not None
    assert enough <= 0.8 < fewer
    assert pairs([1.0, 1.1, 0.9], [1.1, 0.9, 1.0]).pairs_needed() is None


def test_the_last_look_at_many_pairs_is_about_as_strict_as_stated() -> None:
    """Beyond 20 its critical value is not computed: the ratio to a single look's stays."""
    ratios = [boundary(pairs)[-1] / stats.t.ppf(0.975, pairs - 1) for pairs in (20, 30)]
    assert ratios[1] == pytest.approx(ratios[0], rel=0.01)


def test_the_smallest_difference_that_can_be_told_is_told_four_times_in_five() -> None:
    """Fresh pairs that differ by what a study called tellable are told apart as often as said."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(500):
        smallest = Pairs(rng.normal(0, 1, 4), np.zeros(4), "max").tellable(4)
        assert smallest is not None
        gain = Pairs(rng.normal(smallest, 1, 4), np.zeros(4), "max").gain()
        assert gain is not None
        student = gain.mean / (gain.high - gain.mean) * stats.t.ppf(0.975, 3)
        found.append(student > boundary(4)[-1])
    assert np.mean(found) == pytest.approx(0.8, abs=0.045)
    table = Pairs(np.array([0.0, 1.0, 2.0]), np.zeros(3), "max")
    few, many = table.tellable(3), table.tellable(12)
    assert few is not None
    assert many is not None
    assert few > many


def test_without_spread_nothing_is_foretold() -> None:
    """Objectives that differ by the same amount on every seed leave nothing to compute with."""
    same = pairs([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], "max")
    assert (same.pairs_needed(), same.tellable(3)) == (None, None)


def test_pairs_needed_are_more_than_there_are() -> None:
    """What is not separated yet needs at least one pair more."""
    table = pairs([1.0, 1.2, 1.1, 1.0, 1.3], [1.5, 1.1, 1.6, 1.2, 1.9])
    gain, needed = table.gain(planned=5), table.pairs_needed()
    assert gain is not None
    assert gain.low < 0 < gain.high
    assert needed is not None
    assert needed > 5
