"""Schedules made of schedules: phases in order, products, sums, extremes, clips, absolutes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import ClassVar, Literal

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.base import Extent, Room, Schedule, within
from lehr.schedule.checked import multiplier, number_text, positive
from lehr.schedule.durations import Scope
from lehr.schedule.pieces import Clipped, Combined, Piece, join, value_at
from lehr.schedule.wrapper import Wrapper


@dataclass(frozen=True, repr=False)
class Sequence(Schedule):
    """Phases in order, at most one of them open; made by `>>`."""

    tightness: ClassVar[int] = 0
    parts: tuple[Schedule, ...]

    @property
    def extent(self) -> Extent:
        """Open if a part is, else a share if a part is, else fixed."""
        return _widest(self.parts)

    def length(self, scope: Scope) -> int | None:
        """Return the sum of the parts, None if one is open."""
        lengths = [part.length(scope) for part in self.parts]
        closed = [length for length in lengths if length is not None]
        return sum(closed) if len(closed) == len(lengths) else None

    def ledger(self, scope: Scope) -> str:
        """Say how many steps each part takes."""
        lengths = [(part, part.length(scope)) for part in self.parts]
        words = [f"{part} {'the rest' if steps is None else steps}" for part, steps in lengths]
        return f"{' + '.join(words)} = {sum(steps or 0 for _, steps in lengths)} steps"

    def draw(self, room: Room) -> Piece:
        """Place each part where the one before ended, at the level it ended at."""
        own = [part.length(room.scope) for part in self.parts]
        rest = room.length - sum(steps or 0 for steps in own)
        if rest < 1 and None in own:
            raise ScheduleError(
                "no step is left for the open phase",
                value=f"{self.ledger(room.scope)}; to fill: {room.length} steps",
                rule="the phase without a duration takes at least one step",
                fix="shorten a phase, lengthen the horizon, or leave out the open phase",
            )
        lengths = [rest if steps is None else steps for steps in own]
        pieces: list[Piece] = []
        level = room.level
        for part, steps in zip(self.parts, lengths, strict=True):
            pieces.append(part.place(Room(room.scope, steps, level)))
            level = value_at(pieces[-1], steps)
        starts = list(accumulate(lengths[:-1], initial=0))
        return join(starts, range(len(pieces)), pieces, np.ones(len(pieces)))

    def __repr__(self) -> str:
        return " >> ".join(str(part) for part in self.parts)


@dataclass(frozen=True, repr=False)
class Scaled(Wrapper):
    """Every value times a number; made by `*`."""

    tightness: ClassVar[int] = 1
    factor: float
    part: Schedule

    def draw(self, room: Room) -> Piece:
        """Scale the part's values."""
        return self.part.place(room).scaled(self.factor)

    def __repr__(self) -> str:
        return f"{number_text(self.factor)} * {within(self.part, 2)}"


@dataclass(frozen=True, repr=False)
class Product(Schedule):
    """Schedules over the same steps, multiplied; made by `*`."""

    tightness: ClassVar[int] = 1
    parts: tuple[Schedule, ...]

    @property
    def extent(self) -> Extent:
        """Open if all are, else that of the closed ones."""
        return _narrowest(self.parts)

    def length(self, scope: Scope) -> int | None:
        """Return the length of the first closed part, None if all are open."""
        return _first_length(self.parts, scope)

    def draw(self, room: Room) -> Piece:
        """Continue the first part at the level; the others are factors that begin at 1."""
        factor_room = replace(room, level=1.0)
        factors = [part.place(factor_room) for part in self.parts[1:]]
        return Combined((self.parts[0].place(room), *factors), "product")

    def __repr__(self) -> str:
        first, *others = self.parts
        return " * ".join([within(first, 1), *(within(part, 2) for part in others)])


@dataclass(frozen=True, repr=False)
class Extremum(Schedule):
    """The smallest, the largest or the sum of schedules over the same steps, at every step."""

    how: Literal["minimum", "maximum", "total"]
    parts: tuple[Schedule, ...]

    @property
    def extent(self) -> Extent:
        """Open if all are, else that of the closed ones."""
        return _narrowest(self.parts)

    def length(self, scope: Scope) -> int | None:
        """Return the length of the first closed part, None if all are open."""
        return _first_length(self.parts, scope)

    def draw(self, room: Room) -> Piece:
        """Enter every part at the level."""
        return Combined(tuple(part.place(room) for part in self.parts), self.how)

    def __repr__(self) -> str:
        return f"{self.how}({', '.join(str(part) for part in self.parts)})"


@dataclass(frozen=True, repr=False)
class Clip(Wrapper):
    """Values kept between two multipliers; made by `.clip`."""

    part: Schedule
    low: float | None
    high: float | None

    def draw(self, room: Room) -> Piece:
        """Clip the part's values."""
        low = 0.0 if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return Clipped(self.part.place(room), low, high)

    def __repr__(self) -> str:
        bounds = (("min", self.low), ("max", self.high))
        words = [f"{word}={number_text(value)}" for word, value in bounds if value is not None]
        return f"{within(self.part, 2)}.clip({', '.join(words)})"


@dataclass(frozen=True, repr=False)
class Absolute(Wrapper):
    """Values that replace the optimizer's own instead of multiplying it; made by `absolute`."""

    part: Schedule

    def draw(self, room: Room) -> Piece:
        """Draw the part itself."""
        return self.part.place(room)

    def __repr__(self) -> str:
        return f"absolute({self.part})"


