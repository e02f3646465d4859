"""The picture of schedules: one panel a hyper-parameter, one line a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from lehr.errors import UsageError
from lehr.report import numerals
from lehr.report.figure_style import INK, axis, blank, place_color, place_dash, plain
from lehr.schedule import BoundSchedule
from lehr.schedule.outline import DECADES, outline
from lehr.schedule.panels import Panels, is_absolute
from lehr.schedule.picture import span
from lehr.schedule.shapes import Steps, Values
from lehr.schedule.stretches import stretches

PANEL = 270
"""Height of a panel in pixels."""

EVEN = 200
"""Evenly spread steps a line keeps besides its corners, for the pointer to find."""

AFTER = 0.06
"""How far past its end a run is drawn, as a part of the longest."""

COLUMNS = 110
"""Characters that fit beside each other above a panel."""

ROWS = 2
"""Rows of phase names above a panel."""


@dataclass(frozen=True)
class Line:
    """One schedule of a panel, and the points that draw it."""

    label: str
    place: int
    bound: BoundSchedule
    steps: Steps
    values: Values


def schedule_figure(
    plans: Mapping[str, Panels], *, peak_lr: float | None = None, log: bool = False
) -> go.Figure:
    """Draw plans over their steps; where there is one only, its phases are named.

    Args:
        plans: label -> hyper-parameter -> schedule with a horizon, in the order of the legend; at
            least one.
        peak_lr: the optimizer's own lr; gives the panel of the lr a second axis.
        log: logarithmic axes. Values of 0 are left out.

    Raises:
        UsageError: a logarithmic axis for values that are all 0.
    """
    panels: dict[str, list[Line]] = {}
    for place, (label, plan) in enumerate(plans.items()):
        for name, bound in plan.items():
            line = Line(label, place, bound, *outline(bound, even=EVEN, log=log))
            panels.setdefault(name, []).append(line)
    figure = blank(height=PANEL * len(panels) + 40, rows=len(panels))
    every = [line for lines in panels.values() for line in lines]
    end = max(line.bound.horizon for line in every) * (1 + AFTER)
    for row, (name, lines) in enumerate(panels.items(), 1):
        peak = peak_lr if name == "lr" else None
        for line in lines:
            _draw(figure, row, line, peak=peak, end=end, log=log)
        values = np.concatenate([line.values for line in lines])
        absolute = any(is_absolute(line.bound.schedule) for line in lines)
        title = name if absolute else f"{name} multiplier"
        if peak is None:
            figure.update_yaxes(_axis(title, values, log=log), row=row, col=1)
        else:
            _two_axes(figure, title, values, peak, panels=len(panels), log=log)
        if len(plans) == 1:
            _name_phases(figure, row, lines[0].bound, end)
    figure.update_xaxes(range=[0, end], tickformat=",")
    figure.update_xaxes(title_text="optimizer step", row=len(panels), col=1)
    if len(plans) == 1:
        return figure.update_layout(margin_t=18 + 15 * ROWS)
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0}
    return figure.update_layout(showlegend=True, legend=legend, margin_t=44)


def _draw(
    figure: go.Figure, row: int, line: Line, *, peak: float | None, end: float, log: bool
) -> None:
    """Draw one line, the beginnings of its phases, and faintly the value that holds after it."""
    begun = stretches(line.bound)[1:]
    starts = np.array([phase.start for phase in begun], np.int64)
    last = np.array([line.bound.horizon])
    color = place_color(line.place)
    stroke = {"color": color, "width": 2.2, "simplify": False}
    lr = "" if peak is None else "<br>lr %{customdata:.4~g}"
    extra = "<extra>%{fullData.name}</extra>"
    common = {"name": plain(line.label), "legendgroup": line.label, "row": row, "col": 1}
    figure.add_scatter(
        x=line.steps.tolist(),
        y=_numbers(line.values, log=log),
        customdata=None if peak is None else (line.values * peak).tolist(),
        mode="lines",
        line={**stroke, "dash": place_dash(line.place)},
        hovertemplate=f"step %{{x:,}}<br>multiplier %{{y:.4~g}}{lr}{extra}",
        showlegend=row == 1,  # every plan has an lr, whose panel is the first
        **common,
    )
    figure.add_scatter(
        x=starts.tolist(),
        y=_numbers(line.bound.at(starts), log=log),
        mode="markers",
        marker={"size": 7, "color": color},
        hovertext=[plain(phase.text) for phase in begun],
        hovertemplate=f"%{{hovertext}}<br>from step %{{x:,}}{extra}",
        showlegend=False,
        **common,
    )
    figure.add_scatter(
        x=[line.bound.horizon, end],
        y=2 * _numbers(line.bound.at(last), log=log),
        mode="lines",
        line={**stroke, "dash": "dot"},
        opacity=0.45,
        hovertemplate=f"past the end: multiplier %{{y:.4~g}}{extra}",
        showlegend=False,
        **common,
    )


def _numbers(values: Values, *, log: bool) -> list[float | None]:
    return [None if log and value <= 0 else value for value in values.tolist()]


def _axis(title: str, values: Values, *, log: bool) -> dict[str, object]:
    """Title, range and ticks of an axis on which the values have some room."""
    if not log:
        low, high = span(values)
        room = 0.05 * (high - low)
        return axis(title, low - room, high + room, log=False)
    positive = values[values > 0]
    if not positive.size:
        raise UsageError(
            "nothing can be drawn on a logarithmic axis",
            value=f"{title}: every value is 0",
            rule="a logarithmic axis shows values above 0",
            fix="log=False",
        )
    high = float(positive.max())
    low = max(float(positive.min()), high * 10.0**-DECADES)
    room = max((high / low) ** 0.05, 1.1)
    return axis(f"{title} (log)", low / room, high * room, log=True)


def _two_axes(
    figure: go.Figure, title: str, values: Values, peak: float, *, panels: int, log: bool
) -> None:
    """Give the first panel the lr on the right; a zoom must not move one axis without the other."""
    left, right = (
        {**_axis(words, scaled, log=log), **({} if log else _quarters(scaled)), "fixedrange": True}
        for words, scaled in ((title, values), ("learning rate", values * peak))
    )
    figure.update_yaxes(left, row=1, col=1)
    number = panels + 1
    right["title"] = {"text": right.pop("title_text"), "font": {"size": 13}, "standoff": 12}
    right |= {"overlaying": "y", "side": "right", "anchor": "x", "showgrid": False}
    right |= {"zeroline": False, "ticklabelstandoff": 5}
    figure.update_layout({f"yaxis{number}": right, "margin": {"r": 84}})
    nothing = go.Scatter(x=[None], y=[None], yaxis=f"y{number}", showlegend=False)
    figure.add_trace(nothing)  # an axis without a trace is not drawn


def _quarters(values: Values) -> dict[str, object]:
    """Ticks that name the peak, and are at the same heights on either side."""
    ticks = np.linspace(*span(values), 5).tolist()
    return {"tickvals": ticks, "ticktext": [numerals.number(tick) for tick in ticks]}


def _name_phases(figure: go.Figure, row: int, bound: BoundSchedule, end: float) -> None:
    """Draw a line where a phase begins, and its name above the panel if there is room for it."""
    phases = stretches(bound)
    for phase in phases[1:]:
        line = {"color": INK, "width": 1, "dash": "dot"}
        figure.add_shape(
            type="line",
            x0=phase.start,
            x1=phase.start,
            y0=0,
            y1=1,
            yref="y domain",
            line=line,
            row=row,
            col=1,
        )
    names = [phase.name for phase in phases]
    rows = _rows([phase.start / end * COLUMNS for phase in phases], names)
    for phase, level in zip(phases, rows, strict=True):
        if level is not None:
            figure.add_annotation(
                x=phase.start / end,
                xref="x domain",
                y=1,
                yref="y domain",
                yshift=3 + 15 * level,
                text=plain(phase.name),
                hovertext=plain(
                    f"{phase.text}: steps {numerals.count(phase.start)} to "
                    f"{numerals.count(phase.stop - 1)}"
                ),
                xanchor="left",
                yanchor="bottom",
                showarrow=False,
                row=row,
                col=1,
            )


def _rows(columns: Sequence[float], names: Sequence[str]) -> list[int | None]:
    """Place names so that none runs into another: each in a row, or nowhere.

    >>> _rows([0, 2, 4, 50], ["warmup", "hold", "decay", "linear"])
    [0, 1, None, 0]
    """
    free = [0.0] * ROWS
    places: list[int | None] = []
    for column, name in zip(columns, names, strict=True):
        row = next((k for k, begin in enumerate(free) if begin <= column), None)
        if row is not None:
            free[row] = column + len(name) + 1
        places.append(row)
    return places
