"""Rewriting a schedule: the few changes by which rules correct one.

A schedule is a tree of frozen dataclasses, so a change is a copy with one node replaced. What
comes out need not fit the horizon; a check offers only what binds and what its rule accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, cast

from lehr.errors import ScheduleError
from lehr.schedule import (
    Clock,
    Plan,
    Schedule,
    exponential,
    linear,
    rsqrt,
    step,
    warmup,
)
from lehr.schedule.algebra import Sequence
from lehr.schedule.durations import Duration
from lehr.schedule.factors import Falling
from lehr.schedule.phases import Constant, Hold, Warmup


def children(node: Schedule) -> Iterator[Schedule]:
    """Return the schedules a schedule is made of, in order."""
    for field in fields(cast("Any", node)):
        value: object = getattr(node, field.name)
        members = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
        yield from (member for member in members if isinstance(member, Schedule))


def nodes(schedule: Schedule) -> Iterator[Schedule]:
    """Return a schedule and everything it is made of, from the outside in."""
    yield schedule
    for child in children(schedule):
        yield from nodes(child)


def mapped(schedule: Schedule, change: Callable[[Schedule], Schedule]) -> Schedule:
    """Return the schedule with `change` applied to every node, from the inside out."""

    def within(value: object) -> object:
        if isinstance(value, Schedule):
            return mapped(value, change)
        if isinstance(value, tuple):
            return tuple(within(member) for member in cast("tuple[object, ...]", value))
        return value

    own = {field.name: getattr(schedule, field.name) for field in fields(cast("Any", schedule))}
    new = {name: within(value) for name, value in own.items()}
    changed = {name: value for name, value in new.items() if value != own[name]}
    return change(replace(cast("Any", schedule), **changed) if changed else schedule)


def phases(schedule: Schedule) -> tuple[Schedule, ...]:
    """Return the phases of a schedule; one that has none is its own."""
    return schedule.parts if isinstance(schedule, Sequence) else (schedule,)


def first_warmup(schedule: Schedule) -> Warmup | None:
    """Return the warmup a schedule begins with."""
    first = phases(schedule)[0]
    return first if isinstance(first, Warmup) else None


def deliberately_constant(schedule: Schedule) -> bool:
    """Whether a schedule is made of nothing but constants and holds, perhaps scaled."""
    return all(
        isinstance(n, Constant | Hold) or any(True for _ in children(n)) for n in nodes(schedule)
    )


def ended_at(schedule: Schedule, final: float) -> Schedule | None:
    """Return the schedule with the last phase's own `final` replaced, None if it has none."""
    *before, last = phases(schedule)
    if "final" not in _field_names(last):
        return None
    return _joined(*before, replace(cast("Any", last), final=final))


def cooled(schedule: Schedule, share: str = "20%") -> Schedule | None:
    """Return the schedule followed by a linear cooldown to 0, None if they cannot be joined."""
    return _joined(schedule, linear(share))


def warmed(schedule: Schedule, share: str = "5%") -> Schedule | None:
    """Return the schedule after a warmup, None if they cannot be joined."""
    return _joined(warmup(share), schedule)


def with_warmup(schedule: Schedule, **changes: object) -> Schedule | None:
    """Return the schedule with its warmup changed, None if it has none."""
    first = first_warmup(schedule)
    if first is None:
        return None
    return _joined(replace(first, **cast("Any", changes)), *phases(schedule)[1:])


_SPREAD: Mapping[str, Schedule] = {
    "exponential": exponential(0.01, every="100%"),
    "step": step("30%"),
    "rsqrt": rsqrt("10%"),
}


def spread(schedule: Schedule) -> Schedule:
    """Return the schedule with shares of the run as the periods of its factors."""

    def change(node: Schedule) -> Schedule:
        return _SPREAD.get(node.curve.shape, node) if isinstance(node, Falling) else node

    return mapped(schedule, change)


def opened(schedule: Schedule) -> Schedule | None:
    """Return the schedule without what follows its last decay, which takes the rest."""
    parts = list(phases(schedule))
    while len(parts) > 1 and isinstance(parts[-1], Hold | Constant):
        del parts[-1]
    last = parts.pop()
    if "duration" not in _field_names(last) or isinstance(last, Warmup):
        return None
    return _joined(*parts, replace(cast("Any", last), duration=None))


def _field_names(node: Schedule) -> set[str]:
    return {field.name for field in fields(cast("Any", node))}


def _joined(first: Schedule, *others: Schedule) -> Schedule | None:
    joined = first
    try:
        for part in others:
            joined = joined >> part
    except ScheduleError:
        return None
    return joined


def clockless(plan: Plan | None, clock: Clock) -> bool:
    """Whether a plan has a duration in a unit that the clock does not know."""
    known = {
        "ep": clock.steps_per_epoch,
        "tok": clock.tokens_per_step,
        "samples": clock.samples_per_step,
    }
    units = {
        duration.unit
        for _, schedule in (plan.items if plan else ())
        for node in nodes(schedule)
        for duration in durations(node)
    }
    return any(known.get(unit, 1) is None for unit in units)


def durations(node: Schedule) -> Iterator[Duration]:
    """Return the durations of one node, without those of what it is made of."""
    for field in fields(cast("Any", node)):
        value: object = getattr(node, field.name)
        members = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
        yield from (member for member in members if isinstance(member, Duration))
