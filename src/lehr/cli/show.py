"""`lehr show`: what do these schedules look like?"""

from __future__ import annotations

import csv
import dataclasses
import sys
from pathlib import Path

import numpy as np
from cyclopts import App
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lehr.catalog import parse
from lehr.cli.curves import plot
from lehr.cli.output import print_json, stdout
from lehr.errors import UsageError
from lehr.report import numerals
from lehr.schedule import BoundPlan, Clock, Plan
from lehr.schedule.picture import span
from lehr.schedule.shapes import Values
from lehr.schedule.stretches import stretches

EXAMPLES = """\
SCHEDULE is what `lehr list` shows, or a plan of several hyper-parameters.
Quote it for the shell. Several are shown side by side.

Examples:
  lehr show 'warmup("5%") >> cosine(final=0.1)' --horizon 10000 --peak 3e-4
  lehr show 'linear()' 'wsd()' 'rex()'
  lehr show 'warmup("2e9tok") >> linear()' --horizon 50000 \\
    --tokens-per-step 524288
  lehr show 'Plan(lr=one_cycle(), momentum=one_cycle_momentum())'
  lehr show 'wsd()' --csv > wsd.csv
  lehr show 'rex()' --html rex.html
"""

NARROWEST, WIDEST = 36, 76
"""Columns of a curve, of which several stand side by side where they fit."""

app = App(name="show", help_epilogue=EXAMPLES)


@dataclasses.dataclass(frozen=True)
class Shown:
    """One schedule or plan of the command line, over the horizon.

    Attributes:
        text: as it was typed.
        bound: the plan.
        values: hyper-parameter -> values by step: the lr times its peak, others as in the plan.
    """

    text: str
    bound: BoundPlan
    values: dict[str, Values]


@app.default
def show(
    schedule: str,
    /,
    *others: str,
    horizon: int = 10_000,
    peak: float = 1.0,
    steps_per_epoch: int | None = None,
    tokens_per_step: int | None = None,
    samples_per_step: int | None = None,
    html: Path | None = None,
    log: bool = False,
    csv: bool = False,
    json: bool = False,
) -> int:
    """Show schedules.

    Args:
        schedule: text of a schedule or a plan.
        others: more of them, shown beside it.
        horizon: optimizer steps of the run.
        peak: the optimizer's own lr, which the schedule multiplies.
        steps_per_epoch: for durations such as "3ep".
        tokens_per_step: for durations such as "2e9tok".
        samples_per_step: for durations such as "1e6samples".
        html: write a page with the curves to this file.
        log: give the page logarithmic axes.
        csv: write every step's values as CSV.
        json: write phases and values as JSON.
    """
    if csv and json:
        raise UsageError(
            "--csv and --json both write to stdout", rule="one of them", fix="leave one out"
        )
    if log and html is None:
        raise UsageError(
            "--log changes the page only", rule="--log needs --html", fix="--html out.html --log"
        )
    clock = Clock(
        steps_per_epoch=steps_per_epoch,
        tokens_per_step=tokens_per_step,
        samples_per_step=samples_per_step,
    )
    shown = [read(text, horizon, clock, peak) for text in dict.fromkeys((schedule, *others))]
    if html is not None:
        from lehr.cli.show_page import write_page  # plotly takes a moment

        write_page({one.text: one.bound for one in shown}, html, peak_lr=peak, log=log)
    if csv:
        _write_csv(shown)
    elif json:
        documents = [_document(one, peak) for one in shown]
        print_json(documents[0] if len(documents) == 1 else {"schedules": documents})
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        draw(shown, stdout())
    return 0


def read(text: str, horizon: int, clock: Clock, peak: float) -> Shown:
    """Bind a text, and take its values."""
    bound = Plan.of(parse(text)).over(horizon, clock)
    values = bound.multipliers().values
    return Shown(text, bound, {n: v * peak if n == "lr" else v for n, v in values.items()})


def _document(shown: Shown, peak: float) -> dict[str, object]:
    bound = shown.bound
    return {
        "plan": bound.plan.texts(),
        "horizon": bound.horizon,
        "peak_lr": peak,
        "absolute": sorted(bound.absolute),
        "phases": {
            name: [dataclasses.asdict(phase) for phase in stretches(schedule)]
            for name, schedule in bound.schedules.items()
        },
        "values": {name: array.tolist() for name, array in shown.values.items()},
    }


def _write_csv(shown: list[Shown]) -> None:
    """Write one column a hyper-parameter; of several schedules its text stands before the name."""
    columns = {
        name if len(shown) == 1 else f"{one.text}: {name}": array.tolist()
        for one in shown
        for name, array in one.values.items()
    }
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["step", *columns])
    writer.writerows((step, *row) for step, row in enumerate(zip(*columns.values(), strict=True)))


def draw(shown: list[Shown], console: Console) -> None:
    """Draw every hyper-parameter, and list the phases."""
    for name in dict.fromkeys(name for one in shown for name in one.values):
        _draw_row([one for one in shown if name in one.values], name, console)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("phase")
    for heading in ("first step", "last step", "steps", "from", "to"):
        table.add_column(heading, justify="right")
    for one in shown:
        if len(shown) > 1:
            table.add_row(Text(one.text, style="bold"))
        _add_phases(table, one)
    console.print()
    console.print(table)


def _draw_row(shown: list[Shown], name: str, console: Console) -> None:
    """Draw one hyper-parameter of every schedule, as many side by side as fit, on one scale."""
    limits = span(np.concatenate([one.values[name] for one in shown]))
    abreast = min(len(shown), max(1, (console.width + 2) // (NARROWEST + 2)))
    width = min((console.width + 2) // abreast - 2, WIDEST)
    color = console.is_terminal and not console.no_color
    titles = [Text(f"{name}: {one.bound.schedules[name].schedule}", style="bold") for one in shown]
    curves = [
        plot(
            one.values[name],
            label=name if name == "lr" or name in one.bound.absolute else f"{name} multiplier",
            width=width,
            limits=limits,
            color=color,
        )
        for one in shown
    ]
    if len(shown) == 1:
        console.print(titles[0], soft_wrap=True)
        print(curves[0])
        return
    for first in range(0, len(shown), abreast):
        row = slice(first, first + abreast)
        grid = Table.grid(padding=(0, 2))
        for _ in shown[row]:
            grid.add_column(width=width, overflow="fold")
        grid.add_row(*titles[row])
        grid.add_row(*map(Text.from_ansi, curves[row]))
        console.print(grid)


def _add_phases(table: Table, shown: Shown) -> None:
    for name, values in shown.values.items():
        for phase in stretches(shown.bound.schedules[name]):
            table.add_row(
                Text(phase.text if len(shown.values) == 1 else f"{name}: {phase.text}"),
                numerals.count(phase.start),
                numerals.count(phase.stop - 1),
                numerals.count(phase.stop - phase.start),
                numerals.number(float(values[phase.start]), 4),
                numerals.number(float(values[phase.stop - 1]), 4),
            )
