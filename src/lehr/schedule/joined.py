"""Joined: one value a step, as the fewest points that lines through them pass closely."""

from __future__ import annotations

from collections.abc import Sequence

from lehr.schedule.base import Schedule
from lehr.schedule.piecewise import piecewise


def joined(values: Sequence[float], tolerance: float) -> Schedule:
    """Return a schedule whose lines pass values of the steps from 0 on closely.

    Args:
        values: multipliers, 0 or more, at least two.
        tolerance: how far a line may pass from a value, 0 or more.

    >>> joined([0, 0.5, 1, 1, 1], 0)
    piecewise([2, 4], [0, 1, 1])
    """
    knots = _knots(values, tolerance)
    return piecewise(knots[1:], [values[knot] for knot in knots])


def _knots(values: Sequence[float], tolerance: float) -> list[int]:
    """Return the fewest points found from the left whose lines pass all values closely."""
    knots = [0]
    low, high = float("-inf"), float("inf")  # slopes from the last knot that pass all since
    for t in range(1, len(values)):
        start = knots[-1]
        slope = (values[t] - values[start]) / (t - start)
        if not low <= slope <= high:
            knots.append(t - 1)
            start, low, high = t - 1, float("-inf"), float("inf")
        low = max(low, (values[t] - tolerance - values[start]) / (t - start))
        high = min(high, (values[t] + tolerance - values[start]) / (t - start))
    return [*knots, len(values) - 1]
