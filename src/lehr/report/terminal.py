"""The report in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lehr.choose.decision import Verdict
from lehr.report import numerals, words
from lehr.report.record import Report, ShapeRow

STYLES: dict[Verdict, str] = {
    "chosen": "bold dark_orange",
    "indistinguishable": "bold yellow",
    "no_winner": "bold blue",
}


def print_report(report: Report, console: Console) -> None:
    """Print a report: the answer, what it stands on, what to doubt, and the code last.

    Without a terminal (a pipe, a file) the console writes plain text.
    """
    for part in _parts(report):
        console.print(part)


def text(value: str, style: str = "") -> Text:
    r"""Make text whose control characters cannot reach the terminal.

    >>> text("a\x1b[2Jb").plain
    'a�[2Jb'
    """
    shown = "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in value)
    return Text(shown, style=style)


def _parts(report: Report) -> Iterator[RenderableType]:
    answer = report.answer
    yield Text()
    yield Text.assemble(text(report.problem, "bold"), "  ", (answer.label, STYLES[answer.verdict]))
    yield Text.assemble(
        *(text(span.text, "bold cyan" if span.code else "bold") for span in answer.headline.spans)
    )
    yield text(answer.detail)
    yield text(answer.advice, "dim")
    yield Text()
    yield _facts(report)
    if report.measured:
        yield text(report.measured, "dim")
    yield Text()
    yield _shapes(report)
    yield Text()
    yield Text("What could make this wrong", style="bold")
    for caveat in report.caveats:
        sign = ("! ", "bold yellow") if caveat.warning else ("· ", "dim")
        line = Text.assemble(sign, text(caveat.title), text(f": {caveat.text}", "dim"))
        yield Padding(line, (0, 0, 0, 1), expand=False)
    yield Text()
    yield Text("Paste", style="bold")
    yield Padding(text(answer.code, "cyan"), (0, 0, 0, 2), expand=False)


def _facts(report: Report) -> Table:
    table = Table.grid(padding=(0, 2))
    for fact in report.facts:
        table.add_row(text(fact.label, "dim"), text(fact.value, "bold"), text(fact.note, "dim"))
    return table


def _shapes(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("schedule", overflow="fold")
    for name in ("best peak lr", "trained to", report.objective, "95% interval"):
        table.add_column(text(name), justify="right", overflow="fold")
    for row in report.shapes:
        mark = Text("● " if row.role == "chosen" else "  ", style=STYLES[report.answer.verdict])
        role = "" if row.role in ("other", "chosen") else f"  {row.role}"
        table.add_row(
            Text.assemble(mark, text(row.schedule), text(role, "dim")),
            numerals.lr(row.peak_lr),
            "the end" if row.complete else f"step {numerals.count(row.steps)}",
            words.shape(row),
            _interval(row),
        )
    return table


def _interval(row: ShapeRow) -> str:
    if row.seeds < 2:
        return "one seed"
    if row.objective is None:
        return f"{row.seeds} seeds"
    return words.interval(row.objective)
