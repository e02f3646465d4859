"""`lehr show`: what do these schedules look like?"""

from __future__ import annotations

import csv
import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path

from cyclopts import App
from rich.text import Text

from lehr.catalog import parse
from lehr.cli.durations import clock_by_options
from lehr.cli.output import print_json, stdout
from lehr.cli.show_terminal import draw
from lehr.errors import UsageError
from lehr.schedule import Clock
from lehr.schedule.checked import positive
from lehr.schedule.panels import Panels, is_absolute, panels
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

app = App(name="show", help_epilogue=EXAMPLES)


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
    texts = dict.fromkeys((schedule, *others))
    peak = positive(peak, "peak")
    with clock_by_options():
        plans = {text: panels(parse(text).over(horizon, clock)) for text in texts}
    if html is not None:
        from lehr.cli.show_page import write_page  # plotly takes a moment

        write_page(plans, html, peak_lr=peak, log=log)
    if csv:
        _write_csv(plans, peak)
    elif json:
        documents = [_document(plan, peak) for plan in plans.values()]
        print_json(documents[0] if len(documents) == 1 else {"schedules": documents})
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        draw(plans, stdout(), peak_lr=peak)
    return 0


def _values(plan: Panels, peak: float) -> dict[str, list[float]]:
    """Hyper-parameter -> values by step: the lr times its peak, others as the plan has them."""
    return {
        name: (bound.values() * (peak if name == "lr" else 1.0)).tolist()
        for name, bound in plan.items()
    }


def _document(plan: Panels, peak: float) -> dict[str, object]:
    return {
        "plan": {name: str(bound.schedule) for name, bound in plan.items()},
        "horizon": max(bound.horizon for bound in plan.values()),
        "peak_lr": peak,
        "absolute": sorted(name for name, bound in plan.items() if is_absolute(bound.schedule)),
        "phases": {
            name: [dataclasses.asdict(phase) for phase in stretches(bound)]
            for name, bound in plan.items()
        },
        "values": _values(plan, peak),
    }


def _write_csv(plans: Mapping[str, Panels], peak: float) -> None:
    """Write one column a hyper-parameter; of several schedules its text stands before the name."""
    columns = {
        name if len(plans) == 1 else f"{text}: {name}": values
        for text, plan in plans.items()
        for name, values in _values(plan, peak).items()
    }
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["step", *columns])
    writer.writerows((step, *row) for step, row in enumerate(zip(*columns.values(), strict=True)))
