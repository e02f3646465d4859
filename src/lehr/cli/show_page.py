"""The page of `lehr show --html`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lehr.report import numerals
from lehr.report.document import Picture, document, write
from lehr.report.markup import Markup, element
from lehr.report.schedule_figure import schedule_figure
from lehr.schedule.panels import Panels
from lehr.schedule.stretches import Stretch, stretches


def write_page(
    plans: Mapping[str, Panels], path: Path, *, peak_lr: float = 1.0, log: bool = False
) -> None:
    """Write a page with the curves and their phases; it makes no request to anywhere.

    Args:
        plans: text -> hyper-parameter -> schedule, all over the same horizon.
        path: where to write.
        peak_lr: the optimizer's own lr; 1 shows multipliers only.
        log: whether the axes are logarithmic.
    """
    horizon = next(bound.horizon for plan in plans.values() for bound in plan.values())
    figure = schedule_figure(plans, peak_lr=None if peak_lr == 1 else peak_lr, log=log)
    picture = Picture("schedules", figure)
    body = [
        element("header", element("span", "lehr", class_="wordmark"), class_="top"),
        [element("h1", element("code", text)) for text in plans],
        element("p", f"over {numerals.plural(horizon, 'optimizer step')}", class_="detail"),
        element("div", picture.place, class_="card below"),
        element("div", _table(plans, peak_lr), class_="card scroll below"),
    ]
    write(document(f"lehr: {' · '.join(plans)}", body, [picture]), path)


def _table(plans: Mapping[str, Panels], peak_lr: float) -> Markup:
    heads = ("", "phase", "first step", "last step", "from", "to")
    rows = [
        element(
            "tr",
            element("td", name if len(plans) == 1 else f"{text}: {name}"),
            element("td", element("code", phase.text)),
            [element("td", number, class_="n") for number in _numbers(phase, peak)],
        )
        for text, plan in plans.items()
        for name, schedule in plan.items()
        for peak in [peak_lr if name == "lr" else 1.0]
        for phase in stretches(schedule)
    ]
    head = [
        element("th", head, class_="n" if place > 1 else None) for place, head in enumerate(heads)
    ]
    return element("table", element("tr", head), rows)


def _numbers(phase: Stretch, peak: float) -> list[str]:
    steps = [numerals.count(step) for step in (phase.start, phase.stop - 1)]
    return [*steps, *(numerals.number(value * peak, 4) for value in (phase.first, phase.last))]
