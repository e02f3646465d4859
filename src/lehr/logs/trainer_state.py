"""Hugging Face Trainer: `trainer_state.json`, or the checkpoint or output folder it is in.

Transformers, `TrainerState` (`trainer_callback.py`): `log_history` holds a row for each log and
evaluation, `max_steps` the horizon, `global_step` the updates that were made; each checkpoint
repeats the history from the beginning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.table import Row, rows_of, table

FILE = "trainer_state.json"


def _state(path: Path) -> Path | None:
    """Find the file; of several checkpoints in an output folder, the last one's."""
    if path.is_file():
        return path if path.suffix.lower() == ".json" and _has_history(path) else None
    if (path / FILE).is_file():
        return path / FILE
    checkpoints = {
        int(found[1]): folder / FILE
        for folder in (path.iterdir() if path.is_dir() else ())
        if (found := re.fullmatch(r"checkpoint-(\d+)", folder.name)) and (folder / FILE).is_file()
    }
    return checkpoints[max(checkpoints)] if checkpoints else None


def _has_history(path: Path) -> bool:
    return '"log_history"' in path.read_text(encoding="utf-8", errors="replace")


def _claims(path: Path) -> bool:
    return _state(path) is not None


def _read(path: Path, asked: Asked) -> Log:
    document: object = json.loads((_state(path) or path).read_text(encoding="utf-8"))
    about: Row = cast("Row", document) if isinstance(document, dict) else {}
    rows = rows_of(about.get("log_history"))
    planned, made = about.get("max_steps"), about.get("global_step")
    return table(
        path.name,
        rows,
        step_column=asked.step_column,
        horizon=planned if isinstance(planned, int) and planned > 0 else None,
        steps_per_epoch=_per_epoch(rows),
        end=made if isinstance(made, int) and made > 0 else None,
    )


def _per_epoch(rows: Sequence[Row]) -> int | None:
    """Return the steps in an epoch by the last row."""
    step, epoch = rows[-1].get("step"), rows[-1].get("epoch")
    if isinstance(step, int) and isinstance(epoch, int | float) and step >= epoch > 0:
        return round(step / epoch)
    return None


TRAINER_STATE = Reader(
    name="Hugging Face Trainer",
    claims=_claims,
    read=_read,
    has_columns=True,
)
