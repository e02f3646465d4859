"""The report's pictures, as pure functions from a report's lines to plotly figures."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from lehr.report.figure_style import (
    ARROW,
    CROSS,
    DASHES,
    DIVERGED,
    INK,
    ROLE_COLORS,
    WIDTHS,
    axis,
    blank,
    plain,
)
from lehr.report.record import Curves, GainRow, ScheduleLine


def schedules(lines: Sequence[ScheduleLine], horizon: int) -> go.Figure:
    """The lr over the run; the chosen one is filled."""
    figure = blank(height=300)
    for line in lines:
        chosen = line.role == "chosen"
        figure.add_scatter(
            x=line.steps,
            y=line.lrs,
            mode="lines",
            name=plain(f"{line.role}: {line.label}"),
            line={
                "color": ROLE_COLORS[line.role],
                "width": 1 + WIDTHS[line.role],
                "dash": DASHES.get(line.role, "solid"),
                "simplify": False,
            },
            fill="tozeroy" if chosen else None,
            fillcolor="rgba(232,89,12,0.10)",
            hovertemplate="%{y:.4~g} at step %{x:,}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title_text="optimizer step", range=[0, horizon], tickformat=",")
    figure.update_yaxes(title_text="learning rate", rangemode="tozero", exponentformat="e")
    return figure


def curves(drawn: Curves) -> go.Figure:
    """Runs over their steps; a diverged run ends in a cross."""
    figure = blank(height=340)
    for line in drawn.lines:
        color = DIVERGED if line.diverged else ROLE_COLORS[line.role]
        figure.add_scatter(
            x=line.steps,
            y=line.values,
            mode="lines",
            name=plain(line.label),
            line={"color": color, "width": WIDTHS[line.role]},
            hovertemplate="%{y:.4~g} at step %{x:,}<extra>%{fullData.name}</extra>",
        )
    for line in drawn.lines:
        if line.diverged or line.leaves:
            figure.add_scatter(
                x=line.steps[-1:],
                y=line.values[-1:],
                mode="markers",
                name=plain(line.label),
                marker=CROSS if line.diverged else ARROW,
                hovertemplate=("diverged" if line.diverged else "off the scale")
                + " at step %{x:,}<extra>%{fullData.name}</extra>",
                cliponaxis=False,
            )
    if drawn.target is not None:
        figure.add_hline(
            y=drawn.target,
            line={"color": INK, "width": 1.2, "dash": "dot"},
            annotation_text="target",
        )
    figure.update_xaxes(title_text="optimizer step", range=[0, drawn.horizon], tickformat=",")
    figure.update_yaxes(axis(drawn.title, drawn.low, drawn.high, log=drawn.log))
    return figure


def gains(rows: Sequence[GainRow]) -> go.Figure:
    """Paired gains with their intervals; right of zero is better."""
    figure = blank(height=84 + 44 * len(rows))
    relative = all(row.gain.unit == "relative" for row in rows)
    scale = 100 if relative else 1
    for row in reversed(rows):
        gain = row.gain
        decided = gain.low > 0 or gain.high < 0
        color = ROLE_COLORS["chosen" if gain.low > 0 else "baseline"] if decided else INK
        figure.add_scatter(
            x=[scale * gain.mean],
            y=[f"over the {row.against}"],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [scale * (gain.high - gain.mean)],
                "arrayminus": [scale * (gain.mean - gain.low)],
                "width": 7,
                "thickness": 2.2,
            },
            mode="markers",
            marker={"size": 12, "color": color},
            hovertext=[plain(row.words)],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    ends = [scale * end for row in rows for end in (row.gain.low, row.gain.high)]
    room = 0.08 * (max([*ends, 0]) - min([*ends, 0]) or 1)
    figure.update_xaxes(
        title_text=f"how much better the choice is{' (%)' if relative else ''}, 95% interval",
        range=[min([*ends, 0]) - room, max([*ends, 0]) + room],
        zeroline=True,
        zerolinewidth=1.6,
        exponentformat="e",
    )
    figure.update_yaxes(showgrid=False, automargin=True, ticks="")
    return figure
