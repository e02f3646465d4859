"""Which run of a file that holds several."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
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


def named(runs: Mapping[str, str], asked: str | None, path: Path) -> str:
    """Return the id of the run that is meant, by its id or its name.

    Args:
        runs: id -> name of each.
        asked: what was asked for.
        path: of the file.

    Raises:
        UsageError: no such run, or several and nobody said which.
    """
    known = {run: name for run, name in runs.items() if asked in (None, run, name)} or runs
    if len(known) > 1 and (asked is None or known is not runs):
        raise UsageError(
            f"{path.name} holds {len(known)} runs{f' that are called {asked}' if asked else ''}",
            value=listed(f"{run} ({name})" for run, name in known.items()),
            rule=f"one run a log: FILE{SEPARATOR}RUN, by its id or a name that no other has",
            fix=shlex.quote(f"{path}{SEPARATOR}{next(iter(known))}"),
        )
    return chosen(known, asked if known is runs else None, path)


def listed(names: Iterable[object]) -> str:
    """Join names, not more than a message can hold.

    >>> listed(range(22))[-17:]
    '18, 19 and 2 more'
    """
    words = [str(name) for name in names]
    more = f" and {len(words) - MOST} more" if len(words) > MOST else ""
    return ", ".join(words[:MOST]) + more
