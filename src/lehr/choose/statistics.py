"""Paired comparison on fresh seeds: how much better, how surely, and when to stop.

Runs of one seed share initial weights and batches, so candidates are compared seed by seed. Where
every objective is positive and small is good, differences are taken between logarithms: gains are
then fractions, and their spread does not grow with the loss. The interval is Student's with the
residual variance of the two-way layout seeds x candidates (several candidates confirm the noise
together), at a level divided by the number of looks, so that stopping early keeps the total error
at 5 % (Bonferroni; Jennison & Turnbull, Group Sequential Methods, 1999, §2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lehr.choose.decision import Expected, Gain, Mode

ERROR = 0.05


@dataclass(frozen=True)
class Layout:
    """Objectives of several candidates on the same seeds.

    Args:
        objectives: candidates x seeds, finite.
        mode: whether small or large objectives are good.
    """

    objectives: NDArray[np.float64]
    mode: Mode

    @property
    def relative(self) -> bool:
        """Whether differences are taken between logarithms."""
        return self.mode == "min" and bool((self.objectives > 0).all())

    @property
    def scores(self) -> NDArray[np.float64]:
        """Candidates x seeds on the scale of comparison; small is good."""
        if self.relative:
            return np.log(self.objectives)
        return self.objectives if self.mode == "min" else -self.objectives

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the residual."""
        candidates, seeds = self.objectives.shape
        return (candidates - 1) * (seeds - 1)

    @property
    def residual(self) -> float:
        """Standard deviation of what neither the seed nor the candidate explains."""
        scores = self.scores
        fitted = scores.mean(axis=0) + scores.mean(axis=1, keepdims=True) - scores.mean()
        return math.sqrt(float(((scores - fitted) ** 2).sum()) / self.freedom)

    def gain(self, ours: int, other: int, *, looks: int = 1) -> Gain | None:
        """How much better candidate `ours` is than `other`; None below two seeds.

        Args:
            ours: row of the candidate that should be better.
            other: row of the one it is compared with.
            looks: how often such an interval is formed before stopping.

        >>> layout = Layout(np.array([[1.0, 1.1, 0.9], [2.0, 2.2, 1.8]]), "min")
        >>> gain = layout.gain(0, 1)
        >>> round(gain.mean, 6), gain.unit, gain.pairs
        (0.5, 'relative', 3)
        """
        seeds = self.objectives.shape[1]
        if seeds < 2:  # one pair has no spread
            return None
        difference = float((self.scores[other] - self.scores[ours]).mean())
        half = self.residual * math.sqrt(2 / seeds) * self._quantile(self.freedom, looks)
        bounds = (difference, difference - half, difference + half)
        mean, low, high = (1 - math.exp(-bound) for bound in bounds) if self.relative else bounds
        unit = "relative" if self.relative else "absolute"
        return Gain(mean=mean, low=low, high=high, unit=unit, pairs=seeds)

    def expected(self, ours: int) -> Expected:
        """What one run of a candidate gives on average; the spread over seeds is pooled.

        One seed has no spread: its interval is the point itself, and `seeds` says so.
        """
        candidates, seeds = self.objectives.shape
        centre = float(self.scores[ours].mean())
        half = 0.0
        if seeds > 1:
            spread = math.sqrt(float(self.scores.var(axis=1, ddof=1).mean()))
            half = spread / math.sqrt(seeds) * self._quantile(candidates * (seeds - 1), 1)
        low, high = (self._back(centre + side * half) for side in (-1, 1))
        low, high = min(low, high), max(low, high)
        return Expected(mean=self._back(centre), low=low, high=high, seeds=seeds)

    def _back(self, score: float) -> float:
        if self.relative:
            return math.exp(score)
        return score if self.mode == "min" else -score

    @staticmethod
    def _quantile(freedom: int, looks: int) -> float:
        return float(stats.t.ppf(1 - ERROR / looks / 2, freedom))


def layout(
    objectives: Mapping[int, Sequence[float | None]], mode: Mode
) -> tuple[Layout | None, int]:
    """Arrange objectives by seed; how many seeds were lost because a run diverged.

    Args:
        objectives: seed -> one objective per candidate, None where the run diverged.
        mode: whether small or large objectives are good.
    """
    whole = [
        [value for value in values if value is not None]
        for values in objectives.values()
        if all(value is not None for value in values)
    ]
    lost = len(objectives) - len(whole)
    if not whole:
        return None, lost
    return Layout(np.array(whole, dtype=np.float64).T, mode), lost


def pairs_needed(gain: Gain) -> int | None:
    """About how many paired seeds would separate the two, were the gain seen the true one.

    None where the gain seen is too near zero for any sensible number (more than 1,000).
    """
    if gain.mean == 0:
        return None
    half = (gain.high - gain.low) / 2
    needed = math.ceil(gain.pairs * (half / abs(gain.mean)) ** 2) + 1
    return needed if needed <= 1000 else None
