from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

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
    gain = pairs([-1.0, -1.1], [0.5, 0.4]).gain()
    assert gain is not None
    assert (gain.unit, gain.mean) == ("absolute", pytest.approx(1.5))


def test_more_looks_widen_the_interval() -> None:
    """Stopping early is paid for."""
    table = pairs([1.0, 1.1, 1.0], [1.2, 1.2, 1.3])
    once, often = table.gain(), table.gain(looks=4)
    assert once is not None
    assert often is not None
    assert often.high - often.low > once.high - once.low


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


def test_stopping_early_keeps_the_error() -> None:
    """Candidates that are alike are told apart in at most 5 % of studies, all looks together."""
    rng = np.random.default_rng(2)
    claims = 0
    for _ in range(2000):
        ours, other = np.exp(rng.normal(0, 0.1, (2, 8)))
        gains = [Pairs(ours[:n], other[:n], "min").gain(looks=6) for n in range(3, 9)]
        claims += any(gain is not None and not gain.low <= 0 <= gain.high for gain in gains)
    assert claims / 2000 < 0.05


def test_expected_holds_its_mean() -> None:
    """The expected objective lies in its interval; one seed has a point for an interval."""
    several = expected([1.0, 1.2], "min")
    assert several.low < several.mean < several.high
    single = expected([1.0], "min")
    assert (single.low, single.mean, single.high, single.seeds) == (1.0, 1.0, 1.0, 1)


def test_how_many_pairs_would_separate() -> None:
    """With that many pairs of this mean and spread zero is excluded; with one fewer it is not."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1, 200)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    table = Pairs(np.zeros(200), 0.1 + noise, "max")
    needed = Pairs(np.zeros(200), -(0.1 + noise), "max").pairs_needed()
    assert needed == table.pairs_needed()
    assert needed is not None
    half = stats.t.ppf(0.975, needed - 1) / np.sqrt(needed)
    assert half < 0.1 <= stats.t.ppf(0.975, needed - 2) / np.sqrt(needed - 1)
    assert pairs([1.0, 1.1, 0.9], [1.1, 0.9, 1.0]).pairs_needed() is None


def test_pairs_needed_are_more_than_there_are() -> None:
    """What is not separated yet needs at least one pair more."""
    table = pairs([1.0, 1.2, 1.1, 1.0, 1.3], [1.5, 1.1, 1.6, 1.2, 1.9])
    gain, needed = table.gain(looks=3), table.pairs_needed()
    assert gain is not None
    assert gain.low < 0 < gain.high
    assert needed is not None
    assert needed > 5
