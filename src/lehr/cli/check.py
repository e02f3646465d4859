"""`lehr check`: what is wrong with this schedule, or with the lr of that run?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from lehr.catalog import parse
from lehr.checks import (
    Finding,
    Optimizer,
    Setting,
    Severity,
    alarming,
    check,
    check_log,
    check_of,
    page,
    read_log,
)
from lehr.cli.durations import OPTIONS, clock_by_options
from lehr.cli.output import print_json, stdout
from lehr.errors import UsageError
from lehr.logs import is_log
from lehr.logs.listing import READABLE
from lehr.report import numerals
from lehr.schedule import Clock

EXAMPLES = """\
SCHEDULE is a text as for `lehr show`. LOG is a .csv, .jsonl or .json, or what
the Hugging Face Trainer, Lightning, TensorBoard, MLflow or W&B has written:
a file or a folder, FILE::RUN where a file holds several runs (docs/logs.md).
docs/checks.md lists all checks.

Examples:
  lehr check 'warmup(500) >> hold()' --horizon 10000
  lehr check 'cosine()' --horizon 10000 --optimizer adamw --peak-lr 3e-3
  lehr check log.csv --lr-column train/lr --horizon 10000
  lehr check output/checkpoint-500 --ignore LR003
  lehr check lightning_logs/version_0 --lr-column lr-AdamW/pg1
  lehr check --explain LR021

Exit code: 0 nothing but information, 1 a warning or an error was found.
"""

DEFAULT_HORIZON = 10_000
"""Steps a schedule is checked over if nobody says how many, as in `lehr show`."""

CLOCK = {**OPTIONS, "samples_per_step": "--batch-size"}
"""What durations need to be steps, by the options of this verb."""

STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "dim"}

app = App(name="check", help_epilogue=EXAMPLES)


@app.default
def check_target(
    target: Annotated[str | None, Parameter(name="TARGET", show_default=False)] = None,
    /,
    *,
    horizon: int | None = None,
    peak_lr: float | None = None,
    optimizer: Optimizer | None = None,
    weight_decay: float | None = None,
    betas: tuple[float, float] | None = None,
    stable_lr: float | None = None,
    batch_size: int | None = None,
    steps_per_epoch: int | None = None,
    tokens_per_step: int | None = None,
    lr_column: str | None = None,
    step_column: str | None = None,
    loss_column: str | None = None,
    ignore: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    explain: str | None = None,
    json: bool = False,
) -> int:
    """Check a schedule, or the log of a finished run.

    Args:
        target: SCHEDULE or LOG.
        horizon: optimizer steps of the run; by default 10,000, or the log's.
        peak_lr: the optimizer's own lr, which the schedule multiplies.
        optimizer: its family.
        weight_decay: its coefficient.
        betas: Adam's two.
        stable_lr: the largest lr known to be stable here.
        batch_size: samples of one optimizer step over all devices.
        steps_per_epoch: optimizer steps in an epoch.
        tokens_per_step: for durations such as "2e9tok".
        lr_column: the log's column of learning rates.
        step_column: the log's column of optimizer steps.
        loss_column: the log's column of training losses.
        ignore: codes of checks to leave out.
        explain: say what there is to know about the check of this code.
        json: write the findings as JSON.
    """
    if explain is not None:
        return _explain(explain)
    target, ignore = _told(target, ignore)
    if target is None:
        raise UsageError(
            "there is nothing to check",
            rule=f"a schedule; {READABLE}",
            fix="lehr check 'warmup(500) >> cosine()' --horizon 10000",
        )
    setting = Setting(
        peak_lr=peak_lr,
        optimizer=optimizer,
        weight_decay=weight_decay,
        betas=betas,
        stable_lr=stable_lr,
        clock=Clock(
            steps_per_epoch=steps_per_epoch,
            tokens_per_step=tokens_per_step,
            samples_per_step=batch_size,
        ),
    )
    columns = {"lr_column": lr_column, "step_column": step_column, "loss_column": loss_column}
    if is_log(target):
        log = read_log(Path(target), **columns)
        _refuse_shorter(horizon, int(log.steps[-1]))
        findings = check_log(log, horizon=horizon, setting=setting, ignore=ignore)
        steps = horizon or log.horizon
        subject = f"{numerals.plural(len(log.lr), 'row')} of {target}"
    else:
        _no_columns(columns)
        steps = DEFAULT_HORIZON if horizon is None else horizon
        with clock_by_options(CLOCK):
            findings = check(parse(target), horizon=steps, setting=setting, ignore=ignore)
        subject = target
    if json:
        found = [asdict(finding) for finding in findings]
        print_json({"target": target, "horizon": steps, "findings": found})
    else:
        over = f" over {numerals.plural(steps, 'step')}" if steps else ""
        _print(f"{subject}{over}", findings, stdout())
    return 1 if alarming(findings) else 0


def _told(target: str | None, ignore: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Part what follows --ignore into codes and a target that stands behind them."""
    joined = next((word for word in ignore if re.fullmatch(r"LR\d+(,LR\d+)+,?", word)), None)
    if joined is not None:
        raise UsageError(
            "codes to ignore are words of their own",
            value=f"--ignore {joined}",
            fix=f"--ignore {joined.replace(',', ' ').strip()}",
        )
    if target is None and ignore[1:] and not ignore[-1].upper().startswith("LR"):
        return ignore[-1], ignore[:-1]
    return target, ignore


def _refuse_shorter(horizon: int | None, last: int) -> None:
    if horizon is not None and 0 < horizon < last:
        raise UsageError(
            "the log goes beyond this horizon",
            value=f"--horizon {horizon}, and the last row is of step {last}",
            rule="the horizon is that of the run: all the steps that were planned",
            fix=f"--horizon {last + 1}, or without it",
        )


def _explain(code: str) -> int:
    print(page.explain(check_of(code)), end="")
    return 0


def _no_columns(columns: dict[str, str | None]) -> None:
    named = next((name for name, value in columns.items() if value is not None), None)
    if named is not None:
        raise UsageError(
            "a schedule has no columns",
            value=f"--{named.replace('_', '-')} {columns[named]}",
            rule=f"columns are of a log: {READABLE}",
        )


def _print(subject: str, findings: Sequence[Finding], console: Console) -> None:
    console.print(Text(subject, style="bold"), soft_wrap=True)
    for finding in findings:
        style = STYLES[finding.severity]
        where = "" if finding.step is None else f" (step {numerals.count(finding.step)})"
        head = Text.assemble((f"{finding.code} {finding.severity:8}", style), finding.title)
        console.print(head, soft_wrap=True)
        for label, words in (
            ("what", f"{finding.what}{where}"),
            ("try", finding.fix),
            ("type", finding.schedule),
        ):
            if words:
                green = "green" if label == "type" else ""
                line = Text.assemble((f"  {label:5}", "dim"), (words, green))
                console.print(line, soft_wrap=True)
    console.print(_summary(findings))


def _summary(findings: Sequence[Finding]) -> Text:
    if not findings:
        return Text("nothing found", style="green")
    counts = {level: sum(f.severity == level for f in findings) for level in STYLES}
    words = [numerals.plural(counts[level], level) for level in ("error", "warning")]
    found = [word for word, level in zip(words, STYLES, strict=False) if counts[level]]
    found += [f"{counts['info']} for information"] if counts["info"] else []
    return Text(f"{', '.join(found)}; lehr check --explain {findings[0].code}", style="dim")
