"""Reader: one format of logs, what it looks like and how it becomes a Log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lehr.logs.log import Log


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody said about the log they named.

    Args:
        run: which run of a file that holds several; None where nobody said.
        step_column: which column is the step; None looks for a usual name.
    """

    run: str | None = None
    step_column: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One format.

    Args:
        name: what docs/logs.md calls it.
        claims: whether an existing path is such a log; it looks, and never raises for another's.
        read: reads it. What it raises besides a UsageError, of the file's text or system, is
            told as `cannot be read`.
        has_runs: whether one file may hold several runs.
        has_columns: whether the step is a column that may be named.
    """

    name: str
    claims: Callable[[Path], bool]
    read: Callable[[Path, Asked], Log]
    has_runs: bool = False
    has_columns: bool = False
