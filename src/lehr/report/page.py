"""The report as a page: sections in the order in which one asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lehr.report import figure_style, figures, numerals, sentences
from lehr.report.document import Picture, document, write
from lehr.report.markup import Child, Markup, data, element
from lehr.report.page_tables import runs_table, shapes_table
from lehr.report.parts import doubt, legend_entry, paste, section, sign, tile, top
from lehr.report.record import Report, Role, Sentence
from lehr.report.sweep_figure import sweep as sweep_figure

Pictures = Mapping[str, Picture]


def page(report: Report, *, brief: bool = False) -> str:
    """Write a report as one HTML file that makes no request to anywhere.

    Args:
        report: from `lehr.report.build`.
        brief: only the answer and the pictures, for an image of the result.
    """
    drawn = pictures(report)
    if brief:
        drawn.pop("gains", None)
        body: Child = [
            _headline(report),
            _facts(report),
            _schedule(report, drawn),
            _peak_lr(report, drawn),
            _curves(report, drawn),
        ]
        return document(f"lehr: {report.problem}", body, list(drawn.values()))
    version = report.reproduce.versions.get("lehr", "")
    body = [
        _headline(report),
        paste("paste", report.answer.code),
        _facts(report),
        _schedule(report, drawn),
        _peak_lr(report, drawn, element("div", shapes_table(report), class_="card scroll below")),
        _curves(report, drawn),
        _gains(report, drawn),
        _cost(report),
        _doubts(report),
        _reproduce(report),
        element("footer", f"lehr {version}; this file holds the whole record as JSON (#report)."),
    ]
    whole = data("report", report.model_dump_json())
    return document(f"lehr: {report.problem}", body, list(drawn.values()), whole)


def write_page(report: Report, path: Path) -> None:
    """Write `page(report)` to a file."""
    write(page(report), path)


def pictures(report: Report) -> dict[str, Picture]:
    """Every figure of a report by name; one without data is left out."""
    found = {"schedule": figures.schedules(report.schedules, report.horizon)}
    found |= {f"sweep-{sweep.step}": sweep_figure(sweep) for sweep in report.sweeps}
    if report.losses is not None:
        found["losses"] = figures.curves(report.losses)
    if report.objectives is not None:
        found["objectives"] = figures.curves(report.objectives)
    if report.gains:
        found["gains"] = figures.gains(report.gains)
    return {name: Picture(name, figure) for name, figure in found.items()}


def _headline(report: Report) -> list[Markup]:
    answer = report.answer
    return [
        top(
            f"which schedule and peak lr should {report.problem} use?",
            answer.label,
            answer.verdict,
        ),
        element("h1", _sentence(answer.headline)),
        element("p", answer.detail, class_="detail"),
        element("p", answer.advice, class_="advice"),
    ]


def _facts(report: Report) -> list[Markup]:
    tiles = [tile(fact.label, fact.value, fact.note) for fact in report.facts]
    drawn = element("div", tiles, class_="facts")
    return [drawn, element("p", report.measured, class_="advice")] if report.measured else [drawn]


def _schedule(report: Report, drawn: Pictures) -> Markup:
    legend = [
        legend_entry(
            figure_style.ROLE_COLORS[line.role],
            f"key {figure_style.DASHES[line.role]}",
            [f"{line.role} ", element("code", line.label)],
        )
        for line in reversed(report.schedules)
    ]
    return section(
        "The learning rate",
        "What each optimizer step uses.",
        element("ul", legend, class_="legend"),
        element("div", drawn["schedule"].place, class_="card"),
    )


def _peak_lr(report: Report, drawn: Pictures, table: Markup | None = None) -> Markup:
    hollow = any(p.fresh for s in report.sweeps for line in s.lines for p in line.points)
    fallen = any(p.diverged for s in report.sweeps for line in s.lines for p in line.points)
    places = {line.schedule: line.place for sweep in report.sweeps for line in sweep.lines}
    legend = [
        legend_entry(figure_style.place_color(place), "key", element("code", schedule))
        for schedule, place in sorted(places.items(), key=lambda item: item[1])
    ]
    legend += [legend_entry(figure_style.INK, "key hollow", "fresh seeds only")] if hollow else []
    legend += [sign(figure_style.DIVERGED, "×", "diverged")] if fallen else []
    legend += (
        [sign(figure_style.INK, "▲", "off the scale")]
        if any(sweep.ceiling is not None for sweep in report.sweeps)
        else []
    )
    cards = [
        element(
            "div",
            element("h3", f"{sweep.title} (step {numerals.count(sweep.step)})"),
            drawn[f"sweep-{sweep.step}"].place,
            class_="card",
        )
        for sweep in report.sweeps
    ]
    return section(
        "Schedules and peak learning rates",
        "The objective against the peak lr, at the same step of the full-length schedule.",
        element("ul", legend, class_="legend"),
        element("div", cards, class_="pair" if len(cards) > 1 else None),
        table,
    )


def _curves(report: Report, drawn: Pictures) -> Markup:
    both = [curves for curves in (report.losses, report.objectives) if curves is not None]
    lines = [line for curves in both for line in curves.lines]
    roles: list[Role] = [
        role for role in figure_style.ROLE_COLORS if any(line.role == role for line in lines)
    ]
    names: dict[Role, str] = {"chosen": "the choice", "other": "other runs"}
    legend = [legend_entry(figure_style.ROLE_COLORS[r], "key", names.get(r, r)) for r in roles]
    legend += (
        [sign(figure_style.DIVERGED, "×", "diverged")]
        if any(line.diverged for line in lines)
        else []
    )
    legend += (
        [sign(figure_style.INK, "▲", "off the scale")]
        if any(line.leaves and not line.diverged for line in lines)
        else []
    )
    titles = {"losses": "training loss, smoothed", "objectives": f"{report.objective}, evaluated"}
    cards = [
        element("div", element("h3", title), drawn[name].place, class_="card")
        for name, title in titles.items()
        if name in drawn
    ]
    return section(
        "Loss curves",
        "Every run of the study; hover to see which. Lines end where a run was stopped, given up, "
        "or leaves the picture.",
        element("ul", legend, class_="legend"),
        element("div", cards, class_="pair" if len(cards) > 1 else None),
    )


def _gains(report: Report, drawn: Pictures) -> Markup:
    if not report.gains:
        return section(
            "How much better",
            f"There is no interval to show: {sentences.unmeasured(report.decision)}.",
        )
    pairs = report.gains[0].gain.pairs
    rows = [
        element(
            "li",
            f"Over the {row.against}, ",
            element("code", row.schedule),
            " at ",
            element("code", numerals.lr(row.peak_lr)),
            f": {row.words}.",
        )
        for row in report.gains
    ]
    return section(
        "How much better",
        f"{numerals.plural(pairs, 'fresh seed')} that the search has not seen; both candidates of "
        "a pair start from the same weights and see the same batches.",
        element("div", drawn["gains"].place, class_="card"),
        element("ul", rows, class_="lead", style="margin:12px 0 0"),
    )


def _cost(report: Report) -> Markup:
    cost, sharing = report.cost, report.cost.sharing
    whole = cost.total / (1 - cost.saved) if cost.saved < 1 else cost.total
    parts = [
        ("search", cost.search),
        ("refine", cost.refine),
        ("confirm", cost.confirm),
        ("saved", whole - cost.total),
    ]
    bar = [
        element("span", class_=name, style=f"width:{100 * part / whole:.2f}%")
        for name, part in parts
        if whole and part > 0
    ]
    told = {
        "search": f"search {numerals.number(cost.search)}",
        **({"refine": f"refinement {numerals.number(cost.refine)}"} if cost.refine else {}),
        "confirm": f"confirmation {numerals.number(cost.confirm)}",
        "saved": f"saved by sharing {numerals.number(whole - cost.total)}",
    }
    colors = {"search": "#f4a261", "refine": "#f0843c", "confirm": "#e8590c", "saved": "#98a2ad"}
    legend = [legend_entry(colors[name], "key", text) for name, text in told.items()]
    steps = f"{numerals.count(sharing.steps_trained)} steps"
    if cost.saved_steps > 0:
        steps += (
            f" instead of {numerals.count(sharing.steps_of_runs)}, because runs that agree up to "
            f"a step share everything before it ({numerals.plural(cost.saved_steps, 'step')} saved)"
        )
    return section(
        "What it cost",
        f"{numerals.number(cost.total)} full runs in all. "
        f"{numerals.plural(sharing.runs, 'run')} were trained as "
        f"{numerals.plural(sharing.segments, 'segment')}: {steps}.",
        element("div", element("div", bar, class_="bar"), class_="card"),
        element("ul", legend, class_="legend", style="margin-top:12px"),
    )


def _doubts(report: Report) -> Markup:
    doubts = [doubt(c.title, c.text, warning=c.warning) for c in report.caveats]
    return section(
        "What could make this wrong",
        "Computed from this study; what deserves a look first is marked.",
        element("div", doubts, class_="doubts"),
    )


def _reproduce(report: Report) -> Markup:
    how = report.reproduce
    versions = " · ".join(f"{name} {version}" for name, version in how.versions.items())
    return section(
        "How to reproduce",
        f"Seed {how.seed}, {numerals.plural(how.threads, 'thread')} a run. The same command in the "
        "same place goes on where it stopped, or shows this answer again.",
        element("pre", element("code", how.command), class_="command"),
        element("p", versions, class_="versions"),
        element(
            "details",
            element("summary", f"All {numerals.plural(len(report.runs), 'run')}"),
            element("div", runs_table(report), class_="card scroll"),
        ),
    )


def _sentence(sentence: Sentence) -> list[Child]:
    return [element("code", span.text) if span.code else span.text for span in sentence.spans]
