"""What every verb writes: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import cast

from cyclopts import CycloptsError
from rich.console import Console
from rich.text import Text

from lehr.errors import LehrError, ProblemError

SCHEMA_VERSION = 1
PIPED_WIDTH = 120


class _Output(Console):
    """A console whose reader may leave (`| head -1`), which ends neither the verb nor its code."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nobody_reads()


def nobody_reads() -> None:
    """Send what is still to be written to nowhere; Python must not complain when it flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stdout() -> Console:
    """Where results go: coloured on a terminal, plain and wide in a pipe."""
    return _Output(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)


def stderr() -> Console:
    """Where progress and complaints go."""
    return Console(stderr=True, highlight=False)


def print_json(document: Mapping[str, object] | str) -> None:
    """Write one JSON document, with its schema's version, and nothing else.

    A number that is not finite is null, as the end of an interval of which nothing is known: JSON
    has no other word for it.

    Args:
        document: what to write; a text is JSON already.
    """
    if not isinstance(document, str):
        document = json.dumps(
            _finite({"schema_version": SCHEMA_VERSION, **document}),
            indent=2,
            ensure_ascii=False,
            allow_nan=False,
        )
    try:
        print(document, flush=True)
    except BrokenPipeError:
        nobody_reads()


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        return {name: _finite(one) for name, one in entries.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(one) for one in cast("Sequence[object]", value)]
    return value


def fail(error: LehrError) -> int:
    """Say what is wrong and what to type instead; return the exit code."""
    _complain(error.problem, got=error.value, rule=error.rule, fix=error.fix)
    return 3 if isinstance(error, ProblemError) else 2


def misread(error: CycloptsError) -> int:
    """Say what on the command line, or in the file of options, could not be read."""
    verb = " ".join(("lehr", *(error.command_chain or ())))
    _complain(str(error).strip(), fix=f"{verb} --help")
    return 2


def _complain(
    problem: str, *, got: str | None = None, rule: str | None = None, fix: str | None = None
) -> None:
    console = stderr()
    console.print(Text.assemble(("error: ", "bold red"), (problem, "bold")), soft_wrap=True)
    for label, words in (("got", got), ("rule", rule), ("try", fix)):
        if words:
            style = "green" if label == "try" else ""
            console.print(Text.assemble((f"  {label:5}", "dim"), (words, style)), soft_wrap=True)
