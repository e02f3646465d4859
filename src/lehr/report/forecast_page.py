"""The page of `lehr forecast --html`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lehr.report import forecast_sections as parts
from lehr.report import numerals
from lehr.report.document import Picture, document, write
from lehr.report.forecast import Forecast
from lehr.report.forecast_doubts import Doubt, of_forecast, reached
from lehr.report.forecast_figure import forecast_figure
from lehr.report.forecast_tables import ends
from lehr.report.markup import Markup, element


def page(forecast: Forecast, doubts: Sequence[Doubt] = ()) -> str:
    """Write a forecast as one HTML file that makes no request to anywhere.

    Args:
        forecast: what is expected.
        doubts: about the runs that the law was fitted on.
    """
    picture = Picture("forecast", forecast_figure(forecast))
    peaks = [reached(one) for one in forecast.expected]
    body = [
        parts.head(forecast, "what loss will this schedule reach?"),
        _headline(forecast),
        parts.boxes(of_forecast(forecast.law, peaks, forecast.horizon, doubts)),
        parts.tiles(forecast),
        parts.evidence(forecast, picture, [parts.card(ends(forecast))], asked=forecast.best.slopes),
        parts.next_steps(_commands(forecast)),
    ]
    titles = " · ".join(one.schedule for one in forecast.expected)
    return document(f"lehr: {titles}", body, [picture])


def write_page(forecast: Forecast, path: Path, doubts: Sequence[Doubt] = ()) -> None:
    """Write `page(forecast, doubts)` to a file.

    Raises:
        UsageError: it cannot be written.
    """
    write(page(forecast, doubts), path)


def _headline(forecast: Forecast) -> list[Markup]:
    if not forecast.law.holds:
        return [element("h1", "There is no forecast to rely on")]
    best, several = forecast.best, len(forecast.expected) > 1
    first = f"Of {len(forecast.expected)} schedules " if several else None
    does = " is expected to end lowest: " if several else " is expected to end at "
    end = best.end
    words = (
        f"After {numerals.plural(forecast.horizon, 'step')}; nine of ten such runs end between "
        f"{numerals.within(end.mean, end.low, end.high, 'and')}."
    )
    if any(one is not best and one.end.low < end.high for one in forecast.expected):
        words += " The intervals overlap, so another may end lower."
    return [
        element("h1", first, element("code", best.schedule), does, numerals.loss(end.mean)),
        element("p", words, class_="detail"),
    ]


def _commands(forecast: Forecast) -> list[str]:
    if not forecast.law.holds:
        return [parts.typed("choose", parts.PROBLEM)]
    best = forecast.best
    rivals = [one.label for one in forecast.expected if one is not best]
    rivals = rivals or [f"cosine() @ {best.peak}"]
    compared = [parts.typed("compare", parts.PROBLEM, best.label, rival) for rival in rivals]
    shown = ["--horizon", str(forecast.horizon), "--peak", best.peak]
    texts = [one.schedule for one in forecast.expected]
    return [*compared, parts.typed("show", *texts, *shown)]
