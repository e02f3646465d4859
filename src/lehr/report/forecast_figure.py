"""The picture of a forecast: measured and expected losses, and below them the lr."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from lehr.report import numerals
from lehr.report.figure_style import INK, axis, blank, place_color, plain
from lehr.report.forecast import Expected, Fitted, Forecast
from lehr.report.loss_range import loss_range

HEIGHT = 620
UPPER, LOWER = (0.36, 1.0), (0.0, 0.27)
"""Where the panels of the loss and of the lr lie, as parts of the height."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
"""A second way to tell schedules apart, at the end of their lines."""

WASH = "rgba(128,138,148,0.07)"
"""Ground of what no run has reached."""

APART, BESIDE = 0.035, 0.14
"""How far intervals at the end stand from each other, and how far all of them reach at the most.

Both are parts of the longest run.
"""

BANDS = 0.4
"""What the opacities of all intervals come to, less so the fewer they are."""


def forecast_figure(forecast: Forecast, target: float | None = None) -> go.Figure:
    """Draw the losses of runs and of schedules, and below them their lrs on the same steps.

    Lines are solid up to the longest step that was seen, and dashed beyond. To the right of their
    end stand the intervals of the final losses, beside each other where they end together.

    Args:
        forecast: what is drawn.
        target: a loss to draw a line at; None (default): no line.
    """
    figure = blank(HEIGHT, rows=2)
    longest = max(forecast.horizon, forecast.law.seen_steps)
    apart = longest * min(APART, BESIDE / len(forecast.expected))
    room = longest + apart * (1 + len(forecast.expected))
    for run in forecast.runs:
        _draw_run(figure, run)
    for place, one in enumerate(forecast.expected):
        faint = BANDS / (len(forecast.expected) + 1)
        _draw_band(figure, forecast, one, _faint(place_color(place), faint))
    for place, one in enumerate(forecast.expected):
        _draw_line(figure, forecast, one, place)
        beside = sum(other.horizon == one.horizon for other in forecast.expected[: place + 1])
        _draw_end(figure, one, place, at=one.horizon + apart * beside)
    if forecast.stretch > 1:
        _mark_what_was_seen(figure, forecast.law.seen_steps, room)
    if target is not None:
        line = {"color": INK, "width": 1, "dash": "dot"}
        across = {"x0": 0, "x1": 1, "xref": "x domain", "row": 1, "col": 1}
        figure.add_shape(type="line", y0=target, y1=target, line=line, **across)
    figure.update_xaxes(range=[0, room], tickformat=",")
    figure.update_xaxes(title_text="optimizer step", row=2, col=1)
    figure.update_yaxes(axis("loss", *loss_range(forecast), log=False), row=1, col=1)
    lr = {"title_text": "learning rate", "rangemode": "tozero", "exponentformat": "e", "nticks": 5}
    figure.update_yaxes(lr, row=2, col=1)
    figure.update_yaxes(automargin=True)
    return figure.update_layout(yaxis_domain=UPPER, yaxis2_domain=LOWER, margin_t=30)


def _mark_what_was_seen(figure: go.Figure, seen: int, room: float) -> None:
    for row in (1, 2):
        across = {"y0": 0, "y1": 1, "yref": "y domain", "row": row, "col": 1}
        ground = {"fillcolor": WASH, "line_width": 0, "layer": "below"}
        figure.add_shape(type="rect", x0=seen, x1=room, **ground, **across)
        line = {"color": INK, "width": 1, "dash": "dot"}
        figure.add_shape(type="line", x0=seen, x1=seen, line=line, **across)
    figure.add_annotation(
        x=seen,
        y=1,
        yref="y domain",
        text="longest run seen",
        hovertext=f"{numerals.plural(seen, 'step')}; what comes after is extrapolated",
        xanchor="left" if seen < room / 2 else "right",
        yanchor="bottom",
        showarrow=False,
    )


