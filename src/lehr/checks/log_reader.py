"""Read a run's log: CSV, JSON lines, or the `trainer_state.json` of Transformers."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from lehr.checks.run_log import RunLog
from lehr.errors import UsageError, did_you_mean
from lehr.schedule.checked import MOST_STEPS

STEP = ("step", "global_step", "_step", "iteration", "iter")
LR = ("lr", "learning_rate")
LOSS = ("loss", "train_loss", "training_loss")
"""Names a column may have, also after a slash (`train/lr`); the first that is there counts."""

Row = Mapping[str, object]


def read_log(
    path: Path,
    *,
    lr_column: str | None = None,
    step_column: str | None = None,
    loss_column: str | None = None,
) -> RunLog:
    """Read a log. Rows without a learning rate (evaluations, mostly) are left out.

    Args:
        path: of a `.csv`, a `.jsonl`, or a `.json` that holds rows or a `log_history` of rows.
        lr_column: which column is the lr. None (default): `lr` or `learning_rate`.
        step_column: which is the optimizer step. None (default): `step`, `global_step`, …
        loss_column: which is the training loss. None (default): `loss` or `train_loss`, if any.

    Raises:
        UsageError: no such file, another format, no such column, or a row that cannot be read.
    """
    reader = READERS.get(path.suffix)
    if reader is None or not path.is_file():
        raise UsageError(
            "there is no such log" if reader else "this is no log that can be read",
            value=str(path),
            rule=f"a file that ends in {', '.join(READERS)}",
        )
    try:
        rows, about = reader(path)
    except (UnicodeDecodeError, csv.Error, ValueError, RecursionError) as error:
        raise UsageError(f"{path.name} cannot be read: {error}", value=str(path)) from error
    names = list(dict.fromkeys(name for row in rows for name in row))
    step, lr = _column(names, step_column, STEP, "step"), _column(names, lr_column, LR, "lr")
    loss = _column(names, loss_column, LOSS, "loss", needed=loss_column is not None)
    kept = [(place, row) for place, row in enumerate(rows) if row.get(lr) not in (None, "")]
    if not kept:
        raise UsageError(f"no row of {path.name} has a {lr}", value=f"{len(rows)} rows")
    steps = [_step(row.get(step), step, place) for place, row in kept]
    losses = [_loss(row.get(loss), loss, place) for place, row in kept] if loss else None
    return RunLog(
        steps=np.array(steps, np.int64),
        lr=np.array([_number(row[lr], lr, place) for place, row in kept]),
        loss=None if losses is None else np.array(losses),
        horizon=_whole(about.get("max_steps")),
        steps_per_epoch=_per_epoch(rows) if about else None,
    )


def _csv(path: Path) -> tuple[list[Row], Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [cast("Row", row) for row in csv.DictReader(file)], {}


def _lines(path: Path) -> tuple[list[Row], Row]:
    with path.open(encoding="utf-8") as file:
        return _rows([json.loads(line) for line in file if line.strip()]), {}


def _document(path: Path) -> tuple[list[Row], Row]:
    document: object = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        return _rows(document), {}
    about = cast("Row", document)
    return _rows(about.get("log_history")), about


READERS: Mapping[str, Callable[[Path], tuple[list[Row], Row]]] = {
    ".csv": _csv,
    ".jsonl": _lines,
    ".json": _document,
}
"""File name's end -> what reads its rows, and what the file says about the run."""


def _rows(document: object) -> list[Row]:
    rows = cast("list[object]", document) if isinstance(document, list) else []
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it holds no list of rows (objects with a step and an lr)")
    return [cast("Row", row) for row in rows]


def _column(
    names: Sequence[str], asked: str | None, usual: Sequence[str], what: str, needed: bool = True
) -> str:
    if asked is not None:
        found = asked if asked in names else None
    else:
        tails = {name.rpartition("/")[2].lower(): name for name in reversed(names)}
        found = next((tails[name] for name in usual if name in tails), None)
    if found is None and needed:
        raise UsageError(
            f"the log has no column {asked or ' or '.join(usual)}",
            value=f"columns: {', '.join(map(str, names))}",
            fix=did_you_mean(asked, names) if asked else f"--{what}-column NAME",
        )
    return found or ""


def _step(value: object, name: str, place: int) -> int:
    number = _number(value, name, place)
    if not number.is_integer() or number > MOST_STEPS:
        raise UsageError(
            f"row {place + 1} has no step",
            value=f"{name} = {value!r}",
            rule="optimizer steps are whole numbers of at most 2**53",
            fix="--step-column NAME",
        )
    return int(number)


def _number(value: object, name: str, place: int) -> float:
    if value is None or value == "":
        return math.nan
    try:
        if not isinstance(value, bool):
            return float(cast("str", value))
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(f"row {place + 1} holds no number", value=f"{name} = {str(value)[:40]!r}")


def _loss(value: object, name: str, place: int) -> float:
    """Read a loss; one that was logged and is no number is infinite, for NaN stands for none."""
    number = _number(value, name, place)
    logged = value is not None and value != ""
    return math.inf if logged and math.isnan(number) else number


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _per_epoch(rows: Sequence[Row]) -> int | None:
    """Return the steps in an epoch by the last row of a trainer's state."""
    step, epoch = rows[-1].get("step"), rows[-1].get("epoch")
    if isinstance(step, int) and isinstance(epoch, int | float) and step >= epoch > 0:
        return round(step / epoch)
    return None
