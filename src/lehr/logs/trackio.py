"""trackio: a run in the SQLite file of its project.

`trackio.sqlite_storage`: a row of `metrics` is a call to `log`, its numbers in JSON beside its
step, which counts calls where nobody said otherwise, as W&B's does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.runs import SEPARATOR, named
from lehr.logs.sqlite import has, opened
from lehr.logs.table import Row, table
from lehr.logs.wandb_chart import STEP


def _claims(path: Path) -> bool:
    return has(path, "metrics", "run_id", "run_name", "step", "metrics")


def _read(path: Path, asked: Asked) -> Log:
    with opened(path) as project:
        runs: dict[str, str] = dict(
            project.execute("SELECT run_id, run_name FROM metrics GROUP BY run_id ORDER BY min(id)")
        )
        run = named(runs, asked.run, path)
        calls = project.execute(
            "SELECT step, metrics FROM metrics WHERE run_id = ? ORDER BY id", (run,)
        ).fetchall()
    rows = [{"step": step, **cast("Row", json.loads(values))} for step, values in calls]
    name = f"{path.name}{SEPARATOR}{run}"
    return table(name, rows, step_column=asked.step_column, words=STEP)


TRACKIO = Reader(name="trackio", claims=_claims, read=_read, has_runs=True, has_columns=True)
