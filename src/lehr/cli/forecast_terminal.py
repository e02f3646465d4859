"""What `lehr forecast` and `lehr design` draw in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from rich.console import Console
from rich.text import Text

from lehr.cli.abreast import columns, print_abreast
from lehr.cli.curves import Marks, plot
from lehr.cli.tabulated import table
from lehr.laws import Law, Reach
from lehr.laws.target import FARTHEST
from lehr.report import numerals
from lehr.report.forecast import Expected, Forecast
from lehr.report.forecast_doubts import Doubt, of_forecast, of_parameters, reached
from lehr.report.loss_range import loss_range

HEIGHT = 13
"""Lines of a picture."""

HEIGHTS = 4 * HEIGHT
"""Characters of the line that says where extrapolation begins, more than fit."""


def draw_losses(forecast: Forecast, console: Console) -> None:
    """Draw what is expected of every schedule, on one scale, over what was measured."""
    _, width = columns(console, len(forecast.expected))
    limits = loss_range(forecast)
    titles = [Text(one.label, style="bold") for one in forecast.expected]
    color = console.is_terminal and not console.no_color
    pictures = [
        Text.from_ansi(_picture(forecast, one, limits, width, color=color))
        for one in forecast.expected
    ]
    print_abreast(console, titles, pictures)
    words = "○ measured  · 90 % within"
    if forecast.stretch > 1:
        words += f"  ┊ step {numerals.count(forecast.law.seen_steps)}, the longest run seen"
    console.print(Text(words, style="dim"), soft_wrap=True)
    console.print()


def draw(forecast: Forecast, doubts: Sequence[Doubt], console: Console) -> None:
    """Draw the losses, state the final ones, and say what makes them doubtful.

    Args:
        forecast: what is expected.
        doubts: about the runs that the law was fitted on.
        console: to draw on.
    """
    draw_losses(forecast, console)
    rows = table(("schedule", "loss at the end", "90 % within"), words=("schedule",))
    for one in forecast.expected:
        end = one.end
        interval = numerals.within(end.mean, end.low, end.high)
        rows.add_row(one.schedule, numerals.loss(end.mean), interval)
    console.print(rows)
    law = forecast.law
    runs = numerals.plural(len(forecast.runs), "run")
    longest = numerals.plural(law.seen_steps, "step")
    words = f"{law.form.name} law, fitted on {runs} of at most {longest}"
    console.print(Text(f"{words}, {100 * law.misfit:.2f} % off", style="dim"), soft_wrap=True)
    peaks = [reached(one) for one in forecast.expected]
    doubts = of_forecast(law, peaks, forecast.horizon, doubts)
    tell([*doubts, *of_parameters(law, forecast.best.slopes)], console)


def draw_reaches(
    law: Law,
    reaches: Mapping[str, Reach],
    target: float,
    *,
    peaks: Sequence[float],
    doubts: Sequence[Doubt],
    console: Console,
) -> None:
    """State how many steps each schedule needs to end at a loss, and what makes that doubtful.

    Args:
        law: that was asked.
        reaches: what each schedule needs, by its text.
        target: the loss.
        peaks: the largest lrs that the schedules reach.
        doubts: about the runs that the law was fitted on.
        console: to draw on.
    """
    rows = table(("schedule", f"steps to {target:g}", "90 % within"), words=("schedule",))
    for text, reach in reaches.items():
        low, high = _steps(reach.low), _steps(reach.high)
        rows.add_row(text, _steps(reach.horizon), f"{low} to {high}")
    console.print(rows)
    words = f"{law.form.name} law, {100 * law.misfit:.2f} % off"
    console.print(Text(words, style="dim"), soft_wrap=True)
    longest = max((reach.horizon or 0 for reach in reaches.values()), default=0)
    if None in [reach.horizon for reach in reaches.values()]:
        farthest = numerals.plural(FARTHEST * law.seen_steps, "step")
        never = f"– is not within {farthest}, {FARTHEST} times the longest run seen."
        console.print(Text(never, style="yellow"), soft_wrap=True)
    tell(of_forecast(law, peaks, longest, doubts), console)


def _steps(horizon: int | None) -> str:
    return "–" if horizon is None else numerals.count(horizon)


def tell(doubts: Iterable[Doubt], console: Console) -> None:
    """Say what could make it wrong, one a line."""
    for doubt in doubts:
        style = "yellow" if doubt.warning else "dim"
        console.print(Text(f"{doubt.title}. {doubt.text}", style=style), soft_wrap=True)


def _picture(
    forecast: Forecast, one: Expected, limits: tuple[float, float], width: int, *, color: bool
) -> str:
    low, high = limits
    shown = forecast.drawn(one) & (one.mean <= high)
    bounds = [Marks(one.steps[shown], ends[shown], "·") for ends in (one.low, one.high)]
    measured = [Marks(run.steps, run.losses, "○") for run in forecast.runs]
    marks = [_within(marks, limits, one.horizon) for marks in (*bounds, *measured)]
    if one.horizon > forecast.law.seen_steps:
        seen = np.full(HEIGHTS, float(forecast.law.seen_steps))
        marks.insert(0, Marks(seen, np.linspace(low, high, HEIGHTS), "┊"))
    return plot(
        one.steps[shown].astype(np.int64),
        one.mean[shown],
        label="expected loss",
        limits=limits,
        beside=marks,
        width=width,
        height=HEIGHT,
        color=color,
    )


def _within(marks: Marks, limits: tuple[float, float], horizon: int) -> Marks:
    """Leave out what is outside the axes."""
    low, high = limits
    kept = (marks.steps <= horizon) & (low <= marks.values) & (marks.values <= high)
    return Marks(marks.steps[kept], marks.values[kept], marks.character)
