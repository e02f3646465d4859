"""Which run of a file that holds several."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from lehr.errors import UsageError, did_you_mean

SEPARATOR = "::"
"""Between a file and a run in it, as in `mlflow.db::5f1c…`."""
MOST = 20
"""Runs that a message lists."""


def chosen(runs: Iterable[str], asked: str | None, path: Path) -> str:
    """Return the run that is meant: the one asked for, or the only one.

    Args:
        runs: the names by which a run may be asked for.
        asked: what was asked for.
        path: of the file.

    Raises:
        UsageError: no such run, or several and nobody said which.

    >>> chosen(["a"], None, Path("mlflow.db"))
    'a'
    """
    known = list(dict.fromkeys(runs))
    if asked is not None and asked not in known:
        raise UsageError(
            f"{path.name} has no run {asked}",
            value=f"{path}{SEPARATOR}{asked}",
            fix=did_you_mean(asked, known),
        )
    if asked is None and len(known) != 1:
        raise UsageError(
            f"{path.name} holds {len(known)} runs" if known else f"{path.name} holds no run",
            value=listed(known),
            rule=f"one run a log: FILE{SEPARATOR}RUN",
            fix=shlex.quote(f"{path}{SEPARATOR}{known[0]}") if known else None,
        )
    return known[0] if asked is None else asked


def listed(names: Iterable[object]) -> str:
    """Join names, not more than a message can hold.

    >>> listed(range(22))[-17:]
    '18, 19 and 2 more'
    """
    words = [str(name) for name in names]
    more = f" and {len(words) - MOST} more" if len(words) > MOST else ""
    return ", ".join(words[:MOST]) + more
