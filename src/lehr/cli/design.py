"""`lehr design`: which schedule would be best, by the runs I have?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from cyclopts import App
from rich.text import Text

from lehr.cli.output import print_json, stdout
from lehr.cli.runs import USUAL, Fitting
from lehr.laws import design
from lehr.report import numerals

EXAMPLES = """\
LOG is a run of the same model and data, as for `lehr forecast`. A design
stays within the peak lrs that the runs have seen, and falls back to linear
decay where the law cannot tell the difference. Train it against what you use:
a law is no proof.

Examples:
  lehr design a.csv b.csv c.csv --horizon 50000 --weight-decay 0.1
  lehr design runs/*.csv --horizon 50000 --warmup 300 --skip 1000 --json
"""

app = App(name="design", help_epilogue=EXAMPLES)


@app.default
def design_schedule(
    log: Path,
    /,
    *logs: Path,
    horizon: int,
    warmup: int | None = None,
    json: bool = False,
    fitting: Fitting = USUAL,
) -> int:
    """Design the best schedule and peak lr, from runs that were logged.

    Args:
        log: a run.
        logs: more of them.
        horizon: optimizer steps of the run to design.
        warmup: its updates of warmup; by default 1 % of the horizon.
        json: write the design as JSON.
        fitting: how the logs are read.
    """
    logs = (log, *logs)
    fitted = fitting.fitted(logs)
    found = design(fitted, horizon=horizon, warmup_steps=warmup)
    if json:
        print_json(
            {
                "law": fitting.law,
                "misfit": fitted.misfit,
                "holds": fitted.holds,
                "horizon": horizon,
                "schedule": str(found.schedule),
                "peak_lr": found.peak_lr,
                "predicted": found.predicted,
                "sd": found.sd,
                "over_linear": asdict(found.over_linear),
                "over_cosine": asdict(found.over_cosine),
                "fell_back": found.fell_back,
                "at_edge": found.at_edge,
            }
        )
        return 0
    console = stdout()
    console.print(Text(f"{found.schedule} @ {found.peak_lr:.3g}", style="bold"), soft_wrap=True)
    console.print(f"  predicted loss {found.predicted:.4f} ± {found.sd:.4f}")
    for name, gain in (("linear", found.over_linear), ("cosine", found.over_cosine)):
        console.print(f"  over {name} at its own best peak lr: {gain.mean:.4f} ± {gain.sd:.4f}")
    if not fitted.holds:
        words = f"{fitted.trouble}, so this is linear at your best run's peak lr; lehr choose tries"
        console.print(Text(f"  {words}", style="yellow"), soft_wrap=True)
    elif found.fell_back:
        words = "no other schedule is better by more than the law can tell, so this is linear"
        console.print(Text(f"  {words}", style="yellow"), soft_wrap=True)
    if found.at_edge:
        words = f"it is the largest peak lr the runs have seen; a run at {2 * found.peak_lr:.3g}"
        console.print(Text(f"  {words} would tell whether more is better", style="yellow"))
    low, high = fitted.seen_lr
    if low == high:
        words = f"all runs had the peak lr {low:.3g}, so no other was considered"
        console.print(Text(f"  {words}", style="yellow"), soft_wrap=True)
    runs = numerals.plural(len(logs), "run")
    console.print(Text(f"  {fitting.law} law, fitted on {runs}", style="dim"))
    return 0
