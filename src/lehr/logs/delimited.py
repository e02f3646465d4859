"""CSV: one row a step, or as much of one as was logged together."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.table import Row, table


def csv_rows(path: Path) -> list[Row]:
    """Read the rows of a CSV file; empty cells are empty texts.

    Raises:
        ValueError: two columns of one name, or a row with more cells than there are columns.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or [])
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise ValueError(f"it has several columns {', '.join(twice)}")
        rows = [cast("dict[str | None, object]", row) for row in reader]
    for place, row in enumerate(rows, 1):
        if None in row:
            raise ValueError(f"row {place} has more cells than there are columns")
    return [cast("Row", row) for row in rows]


def header(path: Path) -> list[str]:
    """Return the names of a CSV file's columns; none where it is no CSV file."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            return list(next(csv.reader(file), ()))
        except csv.Error:
            return []


def _claims(path: Path) -> bool:
    return path.suffix.lower() == ".csv" and path.is_file()


def _read(path: Path, asked: Asked) -> Log:
    return table(path.name, csv_rows(path), step_column=asked.step_column)


CSV = Reader(
    name="CSV",
    claims=_claims,
    read=_read,
    has_columns=True,
)
