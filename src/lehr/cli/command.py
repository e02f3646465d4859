"""`-- COMMAND ARGS…` at the end of a line, which stands for PROBLEM."""

from __future__ import annotations

from collections.abc import Sequence

STUDIES = ("choose", "compare")
"""Verbs whose problem may be a command; a study that was interrupted goes on when repeated."""

COMMAND = "(command)"
"""What the verb receives as PROBLEM where there is a command."""


def split_command(tokens: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Take a training command off the end of a line that has one.

    >>> split_command(["choose", "--budget", "6", "--", "python", "train.py"])
    (['choose', '(command)', '--budget', '6'], ('python', 'train.py'))
    >>> split_command(["choose", "digits"])
    (['choose', 'digits'], ())
    """
    if "--" not in tokens or tokens[0] not in STUDIES:
        return list(tokens), ()
    end = tokens.index("--")
    return [tokens[0], COMMAND, *tokens[1:end]], tuple(tokens[end + 1 :])
