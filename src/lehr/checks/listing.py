"""All checks: the explicit tuple, and what other packages add."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from lehr.checks.check import Check
from lehr.checks.rules import (
    companions,
    endings,
    epochs,
    fitting,
    idle,
    jumps,
    numbers,
    peaks,
    warmups,
    weight_decay,
)
from lehr.errors import UsageError, did_you_mean

CHECKS: tuple[Check, ...] = (
    *numbers.CHECKS,
    *idle.CHECKS,
    *warmups.CHECKS,
    *endings.CHECKS,
    *fitting.CHECKS,
    *epochs.CHECKS,
    *jumps.CHECKS,
    *peaks.CHECKS,
    *weight_decay.CHECKS,
    *companions.CHECKS,
)
"""One entry per check of this package, by code; a new one is a file and a line here."""

GROUP = "lehr.checks"
"""Entry-point group in which other packages name their `Check` objects."""


@cache
def checks() -> tuple[Check, ...]:
    """Return the checks of this package, then those of installed packages by entry-point name.

    Raises:
        UsageError: an entry point that is no check, or whose code is taken.
    """
    found = list(CHECKS)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        check: object = entry.load()
        if not isinstance(check, Check):
            raise UsageError(
                f"the entry point {entry.name} of {GROUP} is no check",
                value=f"{entry.value}: {type(check).__name__}",
                rule="an entry point names a lehr.checks.Check",
            )
        if check.code in {known.code for known in found}:
            raise UsageError(
                f"two checks have the code {check.code}",
                value=entry.value,
                rule="a code stands for one check",
                fix="uninstall one of the packages",
            )
        found.append(check)
    return tuple(found)


def check_of(code: str) -> Check:
    """Return the check with a code.

    Raises:
        UsageError: there is none.
    """
    known = {check.code: check for check in checks()}
    if code not in known:
        raise UsageError(
            f"there is no check {code}", value=code, fix=did_you_mean(code.upper(), known)
        )
    return known[code]
