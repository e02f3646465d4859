"""MLflow: the folder of a run in a file store (`mlruns/EXPERIMENT/RUN`).

`mlflow.store.tracking.file_store`: each file under `metrics/` is a metric, named by its path; its
lines are `timestamp value step`, since 2.11 also a data set's name and digest.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.series import Series


def _claims(path: Path) -> bool:
    return (path / "meta.yaml").is_file() and (path / "metrics").is_dir()


def _read(path: Path, asked: Asked) -> Log:  # noqa: ARG001 - a reader's signature
    metrics = path / "metrics"
    files = sorted(file for file in metrics.rglob("*") if file.is_file())
    return Log(
        name=path.name,
        series={file.relative_to(metrics).as_posix(): _metric(file) for file in files},
    )


def _metric(file: Path) -> Series:
    steps: list[int] = []
    values: list[float] = []
    for place, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        parts = line.split()
        if len(parts) not in (3, 5):
            raise ValueError(f"line {place} of {file.name} is not `timestamp value step`")
        values.append(float(parts[1]))
        steps.append(int(parts[2]))
    return Series(steps=np.array(steps, np.int64), values=np.array(values, np.float64))


MLFLOW_FOLDER = Reader(
    name="MLflow's file store",
    reads="the folder of a run, mlruns/EXPERIMENT/RUN",
    claims=_claims,
    read=_read,
)
