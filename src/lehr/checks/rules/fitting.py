"""Schedules that do not fit the run, or a part of which it never reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lehr.checks.check import Check, Example
from lehr.checks.finding import Hit
from lehr.checks.rewrite import mapped, opened, phases, spread
from lehr.checks.subject import Subject
from lehr.schedule import Schedule, multi_step
from lehr.schedule.factors import Falling, MultiStep
from lehr.schedule.stretches import stretches


def _beyond_the_end(subject: Subject) -> Iterator[Hit]:
    if subject.refusal is not None and subject.schedule is not None:
        horizon = subject.horizon or 0
        said = f" ({subject.refusal.value})" if subject.refusal.value else ""
        yield Hit(
            what=f"{subject.refusal.problem}{said}",
            fix=subject.refusal.fix or "lengthen the horizon, or shorten a phase",
            corrections=subject.plans(
                mapped(subject.schedule, lambda node: _reached(node, horizon)),
                opened(subject.schedule),
            ),
        )
        return
    if subject.curve is None:
        return
    for part, stretch in zip(
        phases(subject.curve.schedule), stretches(subject.curve), strict=False
    ):
        steps = stretch.stop - stretch.start
        if isinstance(part, Falling) and part.curve.shape == "step" and _whole(part) >= steps:
            yield Hit(
                what=f"{part} takes effect after {_whole(part):,} steps, the phase has {steps:,}",
                step=stretch.stop,
                fix='drop within the run: step("30%")',
                corrections=subject.plans(spread(subject.curve.schedule)),
            )


def _whole(part: Falling) -> int:
    return int(part.every.amount) if part.every.unit == "steps" else 0


def _reached(node: Schedule, horizon: int) -> Schedule:
    """Drop milestones that lie beyond the horizon; keep one at least."""
    if not isinstance(node, MultiStep):
        return node
    inside = [mark for mark in node.milestones if mark.unit != "steps" or mark.amount < horizon]
    return replace(node, milestones=tuple(inside) or node.milestones[:1])


CHECKS = (
    Check(
        code="LR030",
        title="a milestone or a phase after the end",
        why="What lies beyond the horizon never happens, so the schedule is not the one that is "
        "written. lehr refuses to bind most of these; other libraries run them silently.",
        source="torch's MultiStepLR ignores milestones that never come",
        severity="error",
        rule=_beyond_the_end,
        triggers=Example(of=multi_step([300, 600, 3_000])),
        passes=Example(of=multi_step([300, 600])),
        needs_shape=False,
    ),
)
