"""Tables of evidence as files: the same rows give the same bytes, packed or not."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping
from pathlib import Path


def write(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows of the same columns with five digits behind the point, packed if named `.gz`."""
    table, text = [rounded(row) for row in rows], io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    content = text.getvalue().encode()
    file.write_bytes(gzip.compress(content, mtime=0) if file.suffix == ".gz" else content)


def rounded(row: Mapping[str, object]) -> dict[str, object]:
    return {
        key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()
    }
