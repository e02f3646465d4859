"""Curves made of characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotext

from lehr.report import numerals
from lehr.schedule.shapes import Steps, Values

BLOCKS = "▁▂▃▄▅▆▇█"
WIDE = 60
"""Columns from which a picture has room for five ticks below it."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Points beside a curve, each drawn as one character."""

    steps: Values
    values: Values
    character: str


def plot(
    steps: Steps,
    values: Values,
    *,
    label: str,
    limits: tuple[float, float],
    beside: Sequence[Marks] = (),
    width: int = 76,
    height: int = 15,
    color: bool = False,
) -> str:
    """Draw values by optimizer step.

    Args:
        steps: those that are drawn, ascending to the horizon, shape (n,).
        values: one for each of them.
        label: what the values are.
        limits: lowest and highest value of the axis.
        beside: drawn first, so that the curve lies on top.
        width: columns of the whole picture.
        height: lines of the whole picture.
        color: whether terminal codes may colour the curve.
    """
    picture = plotext.figure
    picture.clear()
    plotext.terminal.limit(False, False)
    picture.plot_size(width, height)
    picture.theme("simple" if color else "colorless")
    for marks in beside:
        points = picture.signal(marks.steps.tolist(), marks.values.tolist(), marker=marks.character)
        picture.draw(points)
    curve = picture.signal(steps.tolist(), values.tolist(), marker="braille")
    picture.draw(curve.lines())
    ticks = np.linspace(0, steps[-1], 5 if width >= WIDE else 3).round().astype(np.int64).tolist()
    picture.ruler("x").lim(0, int(steps[-1]))
    picture.ruler("x").ticks(ticks, [numerals.count(tick) for tick in ticks])
    levels = np.linspace(*limits, 5).tolist()
    picture.ruler("y").lim(*limits)
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
