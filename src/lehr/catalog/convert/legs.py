"""Legs: the phases of a bound schedule, with the steps and the level each is entered at."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.schedule import BoundSchedule, Schedule
from lehr.schedule.algebra import Sequence
from lehr.schedule.base import Room
from lehr.schedule.durations import Duration, Scope
from lehr.schedule.pieces import Piece, value_at


@dataclass(frozen=True)
class Leg:
    """One phase over the steps [start, start + steps).

    Attributes:
        part: the phase.
        start: its first step.
        steps: how many it takes.
        level: multiplier it is entered at.
        piece: its values, counted from its first step.
        scope: what its durations are measured in.
    """

    part: Schedule
    start: int
    steps: int
    level: float
    piece: Piece
    scope: Scope

    def value(self, step: int) -> float:
        """Return the multiplier at a step counted from the phase's first."""
        return value_at(self.piece, step)

    def length(self, duration: Duration) -> int:
        """Return one of the phase's durations in steps."""
        return duration.steps(self.scope, str(self.part))


def legs(bound: BoundSchedule) -> tuple[Leg, ...]:
    """Split a bound schedule at its outermost `>>`.

    >>> from lehr import cosine, warmup
    >>> [(leg.start, leg.steps, leg.level) for leg in legs((warmup(2) >> cosine()).over(10))]
    [(0, 2, 1.0), (2, 8, 1.0)]
    """
    schedule = bound.schedule
    parts = schedule.parts if isinstance(schedule, Sequence) else (schedule,)
    scope = Scope(span=bound.horizon, clock=bound.clock)
    own = [part.length(scope) for part in parts]
    rest = bound.horizon - sum(steps or 0 for steps in own)
    found: list[Leg] = []
    start, level = 0, 1.0
    for part, length in zip(parts, own, strict=True):
        steps = rest if length is None else length
        piece = part.place(Room(scope, steps, level))
        found.append(Leg(part, start, steps, level, piece, scope))
        start, level = start + steps, value_at(piece, steps)
    return tuple(found)
