"""What finished runs tell of each other: a smooth surface over peak lrs, seen through noise.

One seed's lowest loss is often luck: seeds of one run differ by a few per cent, neighbouring peak
lrs by little more. So the height of a run, how far the logarithm of its loss lies above the lowest
one seen, is taken for a sum of independent normal parts (Rasmussen & Williams, Gaussian Processes,
2006, section 2.2):

- the seed's own level, of which nothing is assumed;
- a curve over the peak lr, nearly the same one for every schedule where mean lrs are equal;
- what a schedule is better or worse by at every peak lr;
- noise, which runs of one seed and peak lr share the more, the longer their schedules agree.

The sizes are rounded from what the recorded curves of `evidence/choose` show; other sizes near them
choose about as well there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lehr.schedule import Plan

Matrix = NDArray[np.float64]

CAP = 1.0
"""A run that diverged, or whose loss is e times the lowest, is this high and no higher."""
LEVEL = 2.0
"""Standard deviations, as all below but `REACH` and `KINSHIP`: of a seed's level,"""
BEND = 0.25
"""of the curve,"""
REACH = 1.6
"""Octaves of peak lr over which the curve bends."""
KINSHIP = 0.95
"""Correlation of two schedules' curves."""
LEAN = 0.05
"""of what a schedule is better or worse by,"""
NOISE = 0.04
"""of what is left between seeds."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a run stands.

    Attributes:
        plan: its schedule.
        octave: of the peak lr at which the leader has the same mean lr.
        rung: of its own peak lr.
    """

    plan: Plan
    octave: float
    rung: int


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One finished run.

    Attributes:
        place: where it stands.
        seed: which of the search's seeds it was trained with, counted from 0.
        height: above the best, at most `CAP`.
    """

    place: Place
    seed: int
    height: float


def heights(scores: Sequence[float]) -> list[float]:
    """How far scores lie above the lowest: as logarithms, or in parts of it if it is negative.

    Raises:
        ValueError: none is finite.

    >>> [round(height, 3) for height in heights([2.0, 2.2, math.inf])]
    [0.0, 0.095, 1.0]
    >>> [round(height, 3) for height in heights([-0.8, -0.6])]  # accuracies, negated
    [0.0, 0.25]
    """
    best = min(score for score in scores if math.isfinite(score))
    if best > 0:
        return [min(math.log(score / best), CAP) for score in scores]
    scale = abs(best) or 1.0
    return [min((score - best) / scale, CAP) for score in scores]


def believed(
    seen: Sequence[Seen], places: Sequence[Place], agreement: dict[tuple[Plan, Plan], float]
) -> tuple[Matrix, Matrix]:
    """Mean and standard deviation of the heights at some places, of the first seed, without noise.

    Args:
        seen: finished runs.
        places: what is asked.
        agreement: for how much of a run two schedules are the same, 0 to 1.
    """
    known = [run.place for run in seen]
    seeds = np.array([run.seed for run in seen])
    same_seed = seeds[:, None] == seeds
    covariance = _surface(known, known) + same_seed * (LEVEL**2 + _noise(known, agreement))
    to_known = _surface(places, known) + LEVEL**2 * (seeds == 0)
    weights = np.linalg.solve(covariance, to_known.T).T
    mean = weights @ np.array([run.height for run in seen])
    whole = BEND**2 + LEAN**2 + LEVEL**2
    spread = whole - (weights * to_known).sum(1)
    return mean, np.sqrt(np.maximum(spread, 0.0))


def improvement(mean: float, spread: float, best: float) -> float:
    """By how much a height is expected to lie below the best, counted as 0 where it does not.

    Jones, Schonlau & Welch, Efficient Global Optimization, 1998, section 4.1.

    >>> improvement(0.0, 0.0, 0.1), round(improvement(0.1, 0.1, 0.1), 4)
    (0.1, 0.0399)
    """
    gap = best - mean
    if spread <= 0:
        return max(gap, 0.0)
    z = gap / spread
    below = math.erfc(-z / math.sqrt(2)) / 2
    return gap * below + spread * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _surface(rows: Sequence[Place], columns: Sequence[Place]) -> Matrix:
    """Covariance of the heights without level and noise."""
    across, down = ([place.octave for place in places] for places in (rows, columns))
    gaps = np.subtract.outer(np.array(across), np.array(down))
    alike = np.array([[one.plan == other.plan for other in columns] for one in rows])
    bend = BEND**2 * np.exp(-(gaps**2) / (2 * REACH**2))
    return np.where(alike, bend + LEAN**2, KINSHIP * bend)


def _noise(places: Sequence[Place], agreement: dict[tuple[Plan, Plan], float]) -> Matrix:
    """Covariance of what seeds add."""
    shared = [
        [agreement[one.plan, other.plan] if one.rung == other.rung else 0.0 for other in places]
        for one in places
    ]
    return NOISE**2 * np.sqrt(np.array(shared))
