"""Lightning: the `version_N` folder of a CSVLogger, whose `metrics.csv` is a sparse table."""

from __future__ import annotations

from pathlib import Path

from lehr.logs.delimited import csv_rows
from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.table import table

FILE = "metrics.csv"


def _claims(path: Path) -> bool:
    return (path / FILE).is_file()


def _read(path: Path, asked: Asked) -> Log:
    return table(path.name, csv_rows(path / FILE), step_column=asked.step_column)


LIGHTNING = Reader(
    name="Lightning",
    claims=_claims,
    read=_read,
    has_columns=True,
)
