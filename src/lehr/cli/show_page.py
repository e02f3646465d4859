"""The page of `lehr show --html`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lehr.cli.phases import phases
from lehr.report import figures, numerals
from lehr.report.document import Picture, document
from lehr.report.lines import schedule_line
from lehr.report.markup import Markup, element
from lehr.schedule import BoundPlan
from lehr.schedule.shapes import Values


def write_page(bound: BoundPlan, values: Mapping[str, Values], path: Path) -> None:
    """Write a page with one curve for each hyper-parameter; it makes no request to anywhere."""
    pictures = [
        Picture(
            name, figures.schedules([schedule_line("chosen", name, array)], bound.horizon, name)
        )
        for name, array in values.items()
    ]
    body = [
        element("header", element("span", "lehr", class_="wordmark"), class_="top"),
        element("h1", element("code", str(bound.plan))),
        element("p", f"over {numerals.plural(bound.horizon, 'optimizer step')}", class_="detail"),
        [element("div", picture.place, class_="card below") for picture in pictures],
        element("div", _table(bound, values), class_="card scroll below"),
    ]
    path.write_text(document(f"lehr: {bound.plan}", body, pictures), encoding="utf-8")


def _table(bound: BoundPlan, values: Mapping[str, Values]) -> Markup:
    heads = ("", "phase", "first step", "last step", "from", "to")
    rows = [
        element(
            "tr",
            element("td", name),
            element("td", element("code", phase.text)),
            element("td", numerals.count(phase.start)),
            element("td", numerals.count(phase.stop - 1)),
            element("td", numerals.number(float(values[name][phase.start]), 4)),
            element("td", numerals.number(float(values[name][phase.stop - 1]), 4)),
        )
        for name, schedule in bound.schedules.items()
        for phase in phases(schedule)
    ]
    return element("table", element("tr", [element("th", head) for head in heads]), rows)
