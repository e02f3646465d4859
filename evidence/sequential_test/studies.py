"""Whole confirmations of made-up candidates: lehr's rule, and the one it had before.

Candidates are 0 front-runner, 1 baseline, 2 runner-up; scores are objectives on an additive scale,
small is good, shape (studies, 3, pairs at most).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rules import Array, Rule, bonferroni, shares, stop, student

from lehr.choose.confirm import PAIRS_AT_MOST

OPEN = -1
"""Nobody is surely better."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How confirmations ended; arrays over studies.

    Attributes:
        choice: the candidate chosen.
        sure: pair -> the one that is surely better, or OPEN.
        gain: mean, low and high of the stated gain over the baseline; not a number where none is.
        runs: full runs trained.
    """

    choice: Array
    sure: dict[tuple[int, int], Array]
    gain: Array
    runs: Array

    @property
    def chosen(self) -> Array:
        """Whether the verdict is that the choice is better than the baseline."""
        return (self.choice != 1) & (self.gain[:, 1] > 0)


def intervals(scores: Array, ours: Array, other: Array, count: Array, critical: Array) -> Array:
    """Mean, low and high of how much better `ours` is after `count` pairs; shape (studies, 3)."""
    every = np.arange(len(scores))
    means, errors = student(scores[every, other] - scores[every, ours])
    at = (every, count - 1)
    half = critical[at] * errors[at]
    return np.stack([means[at], means[at] - half, means[at] + half], axis=1)


def better(told: Array, ours: Array, other: Array) -> Array:
    """The one that an interval says is better, or OPEN."""
    return np.where(told[:, 1] > 0, ours, np.where(told[:, 2] < 0, other, OPEN))


def limits(rule: Rule, planned: Array) -> Array:
    """Critical values of each study for 1 … 20 pairs, by how many pairs it plans."""
    table = np.full((len(planned), PAIRS_AT_MOST), np.inf)
    for number in np.unique(planned[planned > 1]):
        table[planned == number, :number] = rule(int(number))
    return table


def lehr(scores: Array, budget: int) -> Ended:
    """Front-runner and baseline first; the better of them then meets the runner-up."""
    size = len(scores)
    front, base, last = (np.full(size, one) for one in range(3))
    critical = limits(shares, np.full(size, min(budget // 2, PAIRS_AT_MOST)))
    means, errors = student(scores[:, 1] - scores[:, 0])
    first, _ = stop(means[:, : budget // 2], errors[:, : budget // 2], critical[:, : budget // 2])
    told = intervals(scores, front, base, first, critical)
    winner = better(told, front, base)

    left = budget - 2 * first
    planned = np.where(left <= first, left, first + (left - first) // 2)
    planned = np.minimum(planned, PAIRS_AT_MOST)
    meets = (winner != OPEN) & (planned >= 3)
    planned = np.where(meets, planned, 0)
    critical = limits(shares, planned)
    rival = np.where(winner == 1, base, front)
    means, errors = student(scores[:, 2] - scores[np.arange(size), rival])
    second, _ = stop(means, errors, critical)
    second = np.where(meets, np.minimum(second, planned), 1)
    beaten = better(intervals(scores, last, rival, second, critical), last, rival)
    shared = np.minimum(first, second)
    to_base = intervals(scores, last, base, shared, critical)
    over_base = better(to_base, last, base)
    swap = meets & (beaten == 2) & (over_base == 2)
    new = np.where(second > first, second - first, 0)
    return Ended(
        choice=np.where(swap, 2, np.where(winner == 1, 1, 0)),
        sure={
            (0, 1): winner,
            (0, 2): np.where(meets & (rival == 0), beaten, OPEN),
            (1, 2): np.where(meets, np.where(rival == 1, beaten, over_base), OPEN),
        },
        gain=np.where(swap[:, None], to_base, told),
        runs=2 * first + np.where(meets, second + new, 0),
    )


def before(scores: Array, budget: int) -> Ended:
    """All three on every seed, Bonferroni over looks, and whoever looks better is chosen."""
    size = len(scores)
    front, base, last = (np.full(size, one) for one in range(3))
    runners = 3 if budget >= 9 else 2
    pairs = min(budget // runners, PAIRS_AT_MOST)
    critical = limits(bonferroni, np.full(size, pairs))
    settled = np.ones((size, pairs), dtype=bool)
    for rival in range(1, runners):
        means, errors = student(scores[:, rival, :pairs] - scores[:, 0, :pairs])
        with np.errstate(divide="ignore", invalid="ignore"):
            settled &= np.abs(means / errors) > critical[:, :pairs]
    count = np.where(settled.any(axis=1), settled.argmax(axis=1) + 1, pairs)
    to_last = better(intervals(scores, front, last, count, critical), front, last)
    to_last = to_last if runners == 3 else np.full(size, OPEN)
    ahead = np.where(to_last == 2, last, front)
    told = intervals(scores, ahead, base, count, critical)
    winner = better(told, ahead, base)
    return Ended(
        choice=np.where(winner == 1, 1, ahead),
        sure={
            (0, 1): better(intervals(scores, front, base, count, critical), front, base),
            (0, 2): to_last,
            (1, 2): np.where(ahead == 2, winner, OPEN),
        },
        gain=told,
        runs=runners * count,
    )


PROCEDURES = {"lehr": lehr, "before": before}
