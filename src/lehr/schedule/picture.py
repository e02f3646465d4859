"""A schedule as a small static SVG, and what a notebook shows: that picture and the text."""

from __future__ import annotations

from html import escape

from lehr.errors import ScheduleError
from lehr.schedule.base import Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.outline import outline
from lehr.schedule.plan import BoundPlan, Plan
from lehr.schedule.shapes import Values
from lehr.schedule.stretches import Stretch, stretches

WIDTH, HEIGHT = 340, 120
LEFT, RIGHT, TOP, BOTTOM = 46, 320, 10, 98
"""Edges of the run's part of the picture; right of it is what comes past the end."""

CURVE = "#e8590c"
"""Told from a white ground and from a dark one alike, as every data colour of the reports."""

NAMED = 40
"""Phases that answer to the pointer at the most."""

NOMINAL = (1_000, 10_000, 100_000, 1_000_000)
"""Horizons an unbound schedule is drawn over: the first it fits."""


def html(shown: Schedule | Plan | BoundSchedule | BoundPlan) -> str:
    """Draw it and write its text below, escaped; what fits no nominal horizon is text only."""
    if isinstance(shown, (BoundSchedule, BoundPlan)):
        return _drawn(shown, f"over {_steps(shown.horizon)}")
    for horizon in NOMINAL:
        try:
            bound = shown.over(horizon)
        except ScheduleError:  # too short for its phases, or without a clock for its durations
            continue
        return _drawn(bound, f"not bound to a horizon; drawn over {_steps(horizon)}")
    return f"<code>{escape(str(shown))}</code>"


def svg(bound: BoundSchedule, ink: str = "currentColor") -> str:
    """Draw the multiplier from step 0 to the horizon, and faintly the value that holds after it.

    Args:
        bound: what to draw.
        ink: colour of axes and labels. Default: that of the text around the picture, which suits
            a light page and a dark one; a picture in a file of its own has no text around it.
    """
    steps, values = outline(bound, most=2 * WIDTH)
    low, high = span(values)
    x = LEFT + steps / bound.horizon * (RIGHT - LEFT)
    y = BOTTOM - (values - low) / (high - low) * (BOTTOM - TOP)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    phases = stretches(bound)
    phases = phases if len(phases) <= NAMED else []
    end = f"{y[-1]:.1f}"
    parts = [
        f'<path d="M{LEFT},{TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="{ink}" opacity=".5"/>',
        *(_boundary(phase, bound.horizon, ink) for phase in phases[1:]),
        _label(LEFT - 5, TOP + 4, f"{high:.3g}", "end", ink),
        _label(LEFT - 5, BOTTOM, f"{low:.3g}", "end", ink),
        _label(LEFT, BOTTOM + 16, "step 0", "start", ink),
        _label(RIGHT, BOTTOM + 16, f"{bound.horizon:,}", "end", ink),
        f'<polyline fill="none" stroke="{CURVE}" stroke-width="2" stroke-linejoin="round" '
        f'points="{points}"/>',
        f'<path d="M{RIGHT},{end}H{WIDTH}" stroke="{CURVE}" stroke-width="2" '
        'stroke-dasharray="2 3" opacity=".55"/>',
        *(_pointed(phase, bound.horizon) for phase in phases),
    ]
    told = escape(f"multiplier by optimizer step: {bound.schedule}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}" font-size="12" '
        f'font-family="system-ui, sans-serif">{"".join(parts)}</svg>'
    )


def span(values: Values) -> tuple[float, float]:
    """Return the ends of an axis for values: from 0, unless they all lie nearer to their highest.

    >>> import numpy as np
    >>> span(np.array([0.0, 1.0])), span(np.array([0.95, 0.85])), span(np.array([0.5, 0.5]))
    ((0.0, 1.0), (0.85, 0.95), (0.0, 0.5))
    """
    low, high = float(values.min()), float(values.max())
    return (low if high < 2 * low < 2 * high else 0.0), high or 1.0


def _drawn(bound: BoundSchedule | BoundPlan, words: str) -> str:
    named = bound.items if isinstance(bound, BoundPlan) else (("", bound),)
    return "".join(
        f'<figure style="margin:0 0 .5em">{svg(schedule)}<figcaption>'
        f"<code>{escape(f'{name}: ' if name else '')}{escape(str(schedule.schedule))}</code> "
        f"<small>{words}</small></figcaption></figure>"
        for name, schedule in named
    )


def _steps(horizon: int) -> str:
    return f"{horizon:,} step{'' if horizon == 1 else 's'}"


def _label(x: float, y: float, text: str, anchor: str, ink: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{ink}">{text}</text>'


def _x(step: int, horizon: int) -> float:
    return LEFT + step / horizon * (RIGHT - LEFT)


def _boundary(phase: Stretch, horizon: int, ink: str) -> str:
    return (
        f'<path d="M{_x(phase.start, horizon):.1f},{TOP}V{BOTTOM}" stroke="{ink}" '
        'stroke-dasharray="2 3" opacity=".45"/>'
    )


def _pointed(phase: Stretch, horizon: int) -> str:
    """Make a phase's part of the picture show its text under the pointer."""
    begin, end = _x(phase.start, horizon), _x(phase.stop, horizon)
    return (
        f'<rect x="{begin:.1f}" y="{TOP}" width="{end - begin:.1f}" height="{BOTTOM - TOP}" '
        f'fill="none" pointer-events="all"><title>{escape(phase.text)}: steps {phase.start:,} to '
        f"{phase.stop - 1:,}</title></rect>"
    )
