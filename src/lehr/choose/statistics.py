"""Paired comparison on fresh seeds: how much better, how surely, and what would tell more.

Runs of one seed share initial weights and batches, so two candidates are compared seed by seed, by
their own differences alone: candidates differ in noise, and a spread pooled over several of them
claims too much. Where every objective is positive and small is good, differences are taken between
logarithms: gains are then fractions, and their spread does not grow with the loss. The interval is
Student's, at a level divided by the number of looks, so that stopping early keeps the total error
at 5 % (Bonferroni; Jennison & Turnbull, Group Sequential Methods, 1999, §2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lehr.choose.decision import Expected, Gain, Mode

ERROR = 0.05
PAIRS_AT_LEAST = 2
"""One pair has no spread."""


@dataclass(frozen=True)
class Pairs:
    """Objectives of two candidates on the same seeds.

    Args:
        ours: of the candidate that should be better, finite, shape (seeds,).
        other: of the one it is compared with, likewise.
        mode: whether small or large objectives are good.
    """

    ours: NDArray[np.float64]
    other: NDArray[np.float64]
    mode: Mode

    @property
    def relative(self) -> bool:
        """Whether differences are taken between logarithms."""
        return self.mode == "min" and bool((self.ours > 0).all() and (self.other > 0).all())

    @property
    def differences(self) -> NDArray[np.float64]:
        """How much better ours is, seed by seed, on the scale of comparison."""
        if self.relative:
            return np.log(self.other) - np.log(self.ours)
        return self.other - self.ours if self.mode == "min" else self.ours - self.other

    def gain(self, *, looks: int = 1) -> Gain | None:
        """How much better ours is; None below two pairs.

        Args:
            looks: how often such an interval is formed before stopping.

        >>> pairs = Pairs(np.array([1.0, 1.1, 0.9]), np.array([2.0, 2.2, 1.8]), "min")
        >>> gain = pairs.gain()
        >>> round(gain.mean, 6), gain.unit, gain.pairs
        (0.5, 'relative', 3)
        """
        differences = self.differences
        if len(differences) < PAIRS_AT_LEAST:
            return None
        centre = float(differences.mean())
        half = _half(_spread(differences), len(differences), looks)
        bounds = (centre, centre - half, centre + half)
        mean, low, high = (1 - math.exp(-bound) for bound in bounds) if self.relative else bounds
        unit = "relative" if self.relative else "absolute"
        return Gain(mean=mean, low=low, high=high, unit=unit, pairs=len(differences))

    def pairs_needed(self) -> int | None:
        """How many pairs would separate the two, were difference and spread the true ones.

        None where that is more than 1,000, or where one pair has no spread.
        """
        differences = self.differences
        if len(differences) < PAIRS_AT_LEAST:
            return None
        centre, spread = abs(float(differences.mean())), _spread(differences)
        counts = range(len(differences) + 1, 1001)
        return next((count for count in counts if _half(spread, count, 1) < centre), None)


def expected(objectives: Sequence[float], mode: Mode) -> Expected:
    """What one run gives on average over seeds, with its 95 % interval.

    One seed has no spread: its interval is the point itself, and `seeds` says so.

    Args:
        objectives: finite, one for each seed, at least one.
        mode: whether small or large objectives are good.
    """
    values = np.asarray(objectives, dtype=np.float64)
    relative = mode == "min" and bool((values > 0).all())
    scores = np.log(values) if relative else values
    centre, half = float(scores.mean()), 0.0
    if len(values) > 1:
        half = _half(_spread(scores), len(values), 1)
    bounds = (centre, centre - half, centre + half)
    mean, low, high = (math.exp(bound) for bound in bounds) if relative else bounds
    return Expected(mean=mean, low=low, high=high, seeds=len(values))


def _spread(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1))


def _half(spread: float, count: int, looks: int) -> float:
    """Half of Student's interval for a mean of `count` values."""
    quantile = float(stats.t.ppf(1 - ERROR / looks / 2, count - 1))
    return quantile * spread / math.sqrt(count)
