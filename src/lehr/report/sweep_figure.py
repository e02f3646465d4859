"""The picture of the objective against the peak lr."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from lehr.report import numerals
from lehr.report.figure_style import CROSS, ROLE_COLORS, axis, blank, place_color, plain
from lehr.report.record import Role, Sweep, SweepLine, SweepPoint


def sweep(drawn: Sweep) -> go.Figure:
    """Draw one line a schedule; the chosen candidate and the baseline are ringed."""
    figure = blank(height=340)
    points = [point for line in drawn.lines for point in line.points]
    ceiling = math.inf if drawn.ceiling is None else drawn.ceiling
    means = [min(p.objective.mean, ceiling) for p in points if p.objective is not None]
    low, high = _room(means, log=drawn.log)
    for line in reversed(drawn.lines):
        _draw(figure, line, ceiling)
        fallen = [point.peak_lr for point in line.points if point.diverged]
        if fallen:
            figure.add_scatter(
                x=fallen,
                y=[high] * len(fallen),
                mode="markers",
                name=plain(line.schedule),
                marker=CROSS,
                hovertemplate="diverged at peak lr %{x:.4~g}<extra>%{fullData.name}</extra>",
                cliponaxis=False,
            )
    for role in ("baseline", "chosen"):
        _mark(figure, points, role)
    lrs = [point.peak_lr for point in points]
    figure.update_xaxes(axis("peak lr (log)", min(lrs) / 1.6, max(lrs) * 1.6, log=True))
    figure.update_yaxes(axis(drawn.objective, low, high, log=drawn.log))
    return figure


def _draw(figure: go.Figure, line: SweepLine, ceiling: float) -> None:
    """Draw one schedule's line; what lies above the ceiling is an arrow on it."""
    color = place_color(line.place)
    points = [(point, point.objective) for point in line.points if point.objective is not None]
    shown = [min(known.mean, ceiling) for _, known in points]
    above = [known.high - known.mean for _, known in points]
    below = [known.mean - known.low for _, known in points]
    figure.add_scatter(
        x=[point.peak_lr for point, _ in points],
        y=shown,
        customdata=[known.mean for _, known in points],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "width": 3,
            "thickness": 1.2,
        },
        mode="lines+markers",
        name=plain(line.schedule),
        line={"color": color, "width": 1.8},
        marker={
            "size": 8,
            "color": color,
            "symbol": [_symbol(p, off=known.mean > ceiling) for p, known in points],
            "line": {"width": 2, "color": color},
        },
        hovertemplate="%{customdata:.4~g} at peak lr %{x:.4~g}<extra>%{fullData.name}</extra>",
    )


def _symbol(point: SweepPoint, *, off: bool) -> str:
    if off:
        return "triangle-up"
    return "circle-open" if point.fresh else "circle"


def _mark(figure: go.Figure, points: Sequence[SweepPoint], role: Role) -> None:
    """Ring a candidate and name it; nothing where it was not trained so far."""
    mine = [(p, p.objective) for p in points if p.role == role and p.objective is not None]
    if not mine:
        return
    (point, known), color = mine[0], ROLE_COLORS[role]
    figure.add_scatter(
        x=[point.peak_lr],
        y=[known.mean],
        mode="markers",
        marker={"symbol": "circle-open", "size": 19, "color": color, "line": {"width": 2.6}},
        hoverinfo="skip",
    )
    if role == "chosen":
        right = point.peak_lr > 0.3 * max(other.peak_lr for other in points)
        figure.add_vline(x=point.peak_lr, line={"color": color, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=math.log10(point.peak_lr),
            y=0.98,
            yref="paper",
            text=f"<b>chosen {numerals.lr(point.peak_lr)}</b>",
            font={"color": color, "size": 13},
            showarrow=False,
            xanchor="right" if right else "left",
            xshift=-6 if right else 6,
        )


def _room(values: Sequence[float], *, log: bool) -> tuple[float, float]:
    """Ends of an axis that leave some room around the values."""
    low, high = min(values), max(values)
    if log:
        factor = (high / low) ** 0.09
        return low / factor, high * factor**2
    span = (high - low) or abs(high) or 1.0
    return low - 0.09 * span, high + 0.18 * span
