"""Fractal Chebyshev steps: long steps among short ones, in an order that stays stable."""

from __future__ import annotations

import math
from typing import SupportsIndex

from lehr.catalog.recipe import Recipe
from lehr.errors import ScheduleError
from lehr.schedule import Schedule, piecewise
from lehr.schedule.checked import positive, whole


def chebyshev(nodes: SupportsIndex = 16, low: float = 0.05) -> Schedule:
    """Use the reciprocals of Chebyshev nodes, each for an equal part of the span, in fractal order.

    1/((1 + low)/2 − (1 − low)/2·cos((σ(i) + ½)·π/nodes)) in part i, where σ doubles: (0), then
    each entry j of it followed by 2n − 1 − j. The multiplier 1 is the largest constant lr that is
    stable; some of these are up to 1/low of it.

    Args:
        nodes: number of parts, a power of 2 from 2 to 64. Default 16.
        low: smallest curvature relative to the largest, above 0 and below 1. Default 0.05, as in
            pytorch_optimizer.

    Raises:
        ScheduleError: a number out of range; at `.over()`, a horizon with parts of no step.

    Source:
        Agarwal, Goel & Zhang, Acceleration via Fractal Learning Rate Schedules, ICML 2021.

    >>> s = chebyshev(2, low=0.5)
    >>> s
    piecewise(["50%"], [1.744520838205434, 1.0790085735592718], shape="constant")
    >>> p = s.over(4)
    >>> round(p(0), 4), round(p(1), 4), round(p(2), 4), round(p(4), 4), round(p(99), 4)
    (1.7445, 1.7445, 1.079, 1.079, 1.079)
    """
    count, least = whole(nodes, "nodes", least=2), positive(low, "low")
    if count & (count - 1) or count > 64 or least >= 1:
        raise ScheduleError(
            "no fractal order is known for these nodes",
            value=f"nodes={count}, low={least}",
            rule="nodes is a power of 2 from 2 to 64, low is below 1",
            fix="chebyshev(16)",
        )
    order = [0]
    while len(order) < count:
        order = [k for j in order for k in (j, 2 * len(order) - 1 - j)]
    middle, radius = (1 + least) / 2, (1 - least) / 2
    angles = [(k + 0.5) * math.pi / count for k in order]
    values = [1 / (middle - radius * math.cos(angle)) for angle in angles]
    return piecewise([f"{100 * i / count:.10g}%" for i in range(1, count)], values, "constant")


RECIPE = Recipe(
    build=chebyshev,
    formula="1/((1 + m)/2 − (1 − m)/2·cos((σ(i) + ½)π/n)) in part i of n",
    source="Agarwal et al., ICML 2021",
    also={"pytorch_optimizer": "get_chebyshev_schedule"},
    examples=("chebyshev()", "chebyshev(8, low=0.1)"),
)
