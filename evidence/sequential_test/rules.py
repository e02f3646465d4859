"""Sequential rules for paired differences: critical values of |t| at each number of pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from scipy import optimize, stats

from lehr.choose.boundary import ERROR, FIRST_LOOK, boundary

Array = np.ndarray
Rule = Callable[[int], Array]
"""How many pairs are planned -> critical |t| after 1, 2, … pairs; infinite where nobody looks."""


def _looks(planned: int, values: Array | float) -> Array:
    critical = np.full(planned, np.inf)
    critical[min(FIRST_LOOK, planned) - 1 :] = values
    return critical


def _counts(planned: int) -> Array:
    return np.arange(min(FIRST_LOOK, planned), planned + 1)


def _students(planned: int, level: float) -> Array:
    return _looks(planned, stats.t.ppf(1 - level / 2, _counts(planned) - 1))


def shares(planned: int) -> Array:
    """lehr's: an equal share of the error for each look, spent exactly."""
    return _looks(planned, np.array(boundary(planned)))


def bonferroni(planned: int) -> Array:
    """The error divided by the number of looks."""
    return _students(planned, ERROR / len(_counts(planned)))


def unpaid(planned: int) -> Array:
    """Every look at the full error, as if it were the only one."""
    return _students(planned, ERROR)


def at_the_end(planned: int) -> Array:
    """No look on the way."""
    critical = np.full(planned, np.inf)
    critical[-1] = stats.t.ppf(1 - ERROR / 2, planned - 1)
    return critical


def always_valid(planned: int) -> Array:
    """Mixture t test that may stop at any time, without a plan (an e-process reaching 1 / error).

    The effect in spreads has a normal prior of variance 4, the spread the right Haar one; the Bayes
    factor is then an e-process (Perez-Ortiz, Lardy, de Heide & Grunwald, Ann. Stat. 52, 2024).
    """

    def critical(count: int, prior: float = 4.0) -> float:
        def excess(log_t: float) -> float:
            square = np.exp(2 * log_t) / (count - 1)
            shrunk = square / (1 + count * prior)
            evidence = count * (np.log1p(square) - np.log1p(shrunk)) - np.log1p(count * prior)
            return float(evidence / 2 + np.log(ERROR))

        if excess(12) <= 0:
            return np.inf
        return float(np.exp(cast("float", optimize.brentq(excess, -3, 12))))

    return _looks(planned, np.array([critical(int(count)) for count in _counts(planned)]))


RULES: dict[str, Rule] = {
    "equal shares": shares,
    "Bonferroni": bonferroni,
    "always valid": always_valid,
    "unpaid looks": unpaid,
    "one look at the end": at_the_end,
}


def student(differences: Array) -> tuple[Array, Array]:
    """Means, and their standard errors, after 1, 2, … pairs; the error of one pair is infinite.

    Args:
        differences: shape (studies, pairs).
    """
    counts = np.arange(1, differences.shape[1] + 1)
    means = differences.cumsum(axis=1) / counts
    squares = (differences**2).cumsum(axis=1) / counts - means**2
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.sqrt(np.maximum(squares, 0) / (counts - 1))
    errors[:, 0] = np.inf
    return means, errors


def stop(means: Array, errors: Array, critical: Array) -> tuple[Array, Array]:
    """After how many pairs each study stops, and whether it then claims a difference."""
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = np.abs(means / errors) > critical
    claimed = np.asarray(crossed.any(axis=1))
    return np.where(claimed, crossed.argmax(axis=1) + 1, means.shape[1]), claimed
