"""The page of `lehr design --html`."""

from __future__ import annotations

from pathlib import Path

from lehr.laws import Design
from lehr.laws.trial import Gain
from lehr.report import forecast_sections as parts
from lehr.report import numerals
from lehr.report.document import Picture, document, write
from lehr.report.forecast import Forecast
from lehr.report.forecast_doubts import of_design
from lehr.report.forecast_figure import forecast_figure
from lehr.report.markup import Markup, element


def page(design: Design, forecast: Forecast) -> str:
    """Write a design as one HTML file that makes no request to anywhere.

    Args:
        design: what was found.
        forecast: of the design, and of its rivals at their own best peak lrs.
    """
    picture = Picture("forecast", forecast_figure(forecast))
    body = [
        parts.head(forecast, "which schedule would be best?"),
        _headline(design, forecast),
        parts.boxes(of_design(forecast.law, design, forecast.horizon)),
        parts.tiles(forecast),
        parts.evidence(forecast, picture, gains=_rivals(design, forecast)),
        parts.next_steps(_commands(forecast)),
    ]
    return document(f"lehr: {design.schedule}", body, [picture])


def write_page(design: Design, forecast: Forecast, path: Path) -> None:
    """Write `page(design, forecast)` to a file.

    Raises:
        UsageError: it cannot be written.
    """
    write(page(design, forecast), path)


def _headline(design: Design, forecast: Forecast) -> list[Markup]:
    own = forecast.expected[0]
    steps = numerals.plural(forecast.horizon, "step")
    peak = element("code", own.peak)
    said = [element("h1", element("code", own.schedule), " at peak lr ", peak, f" for {steps}")]
    if not forecast.law.holds:
        return said
    end = own.end
    words = (
        f"Expected to end at {numerals.loss(end.mean)}, nine of ten such runs between "
        f"{numerals.loss(end.low)} and {numerals.loss(end.high)}."
    )
    gains = [_gain(name, gain) for name, gain in _rivals(design, forecast)]
    if gains:
        words += f" That is {' and '.join(gains)}, each at its own best peak lr."
    return [*said, element("p", words, class_="detail")]


def _rivals(design: Design, forecast: Forecast) -> list[tuple[str, Gain]]:
    """The gain over each schedule that is shown beside the design."""
    gains = {"linear": design.over_linear, "cosine": design.over_cosine}
    return [(one.name, gains[one.name]) for one in forecast.expected[1:]]


def _gain(name: str, gain: Gain) -> str:
    side = "above" if gain.mean < 0 else "below"
    return f"{numerals.gain(abs(gain.mean), gain.sd)} {side} {name}"


def _commands(forecast: Forecast) -> list[str]:
    if not forecast.law.holds:
        return [parts.typed("choose", "my_problem.py")]
    own, *rivals = forecast.expected
    shown = ["--horizon", str(forecast.horizon), "--peak", own.peak]
    return [
        *(parts.typed("compare", "my_problem.py", own.label, rival.label) for rival in rivals),
        parts.typed("show", own.schedule, *shown),
    ]
