"""Paired comparison on fresh seeds: how much better, how surely, and what would tell more.

Runs of one seed share initial weights and batches, so two candidates are compared seed by seed, by
their own differences alone: candidates differ in noise, and a spread pooled over several of them
claims too much. Where every objective is positive and small is good, differences are taken between
logarithms: gains are then fractions, and their spread does not grow with the loss. The interval is
Student's with the critical value of the look at which it is formed (`boundary`): the intervals of
all looks hold the true gain together in 95 % of studies, so each holds it however the study came to
stop there (repeated confidence intervals; Jennison & Turnbull, J. R. Stat. Soc. B 51, 1989).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from lehr.choose.boundary import ERROR, FIRST_LOOK, boundary
from lehr.choose.decision import Expected, Gain, Mode

POWER = 0.8
"""How often a comparison that is called large enough tells a difference that is there."""
PAIRS_AT_LEAST = 2
"""One pair has no spread."""
PAIRS_ADVISED = 1000
"""Nobody is told to train more pairs than this."""
LONG = 20
"""Pairs beyond which the critical value of the last look follows that of a single one."""


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

    def gain(self, *, planned: int | None = None) -> Gain | None:
        """How much better ours is; None where there are fewer pairs than at the first look.

        None too where all pairs differ alike: a spread of zero would make anything look sure, and
        it is that of few pairs of a coarse metric rather than of the seeds.

        Args:
            planned: how many pairs there may be in the end, if differences are looked at on the
                way; None: there is this one look.

        >>> pairs = Pairs(np.array([1.0, 1.1, 0.9]), np.array([2.0, 2.4, 1.7]), "min")
        >>> gain = pairs.gain()
        >>> round(gain.mean, 6), gain.unit, gain.pairs
        (0.504951, 'relative', 3)
        """
        differences = self.differences
        count = len(differences)
        if planned is None:
            critical = _quantile(count) if count >= PAIRS_AT_LEAST else None
        else:
            look = count - min(FIRST_LOOK, planned)
            critical = boundary(planned)[look] if look >= 0 else None
        if critical is None or (spread := self._spread()) == 0:
            return None
        centre = float(differences.mean())
        half = critical * spread / math.sqrt(count)
        mean, low, high = (self._told(bound) for bound in (centre, centre - half, centre + half))
        unit = "relative" if self.relative else "absolute"
        return Gain(mean=mean, low=low, high=high, unit=unit, pairs=count)

    def pairs_needed(self) -> int | None:
        """How many pairs, planned from the start, would call the gain seen tellable.

        The true gain seldom is the one seen, which stands on few pairs; in made-up studies four of
        five were told apart by as many pairs as advised, all the same (`evidence/sequential_test`).
        None where it is more than 1,000, or there is no spread.
        """
        differences = self.differences
        if len(differences) < PAIRS_AT_LEAST or (spread := self._spread()) == 0:
            return None
        effects = abs(float(differences.mean())) / spread * _spreads(len(differences) - 1)
        counts = range(len(differences) + 1, PAIRS_ADVISED + 1)
        place = bisect_left(counts, POWER, key=lambda n: _power(effects, n, _last(n)))
        return counts[place] if place < len(counts) else None

    def tellable(self, planned: int) -> float | None:
        """The smallest gain that `planned` pairs tell with 80 % power, going by the spread seen.

        The true spread may well be another: the power is its mean over what it may be (assurance;
        O'Hagan, Stevens & Campbell, Pharm. Stat. 4, 2005). A fraction where gains are relative;
        None where there is no spread, or too few pairs.
        """
        differences = self.differences
        if len(differences) < PAIRS_AT_LEAST or (spread := self._spread()) == 0:
            return None
        critical, ratios = _last(planned), _spreads(len(differences) - 1)

        def excess(effect: float) -> float:
            return _power(effect * ratios, planned, critical) - POWER

        return self._told(cast("float", optimize.brentq(excess, 0, 100 * critical)) * spread)

    def _spread(self) -> float:
        """The spread of the differences; 0 where they differ by rounding only."""
        differences = self.differences
        size = 1.0 if self.relative else np.max(np.abs([self.ours, self.other]))
        alike = np.ptp(differences) <= 8 * np.finfo(np.float64).eps * size
        return 0.0 if alike else _spread(differences)

    def _told(self, difference: float) -> float:
        """A difference on the scale of comparison as a gain."""
        return 1 - math.exp(-difference) if self.relative else difference


def expected(objectives: Sequence[float], mode: Mode) -> Expected:
    """What one run gives on average over seeds, with its 95 % interval.

    One seed has no spread: its interval is the point itself, and `seeds` says so.

    Args:
        objectives: finite, one for each seed, at least one.
        mode: whether small or large objectives are good.
    """
    values = np.asarray(objectives, dtype=np.float64)
    if np.ptp(values) == 0:  # as they are: a logarithm and back would round
        same = float(values[0])
        return Expected(mean=same, low=same, high=same, seeds=len(values))
    relative = mode == "min" and bool((values > 0).all())
    scores = np.log(values) if relative else values
    centre = float(scores.mean())
    half = _quantile(len(values)) * _spread(scores) / math.sqrt(len(values))
    bounds = (centre, centre - half, centre + half)
    mean, low, high = (math.exp(bound) for bound in bounds) if relative else bounds
    return Expected(mean=mean, low=low, high=high, seeds=len(values))


def _spread(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1))


def _quantile(count: int) -> float:
    """The critical value of Student's t for a single look at `count` values."""
    return float(special.stdtrit(count - 1, 1 - ERROR / 2))


def _last(planned: int) -> float:
    """The critical value of the last look at so many pairs.

    Beyond 20 it is as many times that of a single look as at 20, which costs no time: by then the
    ratio grows by less than 1 % up to 100 pairs and by 1 % to 200.
    """
    known = min(planned, LONG)
    return boundary(known)[-1] / _quantile(known) * _quantile(planned)


def _power(effect: NDArray[np.float64], count: int, critical: float) -> float:
    """How often t of `count` values exceeds a critical value; the mean over several true effects.

    Args:
        effect: the true mean in true spreads, for all that it may be.
        count: how many values.
        critical: the critical value.
    """
    shift = effect[:, None] * math.sqrt(count)
    return float(special.ndtr(shift - critical * _spreads(count - 1)).mean())


def _spreads(freedom: int) -> NDArray[np.float64]:
    """Spreads that samples of true spread 1 show: 100 quantiles of sqrt(chi square / freedom)."""
    ranks = (np.arange(100) + 0.5) / 100
    return np.sqrt(special.chdtri(freedom, ranks) / freedom)
