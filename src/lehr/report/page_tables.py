"""The tables of the page."""

from __future__ import annotations

from lehr.report import figure_style, numerals, words
from lehr.report.markup import Child, Markup, element
from lehr.report.parts import table
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
    rows: list[list[Child]] = [
        [
            _schedule(row),
            numerals.lr(row.peak_lr),
            "the end" if row.complete else f"step {numerals.count(row.steps)}",
            words.shape(row),
            _range(row, scale),
            f"{row.seeds} fresh" if row.fresh else "the search's",
        ]
        for row in report.shapes
    ]
    chosen = [place for place, row in enumerate(report.shapes) if row.role == "chosen"]
    return table(head, rows, numeric={1, 2, 3, 5}, chosen=chosen)


def runs_table(report: Report) -> Markup:
    """Every run of the study."""
    head = ["schedule", "peak lr", "seed", "stage", "steps", report.objective]
    rows: list[list[Child]] = [
        [
            [element("code", run.schedule), _tag(run.role)],
            numerals.lr(run.peak_lr),
            str(run.seed),
            run.stage,
            numerals.count(run.steps),
            "not reached" if run.missed else _objective(run.objective, diverged=run.diverged),
        ]
        for run in report.runs
    ]
    return table(head, rows, numeric={1, 2, 4, 5})


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
