"""`lehr forecast`: what loss will this schedule reach?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import App, Parameter
from rich.text import Text

from lehr.catalog import parse
from lehr.cli.forecast_terminal import draw, draw_reaches
from lehr.cli.output import print_json, stdout
from lehr.cli.runs import USUAL, Fitting, about
from lehr.errors import UsageError
from lehr.laws import steps_to
from lehr.report.forecast import Forecast, expect, forecast, stated
from lehr.report.forecast_doubts import unseen
from lehr.schedule import Plan

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
    logs = (log, *logs)
    curves = [fitting.curve(path) for path in logs]
    fitted = fitting.fit(curves)
    plans = {text: Plan.of(parse(text)).schedules["lr"] for text in schedule}
    if target is not None:
        reaches = {text: steps_to(fitted, target, lr, peak_lr) for text, lr in plans.items()}
        if html is not None:
            from lehr.report.reach_page import reaching, write_page

            write_page(reaching(fitted, curves, plans, reaches, peak_lr), reaches, target, html)
        if json:
            steps = {text: asdict(reach) for text, reach in reaches.items()}
            asked = {"peak_lr": peak_lr, "target": target}
            print_json({**about(fitted), **asked, "steps": steps})
        elif html is not None:
            stdout().print(Text(f"page: {html}"), soft_wrap=True)
        else:
            draw_reaches(fitted, reaches, target, peak_lr, stdout())
        return 0
    if horizon is None:
        raise UsageError("nothing says how long the run is", fix="--horizon 10000, or --target 3.0")
    expected = [
        expect(fitted, lr, peak_lr=peak_lr, horizon=horizon, text=text)
        for text, lr in plans.items()
    ]
    found = forecast(fitted, curves, expected)
    if html is not None:
        from lehr.report.forecast_page import write_page  # plotly takes a moment

        write_page(found, html)
    if json:
        print_json(_document(found, peak_lr))
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        draw(found, stdout())
    return 0


def _document(found: Forecast, peak_lr: float) -> dict[str, object]:
    fitted, at = found.law, stated(found.horizon)
    said = [(one.schedule, one.at(at)) for one in found.expected]
    return {
        **about(fitted),
        "parameters": fitted.parameters,
        "determined": fitted.determined,
        "peak_lr": peak_lr,
        "horizon": found.horizon,
        "extrapolates": {"peak_lr": unseen(fitted, peak_lr), "horizon": found.stretch > 1},
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
