"""`lehr.plot`: schedules and plans as a plotly figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import SupportsIndex

import plotly.graph_objects as go

from lehr.errors import UsageError
from lehr.report.figure_style import PAPER, PAPER_INK
from lehr.report.schedule_figure import schedule_figure
from lehr.schedule import BoundPlan, BoundSchedule, Clock, Plan, Schedule
from lehr.schedule.panels import Panels, panels

Drawable = Schedule | Plan | BoundSchedule | BoundPlan


def plot(
    drawn: Drawable | Mapping[str, Drawable],
    *,
    horizon: SupportsIndex | None = None,
    peak_lr: float | None = None,
    log: bool = False,
    clock: Clock | None = None,
) -> go.Figure:
    """Draw a schedule, a plan (one panel a hyper-parameter), or several in one picture.

    Phases are marked where they begin, and named; what holds past the end is faint; the pointer
    shows step, multiplier and lr. A line has at most a few thousand points, every corner and
    turning point among them, however long the schedule is.

    Args:
        drawn: what to draw, or label -> what to draw, in the order of the legend.
        horizon: optimizer steps of the run. What is bound (`.over(...)`) has its own already.
        peak_lr: the optimizer's own lr, above 0; it gives the lr an axis of its own on the right.
        log: logarithmic axes; values of 0 are left out. Default False.
        clock: what a step is worth, for durations in epochs, tokens or samples.

    Returns:
        A figure that notebooks show; `.show()` opens it in a browser, `.write_html(...)` keeps it.

    Raises:
        UsageError: nothing to draw, no horizon, or two; a peak that is not above 0.
        ScheduleError: the schedule does not fit the horizon.

    >>> import lehr
    >>> figure = lehr.plot({"linear": lehr.linear(), "wsd": lehr.wsd()}, horizon=1_000)
    >>> [line.name for line in figure.data if line.showlegend]
    ['linear', 'wsd']
    """
    several = isinstance(drawn, Mapping)
    named = drawn if several else {str(getattr(drawn, "schedule", drawn)): drawn}
    if not named:
        raise UsageError("there is nothing to draw", value="{}", rule="at least one schedule")
    if peak_lr is not None and not 0 < peak_lr < float("inf"):
        raise UsageError(
            "the peak lr is not a learning rate", value=str(peak_lr), rule="a number above 0"
        )
    plans = {label: _bound(thing, horizon, clock) for label, thing in named.items()}
    figure = schedule_figure(plans, peak_lr=peak_lr, log=log)
    return figure.update_layout(paper_bgcolor=PAPER, plot_bgcolor=PAPER, font_color=PAPER_INK)


def _bound(thing: Drawable, horizon: SupportsIndex | None, clock: Clock | None) -> Panels:
    if isinstance(thing, (BoundSchedule, BoundPlan)):
        if horizon is not None or clock is not None:
            raise UsageError(
                "there are two horizons",
                value=f"{thing!r}, and horizon={horizon}, clock={clock}",
                rule="what is bound has its horizon and clock",
                fix="leave them out, or draw the schedule before .over(...)",
            )
        return panels(thing)
    if not isinstance(thing, (Schedule, Plan)):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
        raise UsageError(
            "this cannot be drawn",
            value=repr(thing),
            rule="a schedule, a plan, or a mapping from labels to them",
            fix="lehr.plot(lehr.parse(text), horizon=...) for a text",
        )
    if horizon is None:
        raise UsageError(
            "nobody said how long the run is",
            value=str(thing),
            rule="a schedule becomes numbers over a horizon of optimizer steps",
            fix="horizon=10_000",
        )
    return panels(thing.over(horizon, clock))
