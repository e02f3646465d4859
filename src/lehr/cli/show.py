"""`lehr show`: what does this schedule look like?"""

from __future__ import annotations

import csv
import dataclasses
import sys
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lehr.catalog import parse
from lehr.cli.curves import plot
from lehr.cli.output import print_json, stdout
from lehr.cli.phases import phases
from lehr.errors import UsageError
from lehr.report import numerals
from lehr.schedule import BoundPlan, Clock, Plan
from lehr.schedule.shapes import Values

EXAMPLES = """\
SCHEDULE is what `lehr list` shows, or a plan of several hyper-parameters.
Quote it for the shell.

Examples:
  lehr show 'warmup("5%") >> cosine(final=0.1)' --horizon 10000 --peak 3e-4
  lehr show 'warmup("2e9tok") >> linear()' --horizon 50000 \\
    --tokens-per-step 524288
  lehr show 'Plan(lr=one_cycle(), momentum=one_cycle_momentum())'
  lehr show 'wsd()' --csv > wsd.csv
  lehr show 'rex()' --html rex.html
"""

app = App(name="show", help_epilogue=EXAMPLES)


@app.default
def show(
    schedule: str,
    /,
    *,
    horizon: int = 10_000,
    peak: float = 1.0,
    steps_per_epoch: int | None = None,
    tokens_per_step: int | None = None,
    samples_per_step: int | None = None,
    html: Path | None = None,
    csv: bool = False,
    json: bool = False,
) -> int:
    """Show a schedule.

    Args:
        schedule: text of a schedule or a plan.
        horizon: optimizer steps of the run.
        peak: the optimizer's own lr, which the schedule multiplies.
        steps_per_epoch: for durations such as "3ep".
        tokens_per_step: for durations such as "2e9tok".
        samples_per_step: for durations such as "1e6samples".
        html: write a page with the curve to this file.
        csv: write every step's values as CSV.
        json: write phases and values as JSON.
    """
    if csv and json:
        raise UsageError(
            "--csv and --json both write to stdout", rule="one of them", fix="leave one out"
        )
    clock = Clock(
        steps_per_epoch=steps_per_epoch,
        tokens_per_step=tokens_per_step,
        samples_per_step=samples_per_step,
    )
    bound = Plan.of(parse(schedule)).over(horizon, clock)
    values = used_values(bound, peak)
    if html is not None:
        from lehr.cli.show_page import write_page  # plotly takes a moment

        write_page(bound, values, html)
    if csv:
        _write_csv(values)
    elif json:
        print_json(_document(bound, values, peak))
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        _draw(bound, values, stdout())
    return 0


def used_values(bound: BoundPlan, peak: float) -> dict[str, Values]:
    """Hyper-parameter -> values by step: the lr times its peak, others as the plan has them."""
    multipliers = bound.multipliers()
    return {
        name: array * peak if name == "lr" else array for name, array in multipliers.values.items()
    }


def _document(bound: BoundPlan, values: dict[str, Values], peak: float) -> dict[str, object]:
    return {
        "plan": bound.plan.texts(),
        "horizon": bound.horizon,
        "peak_lr": peak,
        "absolute": sorted(bound.absolute),
        "phases": {
            name: [dataclasses.asdict(phase) for phase in phases(schedule)]
            for name, schedule in bound.schedules.items()
        },
        "values": {name: array.tolist() for name, array in values.items()},
    }


def _write_csv(values: dict[str, Values]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["step", *values])
    columns = [array.tolist() for array in values.values()]
    writer.writerows((step, *row) for step, row in enumerate(zip(*columns, strict=True)))


def _draw(bound: BoundPlan, values: dict[str, Values], console: Console) -> None:
    color = console.is_terminal and not console.no_color
    for name, schedule in bound.schedules.items():
        console.print(Text(f"{name}: {schedule.schedule}", style="bold"), soft_wrap=True)
        kind = name if name == "lr" or name in bound.absolute else f"{name} multiplier"
        print(plot(values[name], label=kind, width=min(console.width, 76), color=color))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("phase")
    for heading in ("first step", "last step", "steps", "from", "to"):
        table.add_column(heading, justify="right")
    for name, schedule in bound.schedules.items():
        for phase in phases(schedule):
            table.add_row(
                Text(phase.text if len(values) == 1 else f"{name}: {phase.text}"),
                numerals.count(phase.start),
                numerals.count(phase.stop - 1),
                numerals.count(phase.stop - phase.start),
                numerals.number(float(values[name][phase.start]), 4),
                numerals.number(float(values[name][phase.stop - 1]), 4),
            )
    console.print()
    console.print(table)
