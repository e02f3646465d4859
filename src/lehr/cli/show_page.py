"""The page of `lehr show --html`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lehr.report import numerals
from lehr.report.document import Picture, document
from lehr.report.markup import Markup, element
from lehr.report.schedule_figure import schedule_figure
from lehr.schedule import BoundPlan
from lehr.schedule.stretches import stretches


def write_page(
    plans: Mapping[str, BoundPlan], path: Path, *, peak_lr: float = 1.0, log: bool = False
) -> None:
    """Write a page with the curves and their phases; it makes no request to anywhere.

    Args:
        plans: text -> plan, all over the same horizon.
        path: where to write.
        peak_lr: the optimizer's own lr; 1 shows multipliers only.
        log: whether the axes are logarithmic.
    """
    horizon = next(iter(plans.values())).horizon
    figure = schedule_figure(plans, peak_lr=None if peak_lr == 1 else peak_lr, log=log)
    picture = Picture("schedules", figure)
    body = [
        element("header", element("span", "lehr", class_="wordmark"), class_="top"),
        [element("h1", element("code", str(plan.plan))) for plan in plans.values()],
        element("p", f"over {numerals.plural(horizon, 'optimizer step')}", class_="detail"),
        element("div", picture.place, class_="card below"),
        element("div", _table(plans, peak_lr), class_="card scroll below"),
    ]
    path.write_text(document(f"lehr: {' · '.join(plans)}", body, [picture]), encoding="utf-8")


def _table(plans: Mapping[str, BoundPlan], peak_lr: float) -> Markup:
    heads = ("", "phase", "first step", "last step", "from", "to")
    rows = [
        element(
            "tr",
            element("td", name if len(plans) == 1 else f"{text}: {name}"),
            element("td", element("code", phase.text)),
            element("td", numerals.count(phase.start)),
            element("td", numerals.count(phase.stop - 1)),
            element("td", numerals.number(phase.first * (peak_lr if name == "lr" else 1), 4)),
            element("td", numerals.number(phase.last * (peak_lr if name == "lr" else 1), 4)),
        )
        for text, plan in plans.items()
        for name, schedule in plan.items
        for phase in stretches(schedule)
    ]
    return element("table", element("tr", [element("th", head) for head in heads]), rows)
