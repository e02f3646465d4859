"""Durations in epochs, tokens or samples, where the clock is options of a command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lehr.errors import ScheduleError

OPTIONS: Mapping[str, str] = {
    "steps_per_epoch": "--steps-per-epoch",
    "tokens_per_step": "--tokens-per-step",
    "samples_per_step": "--samples-per-step",
}
"""What of a clock -> the option that says it."""


@contextmanager
def clock_by_options(options: Mapping[str, str] = OPTIONS) -> Iterator[None]:
    """Let an error about a duration without a clock say which option to type.

    Args:
        options: those that the verb has; none: say the duration in steps.

    Raises:
        ScheduleError: the same, with another fix.
    """
    try:
        yield
    except ScheduleError as error:
        needed = next((need for need in OPTIONS if f"Clock({need}=" in (error.fix or "")), None)
        if needed is None:
            raise
        option = options.get(needed)
        raise ScheduleError(
            error.problem,
            value=None if option is None else f"no {option}",
            rule=error.rule,
            fix='say it in steps or as a share, as 300 or "5%"'
            if option is None
            else f"{option} N",
        ) from error
