"""`lehr forecast`: what loss will this schedule reach?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from lehr.catalog import parse
from lehr.cli.output import print_json, stdout
from lehr.cli.runs import USUAL, Fitting
from lehr.errors import UsageError
from lehr.report import numerals
from lehr.schedule import Plan

EXAMPLES = """\
LOG is a run of the same model and data: a .csv, .jsonl or .json
(trainer_state.json) whose rows hold step, lr and loss. Two or more at
different peak lrs tell most.

Examples:
  lehr forecast a.csv b.csv --schedule 'warmup(300) >> linear()' \\
    --horizon 50000 --peak-lr 1e-3 --weight-decay 0.1
  lehr forecast a.csv b.csv --schedule 'cosine()' 'wsd()' --horizon 50000 \\
    --peak-lr 1e-3 --json
"""

WITHIN = 1.645
"""Standard deviations on either side that hold nine of ten."""

app = App(name="forecast", help_epilogue=EXAMPLES)


@app.default
def forecast(
    log: Path,
    /,
    *logs: Path,
    schedule: Annotated[tuple[str, ...], Parameter(consume_multiple=True)],
    horizon: int,
    peak_lr: float,
    json: bool = False,
    fitting: Fitting = USUAL,
) -> int:
    """Predict the loss that schedules will reach, from runs that were logged.

    Args:
        log: a run.
        logs: more of them.
        schedule: text of a schedule, or of several.
        horizon: optimizer steps of the run to predict.
        peak_lr: the lr that the schedule multiplies.
        json: write the curves as JSON.
        fitting: how the logs are read.
    """
    if horizon < 1 or not (np.isfinite(peak_lr) and peak_lr > 0):
        raise UsageError(
            "there is no such run",
            value=f"--horizon {horizon} --peak-lr {peak_lr:g}",
            rule="at least one step, and a peak lr above 0",
        )
    logs = (log, *logs)
    fitted = fitting.fitted(logs)
    at = np.unique(np.linspace(1, horizon, 21).round())
    found: list[dict[str, object]] = []
    table = Table(box=None, pad_edge=False)
    for heading in ("schedule", "loss at the end", "90 % within"):
        table.add_column(heading, justify="left" if heading == "schedule" else "right")
    for text in dict.fromkeys(schedule):
        lr = peak_lr * Plan.of(parse(text)).schedules["lr"].over(horizon).values()
        said = fitted.predict(lr, at)
        end, spread = float(said.mean[-1]), WITHIN * float(said.sd[-1])
        table.add_row(text, f"{end:.4f}", f"{end - spread:.4f} to {end + spread:.4f}")
        found.append(
            {
                "schedule": text,
                "steps": at.astype(int).tolist(),
                "mean": said.mean.tolist(),
                "sd": said.sd.tolist(),
            }
        )
    outside = not fitted.seen_lr[0] <= peak_lr <= fitted.seen_lr[1] * (1 + 1e-9)
    if json:
        print_json(
            {
                "law": fitting.law,
                "parameters": fitted.parameters,
                "determined": fitted.determined,
                "misfit": fitted.misfit,
                "holds": fitted.holds,
                "peak_lr": peak_lr,
                "horizon": horizon,
                "extrapolates": {"peak_lr": outside, "horizon": horizon > fitted.seen_steps},
                "forecasts": found,
            }
        )
        return 0
    console = stdout()
    console.print(table)
    runs = numerals.plural(len(logs), "run")
    longest = numerals.plural(fitted.seen_steps, "step")
    words = f"{fitting.law} law, fitted on {runs} of at most {longest}"
    console.print(Text(f"{words}, {100 * fitted.misfit:.2f} % off", style="dim"), soft_wrap=True)
    if not fitted.holds:
        words = f"{fitted.trouble}: do not rely on this"
        console.print(Text(words, style="yellow"), soft_wrap=True)
    unknown = [name for name, share in fitted.determined.items() if share < 0.5]
    if unknown:
        said_by = f"only the prior knows {', '.join(unknown)}; a short cooldown would tell more"
        console.print(Text(said_by, style="yellow"), soft_wrap=True)
    if outside:
        low, high = fitted.seen_lr
        seen = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
        warning = f"no run had a peak lr of {peak_lr:g} (seen: {seen}); take this with care"
        console.print(Text(warning, style="yellow"), soft_wrap=True)
    return 0
