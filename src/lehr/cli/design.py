"""`lehr design`: which schedule would be best, by the runs I have?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from cyclopts import App
from rich.console import Console
from rich.text import Text

from lehr.cli.forecast_terminal import draw_losses, tell
from lehr.cli.output import print_json, stdout
from lehr.cli.runs import USUAL, Fitting
from lehr.errors import UsageError
from lehr.laws import Design, design, fit
from lehr.report import numerals
from lehr.report.design_forecast import design_forecast
from lehr.report.forecast import Forecast
from lehr.report.forecast_doubts import of_design, of_parameters

EXAMPLES = """\
LOG is a run of the same model and data, as for `lehr forecast`. A design
stays within the peak lrs that the runs have seen, and falls back to linear
decay where the law cannot tell the difference. Train it against what you use:
a law is no proof.

Examples:
  lehr design a.csv b.csv c.csv --horizon 50000 --weight-decay 0.1
  lehr design runs/*.csv --horizon 50000 --warmup 300 --html design.html
  lehr design a.csv b.csv --after running.csv --horizon 50000
"""

app = App(name="design", help_epilogue=EXAMPLES)


@app.default
def design_schedule(
    log: Path,
    /,
    *logs: Path,
    horizon: int,
    warmup: int | None = None,
    after: Path | None = None,
    html: Path | None = None,
    json: bool = False,
    fitting: Fitting = USUAL,
) -> int:
    """Design the best schedule and peak lr, from runs that were logged.

    Args:
        log: a run.
        logs: more of them.
        horizon: optimizer steps of the run to design.
        warmup: its updates of warmup; by default 1 % of the horizon.
        after: a run in training; it takes part, and only what is left of it is designed.
        html: write a page with the curves to this file.
        json: write the design as JSON.
        fitting: how the logs are read.
    """
    if after is not None and html is not None:
        raise UsageError(
            "a page shows whole runs",
            value=f"--after {after} --html {html}",
            rule="of a run in training only what is left is designed",
            fix="leave out --html",
        )
    curves = [fitting.curve(path) for path in (log, *logs)]
    running = [] if after is None else [fitting.curve(after)]
    fitted = fit([*curves, *running], fitting.law)
    past = running[0].lr if running else None
    found = design(fitted, horizon=horizon, warmup_steps=warmup, past=past)
    shown = design_forecast(found, fitted, [*curves, *running], horizon, past)
    if html is not None:
        from lehr.report.design_page import write_page  # plotly takes a moment

        write_page(found, shown, html)
    if json:
        print_json(
            {
                "law": fitting.law,
                "misfit": fitted.misfit,
                "holds": fitted.holds,
                "horizon": horizon,
                "after": 0 if past is None else len(past),
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
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        _draw(found, shown, stdout(), made=0 if past is None else len(past))
    return 0


def _draw(found: Design, shown: Forecast, console: Console, *, made: int) -> None:
    draw_losses(shown, console)
    console.print(Text(shown.expected[0].label, style="bold"), soft_wrap=True)
    if made:
        left = numerals.plural(shown.horizon - made, "step")
        console.print(f"over the {left} that are left, from step {numerals.count(made)} on")
    console.print(f"predicted loss {found.predicted:.4f} ± {found.sd:.4f}")
    for name, gain in (("linear", found.over_linear), ("cosine", found.over_cosine)):
        console.print(f"over {name} at its own best peak lr: {gain.mean:.4f} ± {gain.sd:.4f}")
    runs = numerals.plural(len(shown.runs), "run")
    console.print(Text(f"{shown.law.form.name} law, fitted on {runs}", style="dim"))
    doubts = [
        *of_design(shown.law, found, shown.horizon),
        *of_parameters(shown.law, shown.expected[0].slopes),
    ]
    tell(doubts, console)