def _draw_run(figure: go.Figure, run: Fitted) -> None:
    """Draw what was measured, what the law makes of it, and the lr."""
    name = plain(f"{run.name}, peak lr {numerals.number(run.peak_lr)}")
    extra = f"<extra>{name}</extra>"
    figure.add_scatter(
        x=run.steps.tolist(),
        y=run.losses.tolist(),
        customdata=run.said.tolist(),
        mode="markers",
        marker={"size": 4, "color": "rgba(0,0,0,0)", "line": {"color": INK, "width": 1}},
        hovertemplate=f"measured %{{y:.5~g}}<br>by the law %{{customdata:.5~g}}"
        f"<br>step %{{x:,}}{extra}",
        row=1,
        col=1,
    )
    thin = {"color": INK, "width": 1.1}
    figure.add_scatter(
        x=run.law.steps.tolist(),
        y=run.law.values.tolist(),
        mode="lines",
        line=thin,
        hoverinfo="skip",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=run.lr.steps.tolist(),
        y=run.lr.values.tolist(),
        mode="lines",
        line={**thin, "simplify": False},
        hovertemplate=f"lr %{{y:.4~g}}<br>step %{{x:,}}{extra}",
        row=2,
        col=1,
    )


def _draw_band(figure: go.Figure, forecast: Forecast, one: Expected, color: str) -> None:
    kept = forecast.drawn(one)
    steps, low, high = one.steps[kept], one.low[kept], one.high[kept]
    figure.add_scatter(
        x=[*steps.tolist(), *steps[::-1].tolist()],
        y=[*high.tolist(), *low[::-1].tolist()],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=color,
        hoverinfo="skip",
        row=1,
        col=1,
    )


def _draw_line(figure: go.Figure, forecast: Forecast, one: Expected, place: int) -> None:
    """Draw the expected loss and the lr, each dashed beyond what was seen."""
    extra = f"<extra>{plain(one.label)}</extra>"
    seen = forecast.law.seen_steps
    ends = np.stack([one.low, one.high], axis=1)
    kept = forecast.drawn(one)
    lr = one.lr
    for beyond in (False, True):
        stroke = {"color": place_color(place), "width": 2.2, "simplify": False}
        stroke["dash"] = "6px,3px" if beyond else "solid"
        shown = kept & (one.steps >= seen if beyond else one.steps <= seen)
        tail = "<br>extrapolated" if beyond else ""
        if shown.sum() > 1:
            figure.add_scatter(
                x=one.steps[shown].tolist(),
                y=one.mean[shown].tolist(),
                customdata=ends[shown].tolist(),
                mode="lines",
                line=stroke,
                hovertemplate="expected %{y:.5~g}<br>90 % within %{customdata[0]:.5~g} to "
                f"%{{customdata[1]:.5~g}}<br>step %{{x:,}}{tail}{extra}",
                row=1,
                col=1,
            )
    figure.add_scatter(
        x=lr.steps.tolist(),
        y=lr.values.tolist(),
        mode="lines",
        line={"color": place_color(place), "width": 2.2, "simplify": False},
        hovertemplate=f"lr %{{y:.4~g}}<br>step %{{x:,}}{extra}",
        row=2,
        col=1,
    )


def _draw_end(figure: go.Figure, one: Expected, place: int, *, at: float) -> None:
    """Draw the interval of the final loss, beside those of the others."""
    end, color = one.end, place_color(place)
    figure.add_scatter(
        x=[at],
        y=[end.mean],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [end.high - end.mean],
            "arrayminus": [end.mean - end.low],
            "width": 4,
            "thickness": 1.8,
        },
        mode="markers",
        marker={"size": 9, "color": color, "symbol": symbol(place)},
        hovertemplate=f"at the end {numerals.loss(end.mean)}<br>90 % within "
        f"{numerals.loss(end.low)} to {numerals.loss(end.high)}"
        f"<extra>{plain(one.label)}</extra>",
        row=1,
        col=1,
    )


def symbol(place: int) -> str:
    """The symbol of a schedule by its place in the legend."""
    return SYMBOLS[place % len(SYMBOLS)]


def _faint(color: str, opacity: float) -> str:
    """A colour through which others are seen.

    >>> _faint("#ff0080", 0.1)
    'rgba(255,0,128,0.100)'
    """
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.3f})"
