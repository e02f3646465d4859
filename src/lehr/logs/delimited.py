"""CSV: one row a step, or as much of one as was logged together."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.table import Row, table


def csv_rows(path: Path) -> list[Row]:
    """Read the rows of a CSV file; empty cells are empty texts.

    Raises:
        ValueError: no row, two columns of one name, a row with more cells than there are columns,
            or one that is cut off or has no number in it.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or [])
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise ValueError(f"it has several columns {', '.join(twice)}")
        rows = [cast("dict[str | None, object]", row) for row in reader]
    if not rows:
        raise ValueError("it has no rows below its header" if names else "it is empty")
    for place, row in enumerate(rows, 1):
        if None in row:
            raise ValueError(f"row {place} has more cells than there are columns")
        if None in row.values() and _is_text([cell for cell in row.values() if cell is not None]):
            words = next(str(cell) for cell in row.values())
            raise ValueError(f"row {place} is no row of the table: {words[:40]!r}")
    return [cast("Row", row) for row in rows]


def _is_text(cells: Sequence[object]) -> bool:
    """Say whether something stands in the cells, and nothing that is a number."""
    filled = [str(cell) for cell in cells if str(cell).strip()]
    return bool(filled) and not any(map(_is_number, filled))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
