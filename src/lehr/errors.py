"""What can go wrong, and what to type instead.

Every error says four things: what is wrong, the value received, the rule, and what to type.

    LehrError
    ├── ScheduleError (ValueError)      a schedule, duration or plan that cannot be
    │   └── ParseError                  a text that is not a schedule
    ├── StepError (TypeError)           a scheduler called the wrong way
    ├── StateError (ValueError)         a saved state that does not fit what it is loaded into
    ├── ProblemError (ValueError)       a user's training problem that cannot be trained
    ├── CheckpointError (ValueError)    a checkpoint that is incomplete or altered
    ├── StudyError (ValueError)         a study that does not fit its directory, budget or problem
    ├── MissingError (ImportError)      a framework that is not installed
    └── UsageError (ValueError)         a command or an argument that is not possible
        └── StackingError               runs that cannot be trained as one program
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LehrError(Exception):
    """Base of every error lehr raises on purpose.

    Args:
        problem: what is wrong, one sentence without a full stop.
        value: what was received, already in words (`warmup = 1200 steps, horizon = 1000 steps`).
        rule: what must hold.
        fix: what to type instead.
    """

    def __init__(
        self,
        problem: str,
        *,
        value: str | None = None,
        rule: str | None = None,
        fix: str | None = None,
    ) -> None:
        self.problem = problem
        self.value = value
        self.rule = rule
        self.fix = fix
        super().__init__(problem)

    def __str__(self) -> str:
        lines = [self.problem]
        lines += [f"  got:  {self.value}"] if self.value else []
        lines += [f"  rule: {self.rule}"] if self.rule else []
        lines += [f"  try:  {self.fix}"] if self.fix else []
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the four parts when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.problem, self.value, self.rule, self.fix))


def _rebuild(
    kind: type[LehrError], problem: str, value: str | None, rule: str | None, fix: str | None
) -> LehrError:
    return kind(problem, value=value, rule=rule, fix=fix)


class ScheduleError(LehrError, ValueError):
    """A schedule, duration or plan that cannot be."""


class ParseError(ScheduleError):
    """A text that is not a schedule."""


class StepError(LehrError, TypeError):
    """A scheduler called the wrong way."""


class StateError(LehrError, ValueError):
    """A saved state that does not fit what it is loaded into."""


class ProblemError(LehrError, ValueError):
    """A user's training problem that cannot be trained."""


class CheckpointError(LehrError, ValueError):
    """A checkpoint that is incomplete or altered."""


class StudyError(LehrError, ValueError):
    """A study that does not fit its directory, its budget or its problem."""


class MissingError(LehrError, ImportError):
    """A framework that is not installed."""


class UsageError(LehrError, ValueError):
    """A command or an argument that is not possible."""


class StackingError(UsageError):
    """Runs that cannot be trained as one program, but can one by one."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Name the nearest known word, or list them all.

    >>> did_you_mean("cosin", ["cosine", "linear"])
    'did you mean cosine? (known: cosine, linear)'
    >>> did_you_mean("zzz", ["cosine", "linear"])
    'known: cosine, linear'
    """
    words = sorted(known)
    near = difflib.get_close_matches(name, words, n=1, cutoff=0.6)
    listing = ", ".join(words)
    return f"did you mean {near[0]}? (known: {listing})" if near else f"known: {listing}"
