"""One SQLite file whose rows carry a hash: what is read is what was written, or an error."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import final

from lehr.choose.rows import Value, digest
from lehr.errors import StudyError

SCHEMA_VERSION = 1
APPLICATION_ID = int.from_bytes(b"lehr", "big")

Tables = Mapping[str, Mapping[str, str]]
"""Table -> column -> its SQL type; the first column is the table's key."""


@final
class Database:
    """Tables in the file at `path`, each row with a column `digest` beside the declared ones.

    Writing is durable: a transaction is on disk when it ends (write-ahead log, full
    synchronisation), and a process killed inside one leaves no part of it.

    Args:
        path: created if it is missing and `write` is asked for.
        tables: what the file holds.
        write: False opens it for reading only, beside whoever writes.

    Raises:
        StudyError: the file is altered, of another schema version, or something else; every row
            is verified here.
    """

    def __init__(self, path: Path, *, tables: Tables, write: bool) -> None:
        self.path = path
        self.tables = tables
        with _explained(path):
            self._connection = _connect(path, write=write)
        try:
            self._prepare(write=write)
            self._verify()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._connection.close()

    def rows(self, table: str, key: str | None = None) -> Iterator[tuple[Value, ...]]:
        """Yield the rows of a table in the order of their keys, or the one with `key`.

        Raises:
            StudyError: a row does not match its hash.
        """
        name, *_ = columns = self.tables[table]
        query = f"SELECT {', '.join(columns)}, digest FROM {table}"  # noqa: S608 - our own names
        query += f" ORDER BY {name}" if key is None else f" WHERE {name} = ?"
        with _explained(self.path):
            found = self._connection.execute(query, () if key is None else (key,)).fetchall()
        for *values, kept in found:
            if digest(table, values) != kept:
                raise _altered(self.path, f"row {values[0]!r} of {table} does not match its hash")
            yield tuple(values)

    def keys(self, table: str) -> set[str]:
        """Return the keys of a table's rows."""
        name, *_ = self.tables[table]
        with _explained(self.path):
            found = self._connection.execute(f"SELECT {name} FROM {table}").fetchall()  # noqa: S608 - our own names
        return {str(key) for (key,) in found}

    def put(self, table: str, *rows: tuple[Value, ...]) -> None:
        """Write rows, all or none, in place of those with the same keys; durable on return.

        Raises:
            StudyError: the disk is full or cannot be written.
        """
        columns = ", ".join((*self.tables[table], "digest"))
        marks = ", ".join("?" * (len(self.tables[table]) + 1))
        with self._transaction():
            self._connection.executemany(
                f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
                [(*row, digest(table, row)) for row in rows],
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _explained(self.path):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _prepare(self, *, write: bool) -> None:
        """Give a new file its tables: all of them or, if killed meanwhile, none."""
        with _explained(self.path):
            if write:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
            (count,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if count or not write:
            return
        with self._transaction():
            for table, columns in self.tables.items():
                key, *others = (f"{name} {kind}" for name, kind in columns.items())
                declared = ", ".join((f"{key} PRIMARY KEY", *others, "digest BLOB NOT NULL"))
                self._connection.execute(f"CREATE TABLE {table} ({declared})")
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _verify(self) -> None:
        with _explained(self.path):
            found = [str(line) for (line,) in self._connection.execute("PRAGMA integrity_check(3)")]
            (application,) = self._connection.execute("PRAGMA application_id").fetchone()
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if found != ["ok"]:
            raise _altered(self.path, "; ".join(found))
        if application != APPLICATION_ID:
            raise _altered(self.path, f"application id {application}, expected {APPLICATION_ID}")
        if version != SCHEMA_VERSION:
            raise StudyError(
                f"{self.path} was written by another version of lehr",
                value=f"schema version {version}",
                rule=f"this lehr reads schema version {SCHEMA_VERSION}",
                fix="use that version of lehr, or start over with `--fresh`",
            )
        for table in self.tables:
            for _ in self.rows(table):
                pass


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    if write:
        return sqlite3.connect(path, isolation_level=None)
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        unwritable = error.sqlite_errorname in ("SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY")
        if not unwritable or Path(f"{path}-wal").exists():
            raise
        # A directory that cannot be written: no driver is at work there, the file is complete.
        return sqlite3.connect(f"{uri}?immutable=1", uri=True, isolation_level=None)
    return connection


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says into what a user can act on."""
    try:
        yield
    except sqlite3.Error as error:
        name: str = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_FULL":
            raise StudyError(
                f"the disk is full, {path} cannot grow",
                value=str(error),
                fix="free some space and run the same command again; it resumes where it stopped",
            ) from error
        if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_BUSY")):
            raise StudyError(
                f"the study store {path} cannot be used now",
                value=f"{error} ({name})",
                rule="the study's directory can be read and written, on a local disk",
                fix="run the same command again once that is so; it resumes where it stopped",
            ) from error
        raise _altered(path, str(error)) from error


def _altered(path: Path, what: str) -> StudyError:
    return StudyError(
        f"the study store {path} is damaged or was altered",
        value=what,
        rule="every row of the store matches its hash",
        fix="put back a copy of the study's directory, or start over with `--fresh`",
    )
