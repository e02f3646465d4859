"""The page of `lehr forecast --target --html`: which schedule gets there in the fewest steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lehr.errors import UsageError
from lehr.laws import Curve, Law, Reach
from lehr.laws.target import FARTHEST
from lehr.report import forecast_sections as parts
from lehr.report import numerals
from lehr.report.document import Picture, document, write
from lehr.report.forecast import Expected, Forecast, expect, forecast
from lehr.report.forecast_doubts import Doubt, of_forecast, reached
from lehr.report.forecast_figure import forecast_figure
from lehr.report.forecast_tables import mark
from lehr.report.markup import Child, Markup, element
from lehr.report.parts import table
from lehr.schedule import Schedule

NEVER = "–"
"""Steps that are not within what a law is asked about."""


def reaching(
    law: Law,
    curves: Sequence[Curve],
    schedules: Mapping[str, Schedule],
    reaches: Mapping[str, Reach],
    peak_lr: float,
) -> Forecast:
    """Ask about every schedule over the steps that it needs, and leave out those that never do.

    Args:
        law: that was asked.
        curves: that it was fitted on.
        schedules: by their text.
        reaches: what they need, by the same text.
        peak_lr: what they multiply.

    Raises:
        UsageError: none gets there.
    """
    expected = [
        expect(law, schedules[text], peak_lr=peak_lr, horizon=reach.horizon, text=text)
        for text, reach in reaches.items()
        if reach.horizon is not None
    ]
    if not expected:
        raise UsageError(
            "no schedule gets there, so there is nothing to draw",
            value=f"steps of {', '.join(reaches)}: {NEVER}",
            rule=f"within {numerals.plural(FARTHEST * law.seen_steps, 'step')}, "
            f"{FARTHEST} times the longest run seen",
            fix="a higher --target, or leave out --html",
        )
    return forecast(law, curves, expected)


def page(
    forecast: Forecast,
    reaches: Mapping[str, Reach],
    target: float,
    doubts: Sequence[Doubt] = (),
) -> str:
    """Write what schedules need to a loss as one HTML file that makes no request to anywhere.

    Args:
        forecast: of the schedules that get there, each over the steps it needs.
        reaches: of all that were asked about, by their text.
        target: the loss.
        doubts: about the runs that the law was fitted on.
    """
    first = min(forecast.expected, key=lambda one: one.horizon)
    picture = Picture("forecast", forecast_figure(forecast, target))
    peaks = [reached(one) for one in forecast.expected]
    body = [
        parts.head(forecast, f"how many steps to {target:g}?"),
        _headline(forecast, first, reaches, target),
        parts.boxes(of_forecast(forecast.law, peaks, forecast.horizon, doubts)),
        parts.tiles(forecast),
        parts.evidence(
            forecast, picture, [parts.card(_steps(forecast, reaches, target))], asked=first.slopes
        ),
        parts.next_steps(_commands(forecast)),
    ]
    return document(f"lehr: {target:g} by {first.schedule}", body, [picture])


def write_page(
    forecast: Forecast,
    reaches: Mapping[str, Reach],
    target: float,
    path: Path,
    doubts: Sequence[Doubt] = (),
) -> None:
    """Write `page(forecast, reaches, target, doubts)` to a file.

    Raises:
        UsageError: it cannot be written.
    """
    write(page(forecast, reaches, target, doubts), path)


def _headline(
    forecast: Forecast, first: Expected, reaches: Mapping[str, Reach], target: float
) -> list[Markup]:
    if not forecast.law.holds:
        return [element("h1", "There is no forecast to rely on")]
    steps = numerals.plural(first.horizon, "step")
    first_of = f"Of {len(reaches)} schedules " if len(reaches) > 1 else None
    ends = " is expected to end at " if first_of is None else " is the first to end at "
    words = f"{_within(reaches[first.schedule])} steps in nine of ten such runs."
    missed = [text for text, reach in reaches.items() if reach.horizon is None]
    if missed:
        farthest = numerals.plural(FARTHEST * forecast.law.seen_steps, "step")
        words += f" {', '.join(missed)} did not within {farthest}."
    return [
        element(
            "h1", first_of, element("code", first.schedule), ends, f"{target:g}: after {steps}"
        ),
        element("p", words, class_="detail"),
    ]


def _steps(forecast: Forecast, reaches: Mapping[str, Reach], target: float) -> Markup:
    places = {one.schedule: place for place, one in enumerate(forecast.expected)}
    rows: list[list[Child]] = [
        [
            [*([mark(places[text]), " "] if text in places else []), element("code", text)],
            _count(reach.horizon),
            _within(reach),
        ]
        for text, reach in reaches.items()
    ]
    head = ["schedule", f"steps to {target:g}", "90 % within"]
    return table(head, rows, numeric={1, 2})


def _within(reach: Reach) -> str:
    return f"{_count(reach.low)} to {_count(reach.high)}"


def _count(steps: int | None) -> str:
    return NEVER if steps is None else numerals.count(steps)


def _commands(forecast: Forecast) -> list[str]:
    if not forecast.law.holds:
        return [parts.typed("choose", parts.PROBLEM)]
    return [
        parts.typed("show", one.schedule, "--horizon", str(one.horizon), "--peak", one.peak)
        for one in forecast.expected
    ]
