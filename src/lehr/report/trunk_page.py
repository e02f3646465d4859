"""The page of `lehr design --html` for several horizons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lehr.laws import Trunk
from lehr.report import forecast_sections as parts
from lehr.report import numerals
from lehr.report.document import Picture, document, write
from lehr.report.forecast import Forecast
from lehr.report.forecast_doubts import Doubt, of_trunk
from lehr.report.forecast_figure import forecast_figure
from lehr.report.forecast_tables import mark
from lehr.report.markup import Child, Markup, element
from lehr.report.parts import table
from lehr.report.trunk_forecast import ABOVE, LIMITS, limits


def page(trunk: Trunk, forecast: Forecast, doubts: Sequence[Doubt] = ()) -> str:
    """Write a trunk and its branches as one HTML file that makes no request to anywhere.

    Args:
        trunk: what was designed.
        forecast: of its branches.
        doubts: about the runs that the law was fitted on.
    """
    picture = Picture("forecast", forecast_figure(forecast))
    body = [
        parts.head(forecast, "which trunk serves all horizons?"),
        _headline(trunk, forecast),
        parts.boxes(of_trunk(forecast.law, trunk, doubts)),
        parts.tiles(forecast),
        parts.evidence(
            forecast,
            picture,
            [*map(parts.card, (_branches(trunk, forecast), _limits(trunk))), parts.OPEN],
            asked=forecast.expected[-1].slopes,
        ),
        parts.next_steps(_commands(forecast)),
    ]
    return document(f"lehr: {trunk.schedule}", body, [picture])


def write_page(trunk: Trunk, forecast: Forecast, path: Path, doubts: Sequence[Doubt] = ()) -> None:
    """Write `page(trunk, forecast, doubts)` to a file.

    Raises:
        UsageError: it cannot be written.
    """
    write(page(trunk, forecast, doubts), path)


def _headline(trunk: Trunk, forecast: Forecast) -> list[Markup]:
    peak = element("code", forecast.expected[0].peak)
    *others, last = [numerals.count(branch.begins) for branch in trunk.branches]
    steps = f"{', '.join(others)} and {last}" if others else last
    runs = numerals.plural(len(trunk.branches), "run")
    words = (
        f"Cooldowns begin at {steps} steps: keep a checkpoint there. {runs} take "
        f"{numerals.count(trunk.steps)} steps in all, {numerals.count(trunk.separate)} if they "
        "shared nothing."
    )
    if forecast.law.holds:
        side = "below" if trunk.loses.mean < 0 else "above"
        apart = numerals.gain(abs(trunk.loses.mean), trunk.loses.sd)
        words += f" In the mean they are expected to end {apart} {side} designs of their own."
    return [
        element("h1", element("code", str(trunk.schedule)), " at peak lr ", peak),
        element("p", words, class_="detail"),
    ]


def _branches(trunk: Trunk, forecast: Forecast) -> Markup:
    rows: list[list[Child]] = [
        [
            [mark(place), " ", numerals.count(branch.horizon)],
            numerals.count(branch.begins),
            element("code", branch.cooldown),
            numerals.loss(one.end.mean),
            numerals.within(one.end.mean, one.end.low, one.end.high),
            numerals.gain(branch.loses.mean, branch.loses.sd),
        ]
        for place, (branch, one) in enumerate(zip(trunk.branches, forecast.expected, strict=True))
    ]
    head = ["horizon", "from step", "cooldown", "loss at the end", "90 % within", ABOVE]
    return table(head, rows, numeric={0, 1, 3, 4, 5})


def _limits(trunk: Trunk) -> Markup:
    rows: list[list[Child]] = [[*cells] for cells in limits(trunk)]
    return table([*LIMITS], rows, numeric={1, 2, 3}, chosen={len(rows) - 2})


def _commands(forecast: Forecast) -> list[str]:
    if not forecast.law.holds:
        return [parts.typed("choose", parts.PROBLEM)]
    return [
        parts.typed("show", one.schedule, "--horizon", str(one.horizon), "--peak", one.peak)
        for one in forecast.expected
    ]
