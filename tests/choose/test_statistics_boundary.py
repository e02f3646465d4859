from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lehr.choose.boundary import ERROR, boundary

PLANNED = st.integers(2, 20)


def looks(planned: int) -> np.ndarray:
    """After how many pairs there is a look."""
    return np.arange(min(3, planned), planned + 1)


@settings(deadline=None)
@given(PLANNED)
def test_no_look_asks_for_more_than_bonferroni_does(planned: int) -> None:
    """The same shares of the error, spent exactly, give the lower critical values."""
    counts = looks(planned)
    correction = stats.t.ppf(1 - ERROR / len(counts) / 2, counts - 1)
    assert np.all(np.array(boundary(planned)) <= correction * (1 + 1e-9))


@settings(deadline=None)
@given(PLANNED)
def test_later_looks_ask_for_less_but_never_for_less_than_a_single_one(planned: int) -> None:
    """Critical values fall as pairs accumulate, and stay above those of one look at 5 %."""
    counts, critical = looks(planned), np.array(boundary(planned))
    assert np.all(np.diff(critical) < 0)
    assert np.all(critical >= stats.t.ppf(1 - ERROR / 2, counts - 1) * (1 - 1e-9))


@pytest.mark.parametrize("planned", [2, 3])
def test_a_single_look_is_the_t_test(planned: int) -> None:
    """Without looks on the way nothing is paid for them."""
    assert boundary(planned) == pytest.approx((stats.t.ppf(1 - ERROR / 2, planned - 1),))


@pytest.mark.parametrize("planned", [4, 8, 20])
def test_every_look_spends_its_share(planned: int) -> None:
    """Drawn differences of mean zero leave for the first time equally often at each look."""
    draws = np.random.default_rng(planned).normal(size=(200_000, planned))
    counts, inside, shares = looks(planned), np.ones(len(draws), dtype=bool), []
    for count, critical in zip(counts, boundary(planned), strict=True):
        mean, spread = draws[:, :count].mean(axis=1), draws[:, :count].std(axis=1, ddof=1)
        left = inside & (np.abs(mean) * np.sqrt(count) > critical * spread)
        shares.append(left.mean())
        inside &= ~left
    share = ERROR / len(counts)
    assert np.abs(np.array(shares) - share).max() < 4.5 * np.sqrt(share / len(draws))
    assert sum(shares) == pytest.approx(ERROR, abs=0.002)
