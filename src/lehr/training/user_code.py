"""Run a piece of the user's problem, and say which piece it was if it fails."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from lehr.errors import LehrError, ProblemError

_LINES = 20


@contextmanager
def user_code(what: str) -> Iterator[None]:
    """Turn an exception of the user's code into a `ProblemError` that names the member.

    Args:
        what: the piece in words (`loss`, `train`, `problem() of my_problem.py`).

    Raises:
        ProblemError: with the last lines of the traceback; the exception is its cause.
    """
    try:
        yield
    except LehrError:
        raise
    except Exception as error:
        raise ProblemError(
            f"{what} raised {type(error).__name__}: {error}",
            value="\n".join(last_lines("".join(traceback.format_exception(error)))),
            fix=f"run {what} by itself on one batch; the lines above say where it stopped",
        ) from error


def last_lines(text: str) -> list[str]:
    """Give the last twenty lines of a text: enough to see where it stopped."""
    return text.rstrip().splitlines()[-_LINES:]
