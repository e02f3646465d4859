"""Curves made of characters."""

from __future__ import annotations

import numpy as np
import plotext

from lehr.report import numerals
from lehr.schedule.shapes import Values

BLOCKS = "▁▂▃▄▅▆▇█"


def plot(
    values: Values, *, label: str, width: int = 76, height: int = 15, color: bool = False
) -> str:
    """Draw values by optimizer step.

    Args:
        values: one a step from 0 on, shape (steps,).
        label: what the values are.
        width: columns of the whole picture.
        height: lines of the whole picture.
        color: whether terminal codes may colour the curve.
    """
    steps = np.unique(np.linspace(0, len(values) - 1, 4 * width).round().astype(np.int64))
    high = float(values.max()) or 1.0
    low = 0.0 if values.min() < 0.2 * high else float(values.min())
    low = low if low < high else 0.0
    picture = plotext.figure
    picture.clear()
    plotext.terminal.limit(False, False)
    picture.plot_size(width, height)
    picture.theme("simple" if color else "colorless")
    curve = picture.signal(steps.tolist(), values[steps].tolist(), marker="braille")
    picture.draw(curve.lines())
    ticks = np.linspace(0, len(values), 5).round().astype(np.int64).tolist()
    picture.ruler("x").ticks(ticks, [numerals.count(tick) for tick in ticks])
    levels = np.linspace(low, high, 5).tolist()
    picture.ruler("y").lim(low, high)
    picture.ruler("y").ticks(levels, [numerals.number(level) for level in levels])
    picture.label(f"{label} by optimizer step")
    lines = picture.build().string(colorless=not color).split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")


def sparkline(values: Values, width: int = 24) -> str:
    """Draw a non-negative curve in one line of blocks.

    >>> sparkline(np.array([0.0, 0.5, 1.0]), 3)
    '▁▅█'
    """
    places = np.linspace(0, len(values) - 1, width).round().astype(np.int64)
    top = float(values.max()) or 1.0
    levels = np.floor(values[places] / top * (len(BLOCKS) - 1) + 0.5).astype(np.int64)
    return "".join(BLOCKS[level] for level in levels)
