"""The axis on which losses are drawn: what comes after the early transient decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lehr.laws.curve import Array
from lehr.report.forecast import EARLY, Forecast

WIDEST = 1.0
"""What intervals may add above and below, as a part of what losses take; wider ones are cut."""

OUTLYING = 0.01
"""Part of a run's losses that may be noise beyond the axis, at either end."""

ROOM = 0.06
"""What stays free above and below, as a part of what is drawn."""


def loss_range(forecast: Forecast) -> tuple[float, float]:
    """Return the ends of an axis that shows measured losses and intervals well."""
    parts = [_settled(run.steps, run.losses) for run in forecast.runs]
    bounds: list[Array] = []
    for one in forecast.expected:
        late = one.steps >= EARLY * one.horizon
        parts.append(one.mean[late])
        bounds += [one.low[late], one.high[late]]
    low, high = _ends(parts)
    lowest, highest = _ends(bounds)
    most = WIDEST * (high - low)
    low, high = min(low, max(lowest, low - most)), max(high, min(highest, high + most))
    space = ROOM * ((high - low) or high)
    return max(low - space, 0.0), high + space


def _ends(parts: Sequence[Array]) -> tuple[float, float]:
    return min(float(part.min()) for part in parts), max(float(part.max()) for part in parts)


def _settled(steps: Array, losses: Array) -> Array:
    return np.quantile(losses[steps >= EARLY * steps[-1]], [OUTLYING, 1 - OUTLYING])
