"""`lehr design`: which schedule would be best, by the runs I have?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from lehr.cli.design_terminal import draw_design, draw_trunk
from lehr.cli.output import print_json, stderr, stdout
from lehr.cli.progress import busy
from lehr.cli.runs import USUAL, Fitting, about, refuse_copies, refuse_overwriting, refuse_twice
from lehr.errors import UsageError
from lehr.laws import Law, design, trunk
from lehr.laws.curve import Array
from lehr.logs.log import updates
from lehr.report.design_forecast import design_forecast
from lehr.report.logged import Logged, of_runs
from lehr.report.trunk_forecast import trunk_forecast

EXAMPLES = """\
LOG is a run of the same model and data, as for `lehr forecast`. A design
stays within the peak lrs that the runs have seen, and falls back to linear
decay where the law cannot tell the difference. If a run was as long as the
horizon and ended lower than any design is forecast to, it is that run again.
Train it against what you use: a law is no proof. What is left of a run in
training (--after) is linear unless another decay gains more than its own ±,
for that run is not tried again.

Several horizons make a trunk: warmup and hold at one peak lr, from which a
cooldown branches off for each of them.

Examples:
  lehr design a.csv b.csv c.csv --horizon 50000 --weight-decay 0.1
  lehr design runs/*.csv --horizon 50000 --warmup 300 --html design.html
  lehr design a.csv b.csv --after running.csv --horizon 50000
  lehr design a.csv b.csv --horizon 10000 20000 50000 --cooldown 30%
"""

USAGE = "Usage: lehr design LOG... --horizon STEPS... [OPTIONS]"

app = App(name="design", usage=USAGE, help_epilogue=EXAMPLES)


@app.default
def design_schedule(
    *logs: Path,
    horizon: Annotated[tuple[int | Path, ...], Parameter(consume_multiple=True)],
    warmup: int | None = None,
    cooldown: str | None = None,
    after: Path | None = None,
    html: Path | None = None,
    json: bool = False,
    fitting: Fitting = USUAL,
) -> int:
    """Design the best schedule and peak lr, from runs that were logged.

    Args:
        logs: the runs.
        horizon: optimizer steps of the run to design, or of several that share a trunk; logs may
            follow.
        warmup: its updates of warmup; by default 1 % of the horizon, of several the shortest.
        cooldown: of several horizons, the share that a cooldown may take at the most, as 30%.
        after: a run in training; it takes part, and only what is left of it is designed.
        html: write a page with the curves to this file.
        json: write the design as JSON.
        fitting: how the logs are read.
    """
    logs = (*logs, *(word for word in horizon if isinstance(word, Path)))
    _refuse_counts(horizon)
    horizons = [word for word in horizon if isinstance(word, int)]
    if not (logs or after) or not horizons:
        raise UsageError(
            "a design needs runs and a horizon",
            value=f"{len(logs)} logs, {len(horizons)} horizons",
            fix="lehr design LOG... --horizon STEPS",
        )
    if len(horizons) > 1 and after is not None:
        raise UsageError(
            "a run in training has one horizon",
            value=f"--after {after} --horizon {' '.join(map(str, horizons))}",
            fix=f"--horizon {horizons[0]}",
        )
    if len(horizons) == 1 and cooldown is not None:
        raise UsageError(
            "only the cooldowns of a trunk are limited",
            value=f"--cooldown {cooldown} --horizon {horizons[0]}",
            rule="a trunk has several horizons",
            fix="leave out --cooldown",
        )
    if cooldown is not None and _number(cooldown) is not None:
        share = _number(cooldown) or 0.0
        percent = 100 * share if share < 1 else share
        raise UsageError(
            "a limit for cooldowns is a share, with its %",
            value=f"--cooldown {cooldown}",
            rule="a share of the horizon, less than all of it",
            fix=f"--cooldown {percent:g}%" if 0 < percent < 100 else "--cooldown 30%",
        )
    updates(max(horizons), "the run to design")
    logs = (*logs, *([after] if after else []))
    refuse_twice(logs)
    refuse_overwriting(html, (*logs, fitting.prior), "--html design.html")
    runs = [fitting.run(path) for path in logs]
    refuse_copies(logs, runs)
    law = fitting.fit([run.curve for run in runs])
    if len(horizons) == 1:
        past = None if after is None else runs[-1].made
        return _design(law, runs, horizons[0], warmup, past, html=html, json=json)
    return _trunk(law, runs, horizons, warmup, cooldown, html=html, json=json)


def _refuse_counts(words: Sequence[int | Path]) -> None:
    """Refuse a horizon that would be taken for the name of a log, such as 5e4."""
    for word in words:
        steps = None if isinstance(word, int) or word.exists() else _number(str(word))
        if steps is not None:
            whole = isfinite(steps) and steps.is_integer() and steps >= 1
            raise UsageError(
                f"{word} is no number of steps",
                value=f"--horizon {word}",
                rule="a horizon is a whole number of optimizer steps, in digits",
                fix=f"--horizon {steps:.0f}" if whole else "--horizon 10000",
            )


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _design(
    law: Law,
    runs: Sequence[Logged],
    horizon: int,
    warmup: int | None,
    past: Array | None,
    *,
    html: Path | None,
    json: bool,
) -> int:
    with busy(stderr(), f"designing a schedule for {horizon:,} steps"):
        found = design(law, horizon=horizon, warmup_steps=warmup, past=past)
    shown = design_forecast(found, law, [run.curve for run in runs], horizon, past)
    doubts = of_runs(law, runs)
    made = 0 if past is None else len(past)
    if html is not None:
        from lehr.report.design_page import write_page  # plotly takes a moment

        write_page(found, shown, html, made=made, doubts=doubts)
    if json:
        print_json(
            {
                **about(law, runs),
                "horizon": horizon,
                "after": made,
                "schedule": str(found.schedule),
                "peak_lr": found.peak_lr,
                "predicted": found.predicted,
                "sd": found.sd,
                "over_linear": asdict(found.over_linear),
                "over_cosine": asdict(found.over_cosine),
                "fell_back": found.fell_back,
                "again": found.again,
                "at_edge": found.at_edge,
            }
        )
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        draw_design(found, shown, doubts, stdout(), made=made)
    return 0


def _trunk(
    law: Law,
    runs: Sequence[Logged],
    horizons: Sequence[int],
    warmup: int | None,
    cooldown: str | None,
    *,
    html: Path | None,
    json: bool,
) -> int:
    with busy(stderr(), f"designing a trunk for {len(horizons)} horizons"):
        found = trunk(law, horizons=horizons, warmup_steps=warmup, longest=cooldown)
    shown = trunk_forecast(found, law, [run.curve for run in runs])
    doubts = of_runs(law, runs)
    if html is not None:
        from lehr.report.trunk_page import write_page  # plotly takes a moment

        write_page(found, shown, html, doubts)
    if json:
        print_json(
            {
                **about(law, runs),
                "trunk": str(found.schedule),
                "peak_lr": found.peak_lr,
                "branches": [
                    {
                        "horizon": branch.horizon,
                        "begins": branch.begins,
                        "schedule": str(branch.schedule),
                        "predicted": branch.predicted,
                        "sd": branch.sd,
                        "loses": asdict(branch.loses),
                        "alone": {
                            "schedule": str(branch.alone.schedule),
                            "peak_lr": branch.alone.peak_lr,
                            "predicted": branch.alone.predicted,
                            "sd": branch.alone.sd,
                        },
                    }
                    for branch in found.branches
                ],
                "steps": found.steps,
                "separate": found.separate,
                "loses": asdict(found.loses),
                "shorter": [asdict(one) for one in found.shorter],
                "fell_back": found.fell_back,
                "at_edge": found.at_edge,
            }
        )
    elif html is not None:
        stdout().print(Text(f"page: {html}"), soft_wrap=True)
    else:
        draw_trunk(found, shown, doubts, stdout())
    return 0
