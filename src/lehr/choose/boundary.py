"""How large Student's t must be at each look, so that all looks together err as seldom as promised.

Every look spends an equal share of the error (Lan & DeMets, Biometrika 70, 1983), and spends it
exactly: its critical value is the one that paired differences of mean zero, not told apart so far,
exceed with just that probability. Bonferroni's correction spends the same shares but counts what
several looks would claim more than once, so this boundary lies nowhere above it.

The probabilities come from the recursion of Armitage, McPherson & Rowe (J. R. Stat. Soc. A 132,
1969), here for t of few pairs (Jennison & Turnbull, Biometrika 78, 1991). Of n normal differences
with mean zero, R = sum / sqrt(sum of squares) is independent of the sum of squares (Basu), so that
R' = (R + V) / sqrt(1 + V^2) with V ~ t_n / sqrt(n) whatever the spread: a chain in one dimension.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

ERROR = 0.05
FIRST_LOOK = 3
"""Pairs before the first look: with two, only a difference of nine spreads could be told."""
CELLS = 200
"""The chain's cells; four times as many move no critical value by more than 0.4 %."""

Array = NDArray[np.float64]


@lru_cache
def boundary(planned: int) -> tuple[float, ...]:
    """Critical values of |t|, two-sided, for each look from the first on.

    Args:
        planned: how many pairs there will be at the most, at least 2. There is a look after three
            pairs and after every further one; of two pairs there is one look.

    >>> [round(value, 1) for value in boundary(3)]  # one look: Student's quantile
    [4.3]
    >>> [round(value, 1) for value in boundary(6)]
    [8.9, 4.9, 3.7, 3.2]
    """
    first = min(FIRST_LOOK, planned)
    share = ERROR / (planned - first + 1)
    critical = float(special.stdtrit(first - 1, 1 - share / 2))
    found = [critical]
    edges, middles = _cells(_ratio(critical, first), first)
    mass = np.diff(special.stdtr(first - 1, _student(edges, first)))
    for count in range(first + 1, planned + 1):
        ratio = _leaving(share, mass, middles, count)
        found.append(float(_student(np.array(ratio), count)))
        edges, after = _cells(ratio, count)
        mass = np.diff(mass @ _below(edges, middles[:, None], count - 1))
        middles = after
    return tuple(found)


def _leaving(share: float, mass: Array, before: Array, count: int) -> float:
    """The |R| of `count` pairs that is exceeded with probability `share`."""

    def excess(ratio: float) -> float:
        return 2 * float(mass @ _below(-ratio, before, count - 1)) - share

    return cast("float", optimize.brentq(excess, 0, math.sqrt(count)))


def _below(ratio: float | Array, before: Array, count: int) -> Array:
    """How probable it is that R of one pair more is at most `ratio`, given R of `count` pairs.

    With V = tan(angle), R' = sqrt(1 + R^2) * sin(angle + atan(R)).
    """
    tilt = np.arctan(before)
    end = np.arcsin(np.clip(ratio / np.sqrt(1 + before**2), -1, 1))

    def chance(angle: Array) -> Array:
        within = np.clip(angle, -np.pi / 2, np.pi / 2)
        return special.stdtr(count, np.sqrt(count) * np.tan(within))

    return chance(end - tilt) + 1 - chance(np.pi - end - tilt) - chance(-np.pi - end - tilt)


def _cells(end: float, count: int) -> tuple[Array, Array]:
    """Edges and middles of cells of R between -end and end, narrow where R is near its limit."""
    limit = np.sqrt(count)
    angles = np.linspace(-1, 1, 2 * CELLS + 1) * np.arcsin(end / limit)
    places = limit * np.sin(angles)
    return places[::2], places[1::2]


def _ratio(student: float, count: int) -> float:
    """R of a value of t."""
    return float(student * np.sqrt(count / (count - 1 + student**2)))


def _student(ratio: Array, count: int) -> Array:
    """The value of t for R, which is less than sqrt(count)."""
    return ratio * np.sqrt((count - 1) / (count - ratio**2))
