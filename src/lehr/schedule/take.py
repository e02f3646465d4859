"""Take: the first steps of a schedule, as a phase of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import SupportsIndex

from lehr.errors import ScheduleError
from lehr.schedule.algebra import relative
from lehr.schedule.base import Extent, Room, Schedule
from lehr.schedule.checked import whole
from lehr.schedule.durations import Scope
from lehr.schedule.pieces import Piece


@dataclass(frozen=True, repr=False)
class Take(Schedule):
    """The first `n` of the `of` steps of a schedule; made by `take`."""

    part: Schedule
    n: int
    of: int

    @property
    def extent(self) -> Extent:
        """Its own number of steps."""
        return "fixed"

    def length(self, scope: Scope) -> int:
        """Return `n`, stretched where the scope is."""
        return self._steps(scope, self.n)

    def draw(self, room: Room) -> Piece:
        """Draw all of the schedule, and leave out what begins after the room."""
        steps = self._steps(room.scope, self.of)
        scope = replace(room.scope, span=steps)
        return self.part.place(Room(scope, steps, room.level)).cut(room.length)

    def _steps(self, scope: Scope, steps: int) -> int:
        exact = steps * scope.stretch
        return max(1, int(exact + 1 / 2)) if exact.denominator != 1 else int(exact)

    def __repr__(self) -> str:
        of = f", of={self.of}" if self.of != self.n else ""
        return f"take({self.part}, {self.n}{of})"


def take(schedule: Schedule, n: SupportsIndex, of: SupportsIndex | None = None) -> Schedule:
    """Take the first `n` steps of a schedule that is made for `of` steps.

    An open schedule becomes a phase of n steps; a longer one is cut off where it stands, as
    torch's SequentialLR and Optax's join_schedules do.

    Args:
        schedule: what to take from.
        n: steps to take, at least 1.
        of: steps the whole schedule is made for, at least `n`: 100 % inside it. Default `n`.

    Raises:
        ScheduleError: an impossible number; at `.over()`, a schedule that does not fit `of` steps.

    >>> from lehr import exponential, linear
    >>> s = take(linear(10), 2, of=10) >> take(exponential(0.5), 2) >> linear()
    >>> s
    take(linear(10), 2, of=10) >> take(exponential(0.5), 2) >> linear()
    >>> s.over(6).values().round(4).tolist()
    [1.0, 0.9, 0.8, 0.4, 0.2, 0.1]
    """
    steps = whole(n, "n")
    room = steps if of is None else whole(of, "of")
    if room < steps:
        raise ScheduleError(
            "more steps are taken than there are",
            value=f"n={steps}, of={room}",
            rule="n is at most of",
        )
    return Take(relative((schedule,), "take")[0], steps, room)
