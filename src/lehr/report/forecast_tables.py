"""The tables of a forecast's page, and its legend."""

from __future__ import annotations

from collections.abc import Sequence

from lehr.laws.trial import Gain
from lehr.report import numerals
from lehr.report.figure_style import INK, place_color
from lehr.report.forecast import Expected, Forecast
from lehr.report.forecast_doubts import KNOWN
from lehr.report.forecast_figure import symbol
from lehr.report.markup import Child, Markup, element
from lehr.report.parts import legend_entry, sign, table

SIGNS = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "x": "✖",
    "star": "★",
}
"""Symbol of the picture -> the same in a line of text."""

NARROW = "\u00a0"
"""A space at which no line is broken."""


def legend(forecast: Forecast) -> Markup:
    """What the lines and signs of the picture are."""
    shown = [
        element("li", mark(place), element("span", _named(one)))
        for place, one in enumerate(forecast.expected)
    ]
    shown += [sign(INK, "○", "measured"), legend_entry(INK, "key", "the law, fitted to it")]
    if forecast.horizon > forecast.law.seen_steps:
        shown += [legend_entry(INK, "key dash", "extrapolated, beyond the longest run seen")]
    return element("ul", shown, class_="legend")


def ends(forecast: Forecast, gains: Sequence[tuple[str, Gain]] = ()) -> Markup:
    """The final loss of each schedule; the lowest is marked, if it is known to be.

    Args:
        forecast: what is shown.
        gains: of the first schedule over each of the others, if they are known.
    """
    apart = ["", *(numerals.gain(gain.mean, gain.sd) for _, gain in gains)]
    rows: list[list[Child]] = [
        [
            [mark(place), NARROW, _named(one)],
            one.peak,
            numerals.loss(one.end.mean),
            numerals.within(one.end.mean, one.end.low, one.end.high),
            *([apart[place]] if gains else []),
        ]
        for place, one in enumerate(forecast.expected)
    ]
    head = ["schedule", "peak lr", f"loss at step {numerals.count(forecast.horizon)}"]
    head += ["90 % within", *(["above the design"] if gains else [])]
    chosen = [forecast.expected.index(forecast.best)] if forecast.law.holds else []
    return table(head, rows, numeric=range(1, 5), chosen=chosen)


def runs(forecast: Forecast) -> Markup:
    """The runs that the law was fitted on."""
    rows: list[list[Child]] = [
        [
            element("code", run.name),
            numerals.lr(run.peak_lr, 3),
            numerals.count(run.horizon),
            numerals.loss(float(run.losses[-1])),
            numerals.loss(float(run.said[-1])),
            numerals.percent(run.off),
        ]
        for run in forecast.runs
    ]
    head = ["run", "peak lr", "steps", "last loss", "by the law", "off by"]
    return table(head, rows, numeric={1, 2, 3, 4, 5})


def parameters(forecast: Forecast) -> Markup:
    """The law's numbers, and who knows them."""
    told = forecast.law.determined
    rows: list[list[Child]] = [
        [
            element("code", name),
            numerals.number(value, 4),
            f"{100 * told[name]:.0f}%",
            "the runs" if told[name] >= KNOWN else "mostly the prior",
        ]
        for name, value in forecast.law.parameters.items()
    ]
    head = ["parameter", "value", "told by the runs", "known from"]
    return table(head, rows, numeric={1, 2})


def mark(place: int) -> Markup:
    """The colour and the symbol of a schedule by its place in the legend."""
    style = f"color:{place_color(place)}"
    return element("span", SIGNS[symbol(place)], class_="key cross", style=style)


def _named(one: Expected) -> list[Child]:
    return [f"{one.name} " if one.name else None, element("code", one.schedule)]
