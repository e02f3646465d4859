"""Finding: what a check found, where, and what to type instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lehr.schedule import Plan

Severity = Literal["error", "warning", "info"]
"""error: not what was meant; warning: costs quality, or was hardly meant; info: taste."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check found.

    Attributes:
        code: of the check, stable over versions.
        severity: error, warning or info.
        title: the check's, one line.
        what: what was found, with its numbers, one sentence without a full stop.
        step: the optimizer step it is about, None where it is about the whole run.
        fix: what to do, in words that can be typed.
        schedule: the corrected schedule as text, None where no text alone corrects it.
    """

    code: str
    severity: Severity
    title: str
    what: str
    step: int | None
    fix: str
    schedule: str | None = None


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What a rule says; the check adds its code, and proves the correction.

    Attributes:
        what: as in `Finding`.
        step: as in `Finding`.
        fix: as in `Finding`.
        corrections: plans that may correct it, the best first; the first that binds and that the
            same rule accepts becomes the finding's `schedule`.
    """

    what: str
    fix: str
    step: int | None = None
    corrections: tuple[Plan, ...] = ()


def alarming(findings: Iterable[Finding]) -> bool:
    """Whether something more than information was found."""
    return any(finding.severity != "info" for finding in findings)
