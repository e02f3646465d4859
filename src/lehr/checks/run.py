"""Run all checks on a plan or on a log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import SupportsIndex

from lehr.checks.finding import Finding
from lehr.checks.listing import check_of, checks
from lehr.checks.rewrite import clockless
from lehr.checks.run_log import RunLog
from lehr.checks.setting import Setting
from lehr.checks.subject import Subject
from lehr.errors import ScheduleError
from lehr.schedule import Plan, Schedule
from lehr.schedule.checked import whole


def check(
    plan: Schedule | Plan,
    *,
    horizon: SupportsIndex,
    setting: Setting | None = None,
    ignore: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """Say what is wrong with a schedule or a plan over a horizon.

    Args:
        plan: a schedule of the lr, or a plan.
        horizon: optimizer steps of the run.
        setting: what is known besides: peak lr, optimizer, …; rules that need what is unknown
            rest. Default: nothing.
        ignore: codes of checks to leave out.

    Returns:
        What was found, by code.

    Raises:
        ScheduleError: no schedule, an impossible horizon, or a duration in epochs, tokens or
            samples without a clock that knows them.
        UsageError: a code to ignore that no check has.

    >>> from lehr import cosine, hold, warmup
    >>> check(warmup("5%") >> cosine(), horizon=1_000)
    ()
    >>> [(f.code, f.schedule) for f in check(warmup("5%") >> hold(), horizon=1_000)]
    [('LR021', 'warmup("5%") >> hold() >> linear("20%")')]
    """
    known = Setting() if setting is None else setting
    if not isinstance(plan, Schedule | Plan):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
        raise ScheduleError(
            "this cannot be checked",
            value=repr(plan),
            rule="a schedule or a plan; what depends on feedback has no values yet",
            fix="lehr.parse(text) for a text, check_log(log) for a finished run",
        )
    subject = Subject.planned(Plan.of(plan), whole(horizon, "horizon"), known)
    if subject.refusal is not None and clockless(subject.plan, known.clock):
        raise subject.refusal
    return _found(subject, ignore)


def check_log(
    log: RunLog,
    *,
    horizon: int | None = None,
    setting: Setting | None = None,
    ignore: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """Say what went wrong with the lr of a finished run.

    Args:
        log: what it logged.
        horizon: steps that were planned. None (default): what the log says, if it does.
        setting: what is known besides. Default: nothing; the peak lr is the log's own.
        ignore: codes of checks to leave out.

    Returns:
        What was found, by code.

    Raises:
        ScheduleError: an impossible horizon.
        UsageError: a code to ignore that no check has.

    >>> from lehr import linear
    >>> from lehr.checks import recorded
    >>> [f.what for f in check_log(recorded(linear(), 1_000, stop=630), horizon=1_000)]
    ['the run ended at step 630, 63 % of its horizon of 1,000, at 37 % of the peak lr']
    """
    if horizon is not None:
        log = replace(log, horizon=whole(horizon, "horizon"))
    return _found(Subject.logged(log, Setting() if setting is None else setting), ignore)


def _found(subject: Subject, ignore: Iterable[str]) -> tuple[Finding, ...]:
    left_out = {check_of(code).code for code in ignore}
    findings = [
        finding for rule in checks() if rule.code not in left_out for finding in rule.find(subject)
    ]
    return tuple(sorted(findings, key=lambda finding: finding.code))
