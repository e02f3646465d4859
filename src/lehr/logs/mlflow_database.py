"""MLflow: a run in the SQLite store (`mlflow.db`), which is opened for reading only.

`mlflow.store.tracking.dbmodels.models`: a NaN is a flag beside the value.
"""

from __future__ import annotations

import math
from pathlib import Path

from lehr.logs.log import Log
from lehr.logs.mlflow_value import as_logged
from lehr.logs.reader import Asked, Reader
from lehr.logs.runs import SEPARATOR, named
from lehr.logs.series import gather
from lehr.logs.sqlite import has, opened


def _claims(path: Path) -> bool:
    return has(path, "runs", "run_uuid", "name", "lifecycle_stage")


def _read(path: Path, asked: Asked) -> Log:
    with opened(path) as store:
        runs: dict[str, str] = {
            str(run): str(name or "")
            for run, name in store.execute(
                "SELECT run_uuid, name FROM runs WHERE lifecycle_stage = 'active'"
                " ORDER BY start_time"
            )
        }
        run = named(runs, asked.run, path)
        rows = store.execute(
            "SELECT key, timestamp, step, value, is_nan FROM metrics WHERE run_uuid = ?"
            " ORDER BY timestamp, rowid",
            (run,),
        ).fetchall()
    points = (
        (str(key), int(time), int(step), math.nan if is_nan else as_logged(float(value)))
        for key, time, step, value, is_nan in rows
    )
    return Log(name=f"{path.name}{SEPARATOR}{run}", series=gather(points))


MLFLOW_DATABASE = Reader(
    name="MLflow's SQLite store",
    claims=_claims,
    read=_read,
    has_runs=True,
)
