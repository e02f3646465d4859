"""Curves made of characters."""

from __future__ import annotations

import numpy as np
import plotext

from lehr.report import numerals
from lehr.schedule.outline import thin
from lehr.schedule.picture import span
from lehr.schedule.shapes import Values

BLOCKS = "▁▂▃▄▅▆▇█"
WIDE = 60
"""Columns from which a picture has room for five ticks below it."""


def plot(
    values: Values,
    *,
    label: str,
    width: int = 76,
    height: int = 15,
    limits: tuple[float, float] | None = None,
    color: bool = False,
) -> str:
    """Draw values by optimizer step.

    Args:
        values: one a step from 0 on, shape (steps,).
        label: what the values are.
        width: columns of the whole picture.
        height: lines of the whole picture.
        limits: lowest and highest value of the axis; None (default) takes them from the values.
        color: whether terminal codes may colour the curve.
    """
    steps = thin(values, even=4 * width, most=8 * width)
    picture = plotext.figure
    picture.clear()
    plotext.terminal.limit(False, False)
    picture.plot_size(width, height)
    picture.theme("simple" if color else "colorless")
    curve = picture.signal(steps.tolist(), values[steps].tolist(), marker="braille")
    picture.draw(curve.lines())
    ticks = np.linspace(0, len(values), 5 if width >= WIDE else 3).round().astype(np.int64).tolist()
    picture.ruler("x").ticks(ticks, [numerals.count(tick) for tick in ticks])
    low, high = limits or span(values)
    levels = np.linspace(low, high, 5).tolist()
    picture.ruler("y").lim(low, high)
    picture.ruler("y").ticks(levels, [numerals.number(level) for level in levels])
    picture.label(f"{label} by optimizer step")
    lines = picture.build().string(colorless=not color).split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")


def sparkline(values: Values, width: int = 24) -> str:
    """Draw a non-negative curve in one line of blocks, each the mean of its part of the curve.

    >>> sparkline(np.array([0.0, 0.5, 1.0]), 3), sparkline(np.array([0.0, 1.0] * 60), 3)
    ('▁▅█', '▅▅▅')
    """
    area = np.concatenate([[0.0], np.cumsum(values)])
    edges = np.linspace(0, len(values), width + 1)
    means = np.diff(np.interp(edges, np.arange(len(area)), area)) * width / len(values)
    parts = (means / (float(values.max()) or 1.0) * (len(BLOCKS) - 1)).round(9)
    return "".join(BLOCKS[level] for level in np.floor(parts + 0.5).astype(np.int64))
