"""`lehr convert`: this schedule in my framework, please."""

from __future__ import annotations

import dataclasses
from typing import Literal

from cyclopts import App
from rich.text import Text

from lehr.catalog import parse
from lehr.catalog.convert import convert
from lehr.cli.durations import clock_by_options
from lehr.cli.output import print_json, stderr
from lehr.errors import UsageError
from lehr.schedule import Clock, Plan

EXAMPLES = """\
The code goes to stdout, what to mind to stderr. It is one of three:
  native   the framework's own scheduler, where it is the same at every step
  formula  a few lines of plain arithmetic, compared at every step
  table    the values, where there is neither

Examples:
  lehr convert 'warmup(500, reach="next") >> cosine()' --to transformers \\
    --horizon 10000 --peak-lr 3e-4
  lehr convert 'wsd()' --to torch --horizon 10000 > scheduler.py
  lehr convert 'one_cycle()' --to keras --horizon 5000 --json
"""

app = App(name="convert", help_epilogue=EXAMPLES)


@app.default
def convert_schedule(
    schedule: str,
    /,
    *,
    to: Literal["torch", "keras", "optax", "transformers", "lightning"],
    horizon: int = 10_000,
    peak_lr: float = 1.0,
    steps_per_epoch: int | None = None,
    tokens_per_step: int | None = None,
    samples_per_step: int | None = None,
    json: bool = False,
) -> int:
    """Write a schedule as code for a framework.

    Args:
        schedule: text of a schedule of the lr.
        to: the framework.
        horizon: optimizer steps of the run.
        peak_lr: the lr that the schedule multiplies.
        steps_per_epoch: for durations such as "3ep".
        tokens_per_step: for durations such as "2e9tok".
        samples_per_step: for durations such as "1e6samples".
        json: write the code, its kind, the reason and the remarks as JSON.
    """
    plan = Plan.of(parse(schedule))
    if len(plan.schedules) > 1:
        raise UsageError(
            "a plan schedules more than the lr, and schedulers of frameworks do not",
            value=str(plan),
            rule="convert takes a schedule of the lr",
            fix=f"lehr convert '{plan.schedules['lr']}', or run the plan with lehr.adapters",
        )
    clock = Clock(
        steps_per_epoch=steps_per_epoch,
        tokens_per_step=tokens_per_step,
        samples_per_step=samples_per_step,
    )
    with clock_by_options():
        made = convert(plan.schedules["lr"], to, horizon=horizon, peak_lr=peak_lr, clock=clock)
    if json:
        print_json(dataclasses.asdict(made))
        return 0
    print(made.code)
    console = stderr()
    console.print(Text.assemble((made.kind, "bold"), f": {made.why}"), soft_wrap=True)
    for remark in made.remarks:
        console.print(Text(f"  {remark}", style="dim"), soft_wrap=True)
    return 0
