"""MLflow: a run in the SQLite store (`mlflow.db`), which is opened for reading only.

`mlflow.store.tracking.dbmodels.models`: a NaN is a flag beside the value.
"""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path

from lehr.errors import UsageError
from lehr.logs.log import Log
from lehr.logs.mlflow_value import as_logged
from lehr.logs.reader import Asked, Reader
from lehr.logs.runs import SEPARATOR, chosen, listed
from lehr.logs.series import gather

MAGIC = b"SQLite format 3\0"


def _claims(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _read(path: Path, asked: Asked) -> Log:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as store:
            run = _run(store, path, asked.run)
            rows = store.execute(
                "SELECT key, timestamp, step, value, is_nan FROM metrics WHERE run_uuid = ?"
                " ORDER BY timestamp, rowid",
                (run,),
            ).fetchall()
    except sqlite3.Error as error:
        raise UsageError(
            f"{path.name} is no store of MLflow's that can be read: {error}", value=str(path)
        ) from error
    points = (
        (str(key), int(time), int(step), math.nan if is_nan else as_logged(float(value)))
        for key, time, step, value, is_nan in rows
    )
    return Log(name=f"{path.name}{SEPARATOR}{run}", series=gather(points))


def _run(store: sqlite3.Connection, path: Path, asked: str | None) -> str:
    """Return the id of the run that is meant, by its id or its name."""
    runs: dict[str, str] = {
        str(run): str(name or "")
        for run, name in store.execute(
            "SELECT run_uuid, name FROM runs WHERE lifecycle_stage = 'active' ORDER BY start_time"
        )
    }
    named = [run for run, name in runs.items() if asked and name == asked]
    if len(named) > 1:
        raise UsageError(
            f"{path.name} holds {len(named)} runs that are called {asked}",
            value=listed(named),
            rule="one run a log: FILE::RUN, by its id",
            fix=f"{path}::{named[0]}",
        )
    if named:
        return named[0]
    if asked is None and len(runs) > 1:
        raise UsageError(
            f"{path.name} holds {len(runs)} runs",
            value=listed(f"{run} ({name})" for run, name in runs.items()),
            rule="one run a log: FILE::RUN, by its id or its name",
            fix=f"{path}::{next(iter(runs))}",
        )
    return chosen(runs, asked, path)


MLFLOW_DATABASE = Reader(
    name="MLflow's SQLite store",
    claims=_claims,
    read=_read,
    has_runs=True,
)
