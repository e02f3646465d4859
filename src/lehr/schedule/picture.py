"""What a notebook shows: the curve as a small static SVG, and the text."""

from __future__ import annotations

from html import escape

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.base import Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.shapes import Values

WIDTH, HEIGHT, MARGIN = 320, 90, 4
POINTS = 320
TRIED = (1_000, 10_000, 100_000, 1_000_000)


def bound_html(bound: BoundSchedule, name: str = "") -> str:
    """Draw a bound schedule and write its text below, escaped."""
    steps = np.unique(np.linspace(0, bound.horizon, POINTS).round().astype(np.int64))
    label = f"{name}: " if name else ""
    caption = escape(f"{label}{bound.schedule} over {bound.horizon:,} steps")
    curve = _svg(steps, bound.at(steps))
    return f"<figure>{curve}<figcaption><code>{caption}</code></figcaption></figure>"


def schedule_html(schedule: Schedule) -> str:
    """Draw a schedule over the first round horizon it fits, else write its text only."""
    for horizon in TRIED:
        bound = _bound(schedule, horizon)
        if bound is not None:
            return bound_html(bound)
    return f"<code>{escape(str(schedule))}</code>"


def _bound(schedule: Schedule, horizon: int) -> BoundSchedule | None:
    try:
        return schedule.over(horizon)
    except ScheduleError:
        return None


def _svg(steps: np.ndarray, values: Values) -> str:
    top = float(values.max()) or 1.0
    x = MARGIN + steps / steps[-1] * (WIDTH - 2 * MARGIN)
    y = HEIGHT - MARGIN - values / top * (HEIGHT - 2 * MARGIN)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="multiplier by step">'
        f'<polyline fill="none" stroke="currentColor" stroke-width="1.5" points="{points}"/></svg>'
    )
