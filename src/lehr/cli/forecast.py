"""`lehr forecast`: what loss will this schedule reach?"""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import App, Parameter
from rich.text import Text

from lehr.catalog import parse
from lehr.cli.durations import clock_by_options
from lehr.cli.forecast_terminal import draw, draw_reaches
from lehr.cli.output import print_json, stdout
from lehr.cli.runs import USUAL, Fitting, about, refuse_copies, refuse_overwriting, refuse_twice
from lehr.errors import UsageError
from lehr.laws import steps_to
from lehr.laws.target import FARTHEST
from lehr.logs.log import updates
from lehr.report.forecast import Forecast, expect, forecast, stated
from lehr.report.forecast_doubts import reached, unseen
from lehr.report.logged import of_runs
from lehr.schedule import Plan, Schedule

EXAMPLES = """\
LOG is a run of the same model and data that logged steps, lrs and losses: a
.csv, .jsonl or .json, or what the Hugging Face Trainer, Lightning, TensorBoard,
MLflow or W&B has written (docs/logs.md). Two or more at different peak lrs tell
most.

Examples:
  lehr forecast a.csv b.csv --schedule 'warmup(300) >> linear()' \\
    --horizon 50000 --peak-lr 1e-3 --weight-decay 0.1
  lehr forecast a.csv b.csv --schedule 'cosine()' 'wsd()' --horizon 50000 \\
    --peak-lr 1e-3 --html forecast.html
  lehr forecast a.csv b.csv --schedule 'linear()' 'wsd()' --target 3.0 \\
    --peak-lr 1e-3
  lehr forecast output_a output_b --loss-column eval_loss \\
    --schedule 'linear()' --horizon 50000 --peak-lr 1e-3
"""

app = App(name="forecast", help_epilogue=EXAMPLES)


@app.default
def forecast_loss(
    log: Path,
    /,
    *logs: Path,
    schedule: Annotated[tuple[str, ...], Parameter(consume_multiple=True)],
    horizon: int | None = None,
    target: float | None = None,
    peak_lr: float,
    html: Path | None = None,
    json: bool = False,
    fitting: Fitting = USUAL,
) -> int:
    """Predict the loss that schedules will reach, from runs that were logged.

    Args:
        log: a run.
        logs: more of them.
        schedule: text of a schedule, or of several.
        horizon: optimizer steps of the run to predict.
        target: instead of a horizon, a loss; says how many steps each schedule needs to end there.
        peak_lr: the lr that the schedule multiplies.
        html: write a page with the curves to this file.
        json: write the curves as JSON.
        fitting: how the logs are read.
    """
    if not (np.isfinite(peak_lr) and peak_lr > 0) or (horizon is not None and horizon < 1):
        raise UsageError(
            "there is no such run",
            value=f"--horizon {horizon} --peak-lr {peak_lr:g}",
            rule="at least one step, and a peak lr above 0",
        )
    if target is not None and horizon is not None:
        raise UsageError(
            "a target takes the place of a horizon",
            value=f"--target {target:g} --horizon {horizon}",
            fix="leave one out",
        )
    plans = {text: _lr(text) for text in schedule}
    updates(horizon or 0, "the run to predict")
    logs = (log, *logs)
    refuse_twice(logs)
    refuse_overwriting(html, (*logs, fitting.prior), "--html forecast.html")
    runs = [fitting.run(path) for path in logs]
    refuse_copies(logs, runs)
    curves = [run.curve for run in runs]
    fitted = fitting.fit(curves)
    doubts = of_runs(fitted, runs)
    if target is not None:
        farthest = FARTHEST * fitted.seen_steps
        updates(farthest, f"{FARTHEST} times the longest log", fix="--horizon, without --target")
        with clock_by_options({}):
            reaches = {text: steps_to(fitted, target, lr, peak_lr) for text, lr in plans.items()}
        peaks = [
            peak_lr * float(plans[text].over(reach.horizon).values().max())
            for text, reach in reaches.items()
            if reach.horizon is not None
        ]
        if html is not None:
            from lehr.report.reach_page import reaching, write_page

            shown = reaching(fitted, curves, plans, reaches, peak_lr)
            write_page(shown, reaches, target, html, doubts)
        if json:
            steps = {text: asdict(reach) for text, reach in reaches.items()}
            asked = {"peak_lr": peak_lr, "target": target}
            outside = {"peak_lr": any(unseen(fitted, peak) for peak in peaks)}
            told = {**about(fitted, runs), **asked, "extrapolates": outside}
            print_json({**told, "steps": steps})
        elif html is not None:
            stdout().print(Text(f"page: {html}"), soft_wrap=True)
        else:
            draw_reaches(fitted, reaches, target, peaks=peaks, doubts=doubts, console=stdout())
        return 0
    if horizon is None:
        raise UsageError("nothing says how long the run is", fix="--horizon 10000, or --target 3.0")
    with clock_by_options({}):
        expected = [
            expect(fitted, lr, peak_lr=peak_lr, horizon=horizon, text=text)
            for text, lr in plans.items()
        ]
    found = forecast(fitted, curves, expected)
    if html is not None:
        from lehr.report.forecast_page import write_page  # plotly takes a moment

        write_page(found, html, doubts)
    if json:
        print_json({**about(fitted, runs), **_document(found, peak_lr)})
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        draw(found, doubts, stdout())
    return 0


def _lr(text: str) -> Schedule:
    """Return the schedule of the lr.

    Raises:
        UsageError: it is a plan of more than that.
    """
    schedules = Plan.of(parse(text)).schedules
    others = [name for name in schedules if name != "lr"]
    if others:
        raise UsageError(
            f"no law knows what a schedule of {' or '.join(others)} does",
            value=f"--schedule {shlex.quote(text)}",
            rule="what changes in the run is the lr alone",
            fix=f"--schedule {shlex.quote(str(schedules['lr']))}",
        )
    return schedules["lr"]


def _document(found: Forecast, peak_lr: float) -> dict[str, object]:
    fitted, at = found.law, stated(found.horizon)
    said = [(one.schedule, one.at(at)) for one in found.expected]
    return {
        "parameters": fitted.parameters,
        "determined": fitted.determined,
        "peak_lr": peak_lr,
        "horizon": found.horizon,
        "extrapolates": {
            "peak_lr": any(unseen(fitted, reached(one)) for one in found.expected),
            "horizon": found.stretch > 1,
        },
        "forecasts": [
            {
                "schedule": text,
                "steps": at.astype(int).tolist(),
                "mean": prediction.mean.tolist(),
                "sd": prediction.sd.tolist(),
            }
            for text, prediction in said
        ],
    }
