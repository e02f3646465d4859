"""All readers, and how a log that was named on a command line is read."""

from __future__ import annotations

import csv
import difflib
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from lehr.errors import UsageError
from lehr.logs.delimited import CSV
from lehr.logs.json_rows import JSON
from lehr.logs.lightning import LIGHTNING
from lehr.logs.log import Log
from lehr.logs.mlflow_database import MLFLOW_DATABASE
from lehr.logs.mlflow_export import MLFLOW_EXPORT
from lehr.logs.mlflow_folder import MLFLOW_FOLDER
from lehr.logs.reader import Asked, Reader
from lehr.logs.runs import SEPARATOR, listed
from lehr.logs.tensorboard import TENSORBOARD
from lehr.logs.trackio import TRACKIO
from lehr.logs.trainer_state import TRAINER_STATE
from lehr.logs.wandb_chart import WANDB_CHART
from lehr.logs.wandb_offline import WANDB_OFFLINE

READERS: tuple[Reader, ...] = (
    TRAINER_STATE,
    LIGHTNING,
    TENSORBOARD,
    MLFLOW_FOLDER,
    MLFLOW_DATABASE,
    MLFLOW_EXPORT,
    TRACKIO,
    WANDB_CHART,
    WANDB_OFFLINE,
    JSON,
    CSV,
)
"""The first that claims a path reads it, so what is special comes before what is general."""

SUFFIXES = (".csv", ".jsonl", ".json")
READABLE = (
    f"a file that ends in {', '.join(SUFFIXES)}, or a log of the Hugging Face Trainer, Lightning, "
    "TensorBoard, MLflow, W&B or trackio: docs/logs.md"
)
"""What can be read, in a few words."""
PATH = re.compile(r"""[^()"'\s][^()"']*(\.[A-Za-z]\w*|(?<!\s)[/\\](?!\s)[^()"']*)""")
"""Words that no schedule is: with a separator of folders in them, or the ending of a file."""
DEEPEST = 3
"""Levels of folders that are looked through for logs to name."""


def read(path: Path, *, step_column: str | None = None) -> Log:
    """Read a log.

    Args:
        path: of a file or folder that one of `READERS` claims; `FILE::RUN` for a run of a file
            that holds several.
        step_column: which column is the optimizer step. None (default): `step`, `global_step`, …

    Raises:
        UsageError: no such log, another format, or a file that cannot be read as its own.
        MissingError: a format whose own library reads it, which is not installed.
    """
    path, run = _split(path)
    path = path if path.name else path.resolve()  # `.` has no name to call the log by
    if not path.exists():
        raise UsageError("there is no such log", value=str(path), rule=READABLE, fix=_near(path))
    try:
        reader = next((reader for reader in READERS if reader.claims(path)), None)
        if reader is None:
            raise _unclaimed(path)
        if run is not None and not reader.has_runs:
            raise UsageError(
                f"{path.name} is the log of one run", value=f"{SEPARATOR}{run}", fix=str(path)
            )
        if step_column is not None and not reader.has_columns:
            raise UsageError(
                f"{path.name} says the step of each value itself",
                value=f"--step-column {step_column}",
                rule="a column of steps is of a table",
                fix="leave it out",
            )
        return reader.read(path, Asked(run=run, step_column=step_column))
    except UsageError:
        raise
    except (OSError, csv.Error, ValueError, RecursionError) as error:
        raise UsageError(f"{path.name} cannot be read: {error}", value=str(path)) from error


def logs_in(path: Path) -> list[Path]:
    """Return the path if it is a log, else the logs in that folder and below.

    A `.json` in a folder is a log only if its own name is given, for most are something else.

    Raises:
        UsageError: there is none.
    """
    file = _split(path)[0]
    if not file.is_dir() or any(reader.claims(file) for reader in READERS):
        return [path]
    found = list(_below(path, DEEPEST))
    if not found:
        raise UsageError("there is no log in this folder", value=str(path), rule=READABLE)
    return found


def is_log(text: str) -> bool:
    """Say whether a word of a command line names a log rather than a schedule.

    >>> is_log("cosine()"), is_log("nowhere.csv"), is_log("nowhere.db::run"), is_log("runs/a")
    (False, True, True, True)
    """
    named = text.lower().endswith(SUFFIXES) or SEPARATOR in text or bool(PATH.fullmatch(text))
    return named or os.path.exists(text)  # noqa: PTH110 - Path.exists raises where a text is too long for a path


def _near(path: Path) -> str | None:
    """Return what beside a path that is not there has nearly its name."""
    beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    return f"{shlex.quote(str(path.with_name(near[0])))}, if that is meant" if near else None


def is_of_log(path: Path) -> bool:
    """Say whether a file in a folder of logs is one or a part of one, or would be taken for it."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return path.exists() and TRAINER_STATE.claims(path)
    return suffix in SUFFIXES or (path.is_file() and suffix != ".html")


def file_of(path: Path) -> Path:
    """Return the file or folder of a log, without the run in it that may be named."""
    return _split(path)[0]


def _split(path: Path) -> tuple[Path, str | None]:
    if SEPARATOR not in str(path) or path.exists():
        return path, None
    file, _, run = str(path).partition(SEPARATOR)
    return Path(file), run


def _unclaimed(path: Path) -> UsageError:
    if not path.is_dir():
        return UsageError("this is no log that can be read", value=str(path), rule=READABLE)
    below = list(_below(path, DEEPEST))
    return UsageError(
        f"{path} is not the folder of one run",
        value=f"in it: {listed(below)}" if below else "no log in it",
        rule="name one run's folder" if below else READABLE,
        fix=shlex.quote(str(below[0])) if below else None,
    )


def _below(folder: Path, levels: int) -> Iterator[Path]:
    """Yield the logs in a folder, and in those below that are no log themselves."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name.startswith("."):
            continue
        if path.suffix != ".json" and any(reader.claims(path) for reader in READERS):
            yield path
        elif path.is_dir() and levels > 1:
            yield from _below(path, levels - 1)