def sequence(*parts: Schedule) -> Schedule:
    """Put phases in order, nested ones flattened."""
    flat = _flattened(Sequence, parts, ">>")
    opened = [part for part in flat if part.extent == "open"]
    if len(opened) > 1:
        raise ScheduleError(
            "more than one phase is open",
            value=" and ".join(str(part) for part in opened),
            rule="at most one phase has no duration and takes what the others leave",
            fix='give all but one a duration, for example 500 or "20%"',
        )
    return Sequence(flat)


def product(*parts: Schedule) -> Schedule:
    """Multiply schedules, nested products flattened."""
    return Product(_flattened(Product, parts, "*"))


def scale(factor: float, part: Schedule) -> Schedule:
    """Multiply every value by a number above 0."""
    return Scaled(positive(factor, "the factor"), *relative((part,), "*"))


def clip(part: Schedule, *, low: float | None, high: float | None) -> Schedule:
    """Keep values between `low` and `high`, of which at least one is given."""
    least = None if low is None else multiplier(low, "min")
    most = None if high is None else multiplier(high, "max")
    if (least is None and most is None) or (least or 0.0) > (math.inf if most is None else most):
        raise ScheduleError(
            "the bounds of clip leave nothing to do or nothing at all",
            value=f"min={low}, max={high}",
            rule="at least one bound is given, and min is at most max",
            fix=".clip(min=0.01)",
        )
    return Clip(relative((part,), ".clip")[0], least, most)


def minimum(*schedules: Schedule) -> Schedule:
    """Take the smallest value at every step; the schedules cover the same span or are open.

    Raises:
        ScheduleError: fewer than two schedules; at `.over()`, different lengths.

    >>> from lehr import constant, linear
    >>> minimum(constant(0.6), linear()).over(4).values().tolist()
    [0.6, 0.6, 0.5, 0.25]
    """
    return Extremum("minimum", _several(schedules, "minimum"))


def maximum(*schedules: Schedule) -> Schedule:
    """Take the largest value at every step; the schedules cover the same span or are open.

    Raises:
        ScheduleError: fewer than two schedules; at `.over()`, different lengths.

    >>> from lehr import constant, linear
    >>> maximum(constant(0.6), linear()).over(4).values().tolist()
    [1.0, 0.75, 0.6, 0.6]
    """
    return Extremum("maximum", _several(schedules, "maximum"))


def total(*schedules: Schedule) -> Schedule:
    """Add up the values at every step; the schedules cover the same span or are open.

    Raises:
        ScheduleError: fewer than two schedules; at `.over()`, different lengths.

    >>> from lehr import constant, linear
    >>> total(constant(0.5), 0.5 * linear()).over(4).values().tolist()
    [1.0, 0.875, 0.75, 0.625]
    """
    return Extremum("total", _several(schedules, "total"))


def absolute(schedule: Schedule) -> Schedule:
    """Take the values as they are: in a `Plan` they replace the optimizer's own.

    Raises:
        ScheduleError: it is absolute already, or later, if it is combined with others or used
            for the lr, which is always a multiplier of the peak lr.

    >>> from lehr import Plan, linear
    >>> Plan(momentum=absolute(linear(start=0.95, final=0.85)))
    Plan(lr=constant(), momentum=absolute(linear(final=0.85, start=0.95)))
    """
    return Absolute(*relative((schedule,), "absolute"))


def _several(schedules: tuple[Schedule, ...], name: str) -> tuple[Schedule, ...]:
    if len(schedules) < 2:
        raise ScheduleError(
            f"{name} has too few schedules",
            value=f"{len(schedules)} schedules",
            rule=f"{name} takes at least two schedules",
            fix=f"{name}(cosine(), constant(0.5)), or .clip(...) for a fixed bound",
        )
    return relative(schedules, name)


def _flattened(
    kind: type[Sequence] | type[Product], parts: Iterable[Schedule], operator: str
) -> tuple[Schedule, ...]:
    nested = [p.parts if isinstance(p, kind) else (p,) for p in parts]
    return relative(tuple(part for group in nested for part in group), operator)


def relative(parts: tuple[Schedule, ...], operator: str) -> tuple[Schedule, ...]:
    """Return the operands of an operator if all are schedules of multipliers."""
    for part in parts:
        if not isinstance(part, Schedule):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
            raise ScheduleError(
                f"{operator} takes schedules", value=repr(part), rule="every operand is a schedule"
            )
        if isinstance(part, Absolute):
            raise ScheduleError(
                f"an absolute schedule cannot be an operand of {operator}",
                value=str(part),
                rule="absolute stands outermost, as one entry of a Plan",
                fix="combine the multipliers first, then absolute(...)",
            )
    return parts


def _widest(parts: tuple[Schedule, ...]) -> Extent:
    extents = {part.extent for part in parts}
    return "open" if "open" in extents else "share" if "share" in extents else "fixed"


def _narrowest(parts: tuple[Schedule, ...]) -> Extent:
    extents = {part.extent for part in parts}
    return "share" if "share" in extents else "fixed" if "fixed" in extents else "open"


def _first_length(parts: tuple[Schedule, ...], scope: Scope) -> int | None:
    return next((n for n in (part.length(scope) for part in parts) if n is not None), None)
