"""JSON: one object a step, a line each or in one list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.table import rows_of, table


def _claims(path: Path) -> bool:
    return path.suffix.lower() in (".json", ".jsonl") and path.is_file()


def _read(path: Path, asked: Asked) -> Log:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        raise ValueError("it is empty")
    if path.suffix.lower() == ".json":
        document: object = json.loads(text)
    else:
        # Not splitlines(): JSON texts may hold line separators that are none to JSON lines.
        lines = text.split("\n")
        document = [_row(line, place, lines) for place, line in enumerate(lines) if line.strip()]
    return table(path.name, rows_of(document), step_column=asked.step_column)


def _row(line: str, place: int, lines: Sequence[str]) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        cut = place == len(lines) - 1  # no line ends behind it
        raise ValueError(
            f"line {place + 1}, the last, is cut off (is the run still writing?)"
            if cut
            else f"line {place + 1} is no JSON: {error}"
        ) from error


JSON = Reader(
    name="JSON",
    claims=_claims,
    read=_read,
    has_columns=True,
)
