"""SQLite files of trackers, opened for reading only."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from lehr.errors import UsageError

MAGIC = b"SQLite format 3\0"


@contextmanager
def opened(path: Path) -> Generator[sqlite3.Connection]:
    """Open a database for reading only.

    One with a write-ahead log that nobody has open is read as it stands, for SQLite would leave
    that log's files beside it.

    Raises:
        UsageError: what SQLite has to say against it.
    """
    idle = _logs_ahead(path) and not Path(f"{path}-wal").exists()
    name = f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if idle else ''}"
    try:
        with closing(sqlite3.connect(name, uri=True)) as database:
            yield database
    except sqlite3.Error as error:
        raise UsageError(f"{path.name} cannot be read: {error}", value=str(path)) from error


def has(path: Path, table: str, *columns: str) -> bool:
    """Say whether a path is a database with a table that has these columns."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return False
    with opened(path) as database:
        found = {
            name for (name,) in database.execute("SELECT name FROM pragma_table_info(?)", (table,))
        }
    return found.issuperset(columns)


def _logs_ahead(path: Path) -> bool:
    """Say whether a database keeps a write-ahead log (its file's header, byte 18)."""
    with path.open("rb") as file:
        return file.read(19)[18:] == b"\2"
