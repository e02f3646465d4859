"""Schedules computed from another's values: a line through them, or one over them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lehr.errors import ScheduleError
from lehr.schedule.algebra import relative
from lehr.schedule.base import Room, Schedule
from lehr.schedule.checked import multiplier, number_text, positive
from lehr.schedule.pieces import Piece
from lehr.schedule.shapes import Namespace, Steps, Values
from lehr.schedule.wrapper import Wrapper


@dataclass(frozen=True, eq=False)
class Line:
    """intercept + slope·value."""

    part: Piece
    slope: float
    intercept: float

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        return self.intercept + self.slope * self.part.at(t, xp)

    def scaled(self, gain: float) -> Line:
        """Return the line with every value multiplied by `gain`."""
        return replace(self, slope=self.slope * gain, intercept=self.intercept * gain)

    def cut(self, length: int) -> Line:
        """Return the line without what begins at or after step `length`."""
        return replace(self, part=self.part.cut(length))


@dataclass(frozen=True, eq=False)
class Inverse:
    """gain/max(value, least)."""

    part: Piece
    least: float
    gain: float = 1.0

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        values = self.part.at(t, xp)
        return self.gain / xp.where(values < self.least, self.least, values)

    def scaled(self, gain: float) -> Inverse:
        """Return the inverse with every value multiplied by `gain`."""
        return replace(self, gain=self.gain * gain)

    def cut(self, length: int) -> Inverse:
        """Return the inverse without what begins at or after step `length`."""
        return replace(self, part=self.part.cut(length))


@dataclass(frozen=True, repr=False)
class Proportional(Wrapper):
    """Values of another schedule carried to another range; made by `proportional`."""

    part: Schedule
    low: float
    high: float

    def draw(self, room: Room) -> Line:
        """Carry [0, 1] to [low, high]; the part begins at 1."""
        return Line(self.part.place(replace(room, level=1.0)), self.high - self.low, self.low)

    def __repr__(self) -> str:
        return f"proportional({self.part}, {number_text(self.low)}, {number_text(self.high)})"


@dataclass(frozen=True, repr=False)
class Reciprocal(Wrapper):
    """One over another schedule, at most `most`; made by `reciprocal`."""

    part: Schedule
    most: float

    def draw(self, room: Room) -> Inverse:
        """Divide by the part, which begins at 1."""
        return Inverse(self.part.place(replace(room, level=1.0)), 1.0 / self.most)

    def __repr__(self) -> str:
        return f"reciprocal({self.part}, {number_text(self.most)})"


def proportional(schedule: Schedule, low: float, high: float) -> Schedule:
    """Carry a schedule to another range: low + (high − low)·value.

    Where the schedule is 0 the result is `low`, where it is 1 `high`, so `proportional(s, 0.1, 1)`
    is s with a floor under all of it, and `absolute(proportional(s, 0.95, 0.85))` a momentum
    that goes against the lr. A schedule that is not between 0 and 1 goes beyond as far.

    Args:
        schedule: what to follow; it begins at 1 whatever the phase before.
        low: multiplier for 0, 0 or more.
        high: multiplier for 1, 0 or more.

    Raises:
        ScheduleError: an impossible multiplier, or an absolute schedule.

    Source:
        Zhuang et al., GSAM, ICLR 2022 (ρ follows the lr).

    >>> from lehr import linear
    >>> s = proportional(linear(), 0.5, 1)
    >>> s
    proportional(linear(), 0.5, 1)
    >>> p = s.over(4)
    >>> p(0), p(2), p(3), p(4), p(9)
    (1.0, 0.75, 0.625, 0.5, 0.5)
    """
    return Proportional(
        relative((schedule,), "proportional")[0], multiplier(low, "low"), multiplier(high, "high")
    )


def reciprocal(schedule: Schedule, most: float) -> Schedule:
    """Divide 1 by a schedule, up to a bound: 1/value, at most `most`.

    What keeps a product constant: weight decay against the lr, the batch instead of the lr.

    Args:
        schedule: what to divide by; it begins at 1 whatever the phase before.
        most: largest value, above 0; it stands wherever the schedule is below 1/most, 0 included.

    Raises:
        ScheduleError: an impossible bound, or an absolute schedule.

    Source:
        Smith et al., Don't Decay the Learning Rate, Increase the Batch Size, ICLR 2018.

    >>> from lehr import linear
    >>> p = reciprocal(linear(), 3).over(4)
    >>> p(0), p(2), p(3), p(4), p(9)
    (1.0, 2.0, 3.0, 3.0, 3.0)
    """
    bound = positive(most, "most")
    if 1.0 / bound == 0.0 or bound > 1e300:
        raise ScheduleError("most is out of range", value=repr(most), rule="most is at most 1e300")
    return Reciprocal(relative((schedule,), "reciprocal")[0], bound)
