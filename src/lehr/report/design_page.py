"""The page of `lehr design --html`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lehr.laws import Design
from lehr.laws.trial import Gain
from lehr.report import forecast_sections as parts
from lehr.report import numerals
from lehr.report.document import Picture, document, write
from lehr.report.forecast import Forecast
from lehr.report.forecast_doubts import Doubt, of_design
from lehr.report.forecast_figure import forecast_figure
from lehr.report.forecast_tables import ends
from lehr.report.markup import Markup, element


def page(design: Design, forecast: Forecast, *, made: int = 0, doubts: Sequence[Doubt] = ()) -> str:
    """Write a design as one HTML file that makes no request to anywhere.

    Args:
        design: what was found.
        forecast: of the design, and of its rivals at their own best peak lrs.
        made: updates that the run has made already; the schedules are of what is left.
        doubts: about the runs that the law was fitted on.
    """
    gains = _rivals(design, forecast)
    finals = [parts.card(ends(forecast, gains)), *([parts.OPEN] if gains else [])]
    picture = Picture("forecast", forecast_figure(forecast))
    body = [
        parts.head(forecast, "which schedule would be best?"),
        _headline(design, forecast, made),
        parts.boxes(of_design(forecast.law, design, forecast.horizon, doubts)),
        parts.tiles(forecast),
        parts.evidence(forecast, picture, finals, asked=forecast.expected[0].slopes),
        parts.next_steps(_commands(forecast, made)),
    ]
    return document(f"lehr: {design.schedule}", body, [picture])


def write_page(
    design: Design,
    forecast: Forecast,
    path: Path,
    *,
    made: int = 0,
    doubts: Sequence[Doubt] = (),
) -> None:
    """Write `page(design, forecast, made=made, doubts=doubts)` to a file.

    Raises:
        UsageError: it cannot be written.
    """
    write(page(design, forecast, made=made, doubts=doubts), path)


def _headline(design: Design, forecast: Forecast, made: int) -> list[Markup]:
    own = forecast.expected[0]
    steps = numerals.plural(forecast.horizon - made, "step")
    over = f" for the {steps} from step {numerals.count(made)} on" if made else f" for {steps}"
    peak = element("code", own.peak)
    said = [element("h1", element("code", own.schedule), " at peak lr ", peak, over)]
    if not forecast.law.holds:
        return said
    end = own.end
    words = (
        f"Expected to end at {numerals.loss(end.mean)}, nine of ten such runs between "
        f"{numerals.within(end.mean, end.low, end.high, 'and')}."
    )
    gains = [_gain(name, gain) for name, gain in _rivals(design, forecast)]
    if gains:
        words += f" That is {' and '.join(gains)}"
        words += " from the same lr on." if made else ", each at its own best peak lr."
    return [*said, element("p", words, class_="detail")]


def _rivals(design: Design, forecast: Forecast) -> list[tuple[str, Gain]]:
    """The gain over each schedule that is shown beside the design."""
    gains = {"linear": design.over_linear, "cosine": design.over_cosine}
    return [(one.name, gains[one.name]) for one in forecast.expected[1:]]


def _gain(name: str, gain: Gain) -> str:
    side = "above" if gain.mean < 0 else "below"
    return f"{numerals.gain(abs(gain.mean), gain.sd)} {side} {name}"


def _commands(forecast: Forecast, made: int) -> list[str]:
    if not forecast.law.holds:
        return [parts.typed("choose", parts.PROBLEM)]
    own, *rivals = forecast.expected
    shown = ["--horizon", str(forecast.horizon - made), "--peak", own.peak]
    if made:  # what is left of a run is compared by nobody
        return [parts.typed("show", own.schedule, *shown)]
    return [
        *(parts.typed("compare", parts.PROBLEM, own.label, rival.label) for rival in rivals),
        parts.typed("show", own.schedule, *shown),
    ]
