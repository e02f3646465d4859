"""Take: the first steps of a schedule, as a phase of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lehr.errors import ScheduleError
from lehr.schedule.algebra import relative
from lehr.schedule.base import Room, Schedule
from lehr.schedule.durations import Duration, DurationLike
from lehr.schedule.phases import Phase, optional
from lehr.schedule.pieces import Piece


@dataclass(frozen=True, repr=False)
class Take(Phase):
    """The first steps of a schedule that is made for more of them; made by `take`."""

    part: Schedule
    duration: Duration | None
    of: Duration | None

    def draw(self, room: Room) -> Piece:
        """Draw all of the schedule, and leave out what begins after the room.

        Raises:
            ScheduleError: the whole schedule is shorter than the room.
        """
        whole = room.length if self.of is None else self.of.steps(room.scope, f"all of {self}")
        if whole < room.length:
            raise ScheduleError(
                "more steps are taken than there are",
                value=f"{self}: {room.length} of {whole} steps",
                rule="n is at most of",
                fix="a longer `of`, or a phase after this one",
            )
        scope = replace(room.scope, span=whole)
        return self.part.place(Room(scope, whole, room.level)).cut(room.length)

    def __repr__(self) -> str:
        n = "" if self.duration is None else f", {self.duration}"
        of = "" if self.of is None else f", of={self.of}"
        return f"take({self.part}{n}{of})"


def take(
    schedule: Schedule, n: DurationLike | None = None, of: DurationLike | None = None
) -> Schedule:
    """Take the first `n` steps of a schedule that is made for `of` steps.

    An open schedule becomes a phase of n steps; a longer one is cut off where it stands, as
    torch's SequentialLR and Optax's join_schedules do. `take(trunk, 8_000, of=20_000) >> linear()`
    ends a run early with a cooldown; `take(cosine(), of="100%") >> linear("10%")` bends the end
    of a cosine down.

    Args:
        schedule: what to take from.
        n: duration to take; None (default) takes what the other phases leave.
        of: duration the whole schedule is made for, at least `n`: 100 % inside it. Default: the
            steps that are taken.

    Raises:
        ScheduleError: an impossible duration; at `.over()`, more steps taken than there are, or a
            schedule that does not fit them.

    >>> from lehr import exponential, linear
    >>> s = take(linear(10), 2, of=10) >> take(exponential(0.5), 2) >> linear()
    >>> s
    take(linear(10), 2, of=10) >> take(exponential(0.5), 2) >> linear()
    >>> s.over(6).values().round(4).tolist()
    [1.0, 0.9, 0.8, 0.4, 0.2, 0.1]
    >>> (take(linear(), of="100%") >> linear("25%")).over(8).values(0, 9).round(3).tolist()
    [1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0.0]
    """
    duration = optional(n, "take")
    whole = None if of is None else Duration.of(of, "of")
    if duration is not None and whole is not None:
        if duration.unit == whole.unit and duration.amount > whole.amount:
            raise ScheduleError(
                "more steps are taken than there are",
                value=f"n={duration}, of={whole}",
                rule="n is at most of",
            )
        whole = None if whole == duration else whole
    return Take(relative((schedule,), "take")[0], duration, whole)
