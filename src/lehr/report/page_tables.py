"""The tables of the page."""

from __future__ import annotations

from lehr.report import figure_style, numerals, words
from lehr.report.markup import Child, Markup, element
from lehr.report.record import Report, Role, ShapeRow


def shapes_table(report: Report) -> Markup:
    """One row a schedule; intervals of complete runs are drawn on one scale."""
    ends = [
        end
        for row in report.shapes
        if row.complete and row.objective is not None
        for end in (row.objective.low, row.objective.high)
    ]
    scale = (min(ends), max(ends)) if ends else (0.0, 1.0)
    head = ["schedule", "best peak lr", "trained to", report.objective, "", "seeds"]
    numeric = {1, 2, 3, 5}
    rows = [
        element(
            "tr",
            _cells(
                [
                    _schedule(row),
                    numerals.lr(row.peak_lr),
                    "the end" if row.complete else f"step {numerals.count(row.steps)}",
                    words.shape(row),
                    _range(row, scale),
                    f"{row.seeds} fresh" if row.fresh else "the search's",
                ],
                numeric,
            ),
            class_="is-chosen" if row.role == "chosen" else None,
        )
        for row in report.shapes
    ]
    return _table(head, numeric, rows)


def runs_table(report: Report) -> Markup:
    """Every run of the study."""
    head = ["schedule", "peak lr", "seed", "stage", "steps", report.objective]
    numeric = {1, 2, 4, 5}
    rows = [
        element(
            "tr",
            _cells(
                [
                    [element("code", run.schedule), _tag(run.role)],
                    numerals.lr(run.peak_lr),
                    str(run.seed),
                    run.stage,
                    numerals.count(run.steps),
                    "not reached"
                    if run.missed
                    else _objective(run.objective, diverged=run.diverged),
                ],
                numeric,
            ),
        )
        for run in report.runs
    ]
    return _table(head, numeric, rows)


def _table(head: list[str], numeric: set[int], rows: list[Markup]) -> Markup:
    cells = [
        element("th", name, class_="n" if place in numeric else None, scope="col")
        for place, name in enumerate(head)
    ]
    return element("table", element("thead", element("tr", cells)), element("tbody", rows))


def _cells(cells: list[Child], numeric: set[int]) -> list[Markup]:
    return [
        element("td", cell, class_="n" if place in numeric else None)
        for place, cell in enumerate(cells)
    ]


def _schedule(row: ShapeRow) -> list[Child]:
    color = figure_style.place_color(row.place)
    swatch = element("span", class_="key", style=f"border-color:{color};margin:0 10px 4px 0")
    return [swatch, element("code", row.schedule), _tag(row.role)]


def _tag(role: Role) -> Markup | None:
    return None if role == "other" else element("span", role, class_=f"tag {role}")


def _range(row: ShapeRow, scale: tuple[float, float]) -> Markup | None:
    """An interval and its mean, placed between the ends of the scale."""
    if row.objective is None or not row.complete:
        return None
    low, high = scale
    span = (high - low) or 1.0
    left, middle, right = (
        2 + 96 * (value - low) / span
        for value in (row.objective.low, row.objective.mean, row.objective.high)
    )
    return element(
        "div",
        element("i", style=f"left:{left:.1f}%;width:{right - left:.1f}%"),
        element("b", style=f"left:{middle:.1f}%"),
        class_="range",
        style=f"color:{figure_style.place_color(row.place)}",
        title=f"95% interval {words.interval(row.objective)}" if row.seeds > 1 else "one seed",
    )


def _objective(value: float | None, *, diverged: bool) -> str:
    if diverged:
        return "diverged"
    return "not finite" if value is None else numerals.number(value, 4)
