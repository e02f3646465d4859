"""Schedule: a pure function from optimizer step to multiplier, before it has a horizon."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, ClassVar, Literal, SupportsIndex

from lehr.errors import ScheduleError
from lehr.schedule.checked import whole
from lehr.schedule.clock import Clock
from lehr.schedule.durations import Scope
from lehr.schedule.pieces import Piece, value_at

if TYPE_CHECKING:
    from lehr.schedule.bound import BoundSchedule

Extent = Literal["open", "share", "fixed"]
"""How long a schedule is: as long as there is room, a share of its span, or its own steps."""


@dataclass(frozen=True)
class Room:
    """The steps a schedule is given.

    Attributes:
        scope: what durations are measured in.
        length: steps to fill, at least 1.
        level: multiplier at which the phase before ended, 1 at the beginning.
    """

    scope: Scope
    length: int
    level: float


class Schedule(ABC):
    """An immutable, hashable, comparable, picklable schedule; its repr is its text form.

    A schedule says which multiplier of the peak lr each optimizer update uses. It is made of
    phases in order (`>>`), products (`*`), `minimum`, `maximum`, `.clip` and `.repeat`, and
    becomes numbers when `.over(horizon)` binds it.

    Level: a phase begins at the multiplier at which the phase before it ended, the first at 1,
    unless it says its own (`warmup`, `constant`, `start=`). The first operand of a product
    continues from there; the others are factors, which begin at 1.

    >>> from lehr import cosine, hold, warmup
    >>> schedule = warmup("5%") >> hold() >> cosine("20%", final=0.1)
    >>> schedule
    warmup("5%") >> hold() >> cosine("20%", final=0.1)
    >>> p = schedule.over(1_000)
    >>> p(0), p(49), p(800), p(1_000), p(5_000)
    (0.02, 1.0, 1.0, 0.1, 0.1)
    """

    __array_ufunc__ = None  # numpy numbers leave `number * schedule` to `__rmul__`

    tightness: ClassVar[int] = 2
    """How tightly the text form binds: 0 phases in order, 1 products, 2 calls."""

    @property
    @abstractmethod
    def extent(self) -> Extent:
        """Whether the schedule is open, a share of its span, or has its own number of steps."""

    @abstractmethod
    def length(self, scope: Scope) -> int | None:
        """Return the steps the schedule takes within `scope`, None if it takes what is left."""

    @abstractmethod
    def draw(self, room: Room) -> Piece:
        """Return the schedule over exactly the steps of `room`, entered at its level."""

    def ledger(self, scope: Scope) -> str:
        """Say how many steps the schedule takes, for errors."""
        length = self.length(scope)
        return f"{self} takes {'the rest' if length is None else f'{length} steps'}"

    def place(self, room: Room) -> Piece:
        """Return the schedule over exactly the steps of `room`, if that is what it takes.

        Raises:
            ScheduleError: it is closed and takes more or fewer steps.
        """
        own = self.length(room.scope)
        if own is not None and own != room.length:
            longer = own > room.length
            raise ScheduleError(
                f"the schedule is {'longer' if longer else 'shorter'} than the steps it must fill",
                value=f"{self.ledger(room.scope)}; to fill: {room.length} steps",
                rule="phases fill their span exactly; at most one is open and takes the rest",
                fix="shorten a phase, or lengthen the horizon"
                if longer
                else 'add ">> hold()", or leave out the duration of one phase',
            )
        piece = self.draw(room)
        if not math.isfinite(value_at(piece, room.length)):
            raise ScheduleError(
                f"{self} grows beyond every number",
                value=f"{room.length} steps",
                rule="a multiplier is finite at every step",
                fix="use a factor nearer to 1, or fewer steps",
            )
        return piece

    def over(self, horizon: SupportsIndex, clock: Clock | None = None) -> BoundSchedule:
        """Bind the schedule to a run of `horizon` optimizer steps.

        Args:
            horizon: optimizer updates of the whole run, from 1 to 2**53.
            clock: what a step is worth; needed for durations in epochs, tokens or samples.

        Raises:
            ScheduleError: a phase rounds to no step, the phases do not fill the horizon, the
                clock does not know a unit, or a value leaves the floating-point range.

        >>> from lehr import linear
        >>> linear().over(4).values().tolist()
        [1.0, 0.75, 0.5, 0.25]
        """
        from lehr.schedule.bound import BoundSchedule  # bound.py imports this module

        return BoundSchedule(self, whole(horizon, "horizon"), clock)

    def __rshift__(self, other: Schedule) -> Schedule:
        from lehr.schedule.algebra import sequence  # algebra.py imports this module

        if isinstance(other, Schedule):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
            return sequence(self, other)
        if isinstance(other, (int, float, str)):
            raise ScheduleError(
                "a phase is not a schedule",
                value=f"{self} >> {other!r}",
                rule=">> joins schedules",
                fix=f"hold({other!r}) for a hold of that duration, constant(...) for a level",
            )
        return NotImplemented

    def __mul__(self, other: Schedule | float) -> Schedule:
        from lehr.schedule.algebra import product, scale

        if isinstance(other, Schedule):
            return product(self, other)
        return scale(other, self) if isinstance(other, Real) else NotImplemented

    def __rmul__(self, other: float) -> Schedule:
        from lehr.schedule.algebra import scale

        return scale(other, self) if isinstance(other, Real) else NotImplemented

    def clip(self, min: float | None = None, max: float | None = None) -> Schedule:  # noqa: A002 - the field's words
        """Keep every value between `min` and `max` (multipliers; at least one is given).

        Raises:
            ScheduleError: neither is given, one is not a multiplier, or min > max.

        >>> from lehr import linear
        >>> linear().clip(min=0.3).over(4).values().tolist()
        [1.0, 0.75, 0.5, 0.3]
        """
        from lehr.schedule.algebra import clip

        return clip(self, low=min, high=max)

    def repeat(
        self, n: SupportsIndex | None = None, stretch: float = 1, shrink: float = 1
    ) -> Schedule:
        """Run the schedule `n` times in a row, every cycle from the level the first began at.

        Cycle k (from 0) is `stretch`^k times as long as the first and its values are multiplied
        by `shrink`^k. Shares ("5%") inside are shares of one cycle. A schedule whose durations
        are all its own (`cosine(500)`) makes cycles of that length; without `n` they fill the
        span and the last is cut. Any other divides its span among the `n` cycles.

        Args:
            n: number of cycles, at least 1; None fills the span.
            stretch: length of a cycle relative to the one before, above 0.
            shrink: values of a cycle relative to the one before, above 0.

        Raises:
            ScheduleError: `n` is missing where the cycle has no length of its own, or a number is
                out of range; at `.over()`, if a cycle has no step or there are too many.

        Source:
            Loshchilov & Hutter, SGDR, ICLR 2017 (T_mult is `stretch`).

        >>> from lehr import linear
        >>> linear(2).repeat(shrink=0.5).over(5).values().tolist()
        [1.0, 0.5, 0.5, 0.25, 0.25]
        """
        from lehr.schedule.repeat import repeat

        return repeat(self, n, stretch=stretch, shrink=shrink)

    def _repr_html_(self) -> str:
        from lehr.schedule.picture import html  # only notebooks need it

        return html(self)


def within(schedule: Schedule, tightness: int) -> str:
    """Write an operand, in parentheses where its operator binds less tightly than `tightness`."""
    return f"({schedule})" if schedule.tightness < tightness else str(schedule)


Builder = Callable[..., Schedule]
"""What a name in a schedule text stands for."""
