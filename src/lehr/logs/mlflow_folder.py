"""MLflow: the folder of a run in a file store (`mlruns/EXPERIMENT/RUN`).

`mlflow.store.tracking.file_store`: each file under `metrics/` is a metric, named by its path; its
lines are `timestamp value step`, since 2.11 also a data set's name and digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.series import gather


def _claims(path: Path) -> bool:
    return (path / "meta.yaml").is_file() and (path / "metrics").is_dir()


def _read(path: Path, asked: Asked) -> Log:  # noqa: ARG001 - a reader's signature
    metrics = path / "metrics"
    files = sorted(file for file in metrics.rglob("*") if file.is_file())
    names = (file.relative_to(metrics).as_posix() for file in files)
    return Log(name=path.name, series=gather(chain(*map(_points, files, names))))


def _points(file: Path, name: str) -> Iterator[tuple[str, float, int, float]]:
    for place, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        parts = line.split()
        if len(parts) not in (3, 5):
            raise ValueError(f"line {place} of {file.name} is not `timestamp value step`")
        yield name, int(parts[0]), int(parts[2]), float(parts[1])


MLFLOW_FOLDER = Reader(
    name="MLflow's file store",
    claims=_claims,
    read=_read,
)
