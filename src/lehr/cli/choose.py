"""`lehr choose`: which schedule and peak lr should this training use?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from lehr import choose as library
from lehr.choose import CostPlan
from lehr.choose.replaced import PAGE
from lehr.choose.variants import Refinable
from lehr.cli.interrupt import terminable
from lehr.cli.output import print_json, stderr, stdout
from lehr.cli.problem import find_problem
from lehr.cli.progress import duration, watch
from lehr.report.build import build
from lehr.report.terminal import print_report

EXAMPLES = """\
PROBLEM is a built-in name (`lehr list`), my_problem.py[:function] or
package.module:function. Your own script, which calls lehr.trial(), takes part
with `-- python train.py` at the end of the line.

Examples:
  lehr choose digits
  lehr choose digits --plan
  lehr choose my_problem.py --budget 20 --lr-range 1e-4 1e-1
  lehr choose digits --schedules 'warmup("5%") >> cosine()' 'wsd()'
  lehr choose my_problem.py --target 0.35
  lehr choose my_problem.py --runs a.csv b.csv c.csv
  lehr choose --hours 2 -- python train.py

The same line again goes on where it stopped. Exit code: 0 done, 1 no winner,
2 wrong usage, 3 the problem failed, 130 interrupted.
"""

USAGE = """\
Usage: lehr choose [OPTIONS] PROBLEM
       lehr choose [OPTIONS] -- COMMAND [ARGS...]"""

app = App(name="choose", usage=USAGE, help_epilogue=EXAMPLES)


@app.default
def choose(
    problem: str,
    /,
    *,
    plan: bool = False,
    budget: float = 12.0,
    hours: float | None = None,
    disk: float | None = None,
    lr_range: tuple[float, float] | None = None,
    schedules: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    seed: int = 0,
    refine: Annotated[list[Refinable] | None, Parameter(consume_multiple=True)] = None,
    target: float | None = None,
    runs: Annotated[list[Path] | None, Parameter(consume_multiple=True)] = None,
    executor: Literal["serial", "processes", "stacked"] = "processes",
    workers: int | None = None,
    data: Path | None = None,
    steps: int | None = None,
    directory: Path | None = None,
    fresh: bool = False,
    json: bool = False,
    command: Annotated[tuple[str, ...], Parameter(parse=False)] = (),
) -> int:
    """Choose the schedule and the peak lr.

    Args:
        problem: what to train.
        plan: say what it would cost, and train nothing but a few steps to time them.
        budget: full runs that may be spent in all.
        hours: wall time to aim at; the lower of the two limits holds.
        disk: GiB that checkpoints may take.
        lr_range: lowest and highest peak lr to try.
        schedules: texts of the schedules to choose from; without, the short list.
        seed: of the search; the confirmation uses the seeds after it.
        refine: what to vary in the front-runner before it is confirmed; wants more budget.
        target: value that the objective shall reach in the fewest steps; without, what the
            problem declares, or else the best objective at the end is chosen for.
        runs: logs of runs that you have trained at three peak lrs or more, far apart; the search
            begins at the best of them, without probes.
        executor: where runs are trained; stacked trains many small models as one program.
        workers: processes at once.
        data: a folder, passed to the problem as `data`.
        steps: optimizer steps of a full run, passed to the problem as `steps`.
        directory: of the study; without, lehr-runs/ and the name of the file or problem.
        fresh: start over, forgetting what the directory holds.
        json: write the decision as JSON instead of the report.
        command: the words after `--`.
    """
    named = find_problem(problem, command=command, data=data, steps=steps)
    known = [library.read_run(path) for path in runs or ()]
    if plan:
        cost = library.plan_cost(
            named.source,
            budget=budget,
            hours=hours,
            lr_range=lr_range,
            schedules=schedules,
            seed=seed,
            refine=refine or (),
            target=target,
            known=known,
            executor=executor,
            workers=workers,
        )
        _print_cost(cost, json=json)
        return 0
    place = named.directory(directory)
    with terminable(), watch(stderr()) as progress:
        study = library.choose(
            named.source,
            directory=place,
            budget=budget,
            hours=hours,
            disk=disk,
            lr_range=lr_range,
            schedules=schedules,
            seed=seed,
            refine=refine or (),
            target=target,
            known=known,
            executor=executor,
            workers=workers,
            fresh=fresh,
            named=named.words,
            progress=progress,
        )
    from lehr.report.page import write_page  # plotly takes a moment: not for --help or --plan

    aimed = study.decision.target is not None
    report = build(study, seconds_per_step=library.measured_pace(place) if aimed else None)
    page = place / PAGE
    write_page(report, page)
    if json:
        print_json(study.decision.model_dump_json(indent=2))
    else:
        console = stdout()
        print_report(report, console)
        console.print(Text(f"\nreport: {page}"), soft_wrap=True)
    return 1 if study.decision.verdict == "no_winner" else 0


def _print_cost(cost: CostPlan, *, json: bool) -> None:
    if json:
        print_json(cost.model_dump_json(indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="dim", show_footer=True)
    total = sum(stage.runs for stage in cost.stages)
    table.add_column("stage", footer="in all")
    table.add_column("runs", footer=str(total), justify="right")
    table.add_column("full runs", footer=f"{cost.full_runs:.2f}", justify="right")
    for stage in cost.stages:
        table.add_row(stage.stage, str(stage.runs), f"{stage.full_runs:.2f}")
    console = stdout()
    console.print(Text(f"{cost.problem}: a full run is {cost.horizon:,} steps", style="bold"))
    console.print(Text(f"compared with {cost.baseline}"))
    console.print(table)
    for remark in cost.remarks:
        console.print(Text(remark), soft_wrap=True)
    workers = "1 process" if cost.workers == 1 else f"{cost.workers} processes"
    console.print(Text(f"about {duration(cost.seconds)} with {workers}, if nothing diverges"))
