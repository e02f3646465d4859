"""Cycles: a schedule run again and again, stretched and shrunk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import SupportsIndex

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.algebra import Absolute
from lehr.schedule.base import Extent, Room, Schedule, within
from lehr.schedule.checked import number_text, positive, whole
from lehr.schedule.durations import Scope
from lehr.schedule.pieces import Piece, join

MOST_CYCLES = 1_000_000
MOST_STRETCHED = 1_000


@dataclass(frozen=True, repr=False)
class Repeat(Schedule):
    """A schedule run in cycles; made by `.repeat`."""

    cycle: Schedule
    n: int | None
    stretch: float
    shrink: float

    @property
    def extent(self) -> Extent:
        """Fixed for n cycles that have their own length, else open."""
        return "fixed" if self.n is not None and self.cycle.extent == "fixed" else "open"

    def length(self, scope: Scope) -> int | None:
        """Return the sum of the cycles, None if they fill or divide their span."""
        if self.extent == "open":
            return None
        return sum(self._own_lengths(scope, None))

    def draw(self, room: Room) -> Piece:
        """Lay the cycles end to end, each entered at `level`; the last may be cut."""
        own = self.cycle.extent == "fixed"
        lengths = self._own_lengths(room.scope, room.length) if own else self._shares(room.length)
        starts = list(accumulate(lengths[:-1], initial=0))
        parts: list[Piece] = []
        known: dict[tuple[int, int], int] = {}  # cycles that are equal are placed once
        which: list[int] = []
        for k, steps in enumerate(lengths):
            key = (steps, k if own and self.stretch != 1 else 0)
            if key not in known:
                known[key] = len(parts)
                inner = self._scope(room.scope, k) if own else replace(room.scope, span=steps)
                parts.append(self.cycle.place(Room(inner, steps, room.level)))
            which.append(known[key])
        over = sum(lengths) - room.length
        if over > 0:
            parts.append(parts[which[-1]].cut(lengths[-1] - over))
            which[-1] = len(parts) - 1
        gains = self.shrink ** np.arange(len(lengths), dtype=np.float64)
        return join(starts, which, parts, gains)

    def _own_lengths(self, scope: Scope, span: int | None) -> list[int]:
        """Return the lengths of cycles that have their own; those that begin within `span`."""
        if self.stretch == 1:
            steps = self._length(scope)
            count = self.n if span is None or self.n is not None else -(-span // steps)
            return [steps] * self._counted(count or 0, MOST_CYCLES)
        lengths: list[int] = []
        total = 0
        while (self.n is None or len(lengths) < self.n) and (span is None or total < span):
            lengths.append(self._length(self._scope(scope, len(lengths))))
            total += lengths[-1]
            self._counted(len(lengths), MOST_STRETCHED)
        return lengths

    def _shares(self, span: int) -> list[int]:
        """Divide `span` among n cycles whose lengths grow by `stretch`, edges rounded exactly."""
        most = MOST_CYCLES if self.stretch == 1 else MOST_STRETCHED
        count = self._counted(self.n or 0, most)
        ratio = _exact(self.stretch)
        if ratio == 1:
            edges = [(2 * span * k + count) // (2 * count) for k in range(count + 1)]
        else:
            sums = list(accumulate((ratio**k for k in range(count)), initial=Fraction(0)))
            edges = [int(span * part / sums[-1] + Fraction(1, 2)) for part in sums]
        lengths = [stop - start for start, stop in pairwise(edges)]
        if min(lengths) < 1:
            raise ScheduleError(
                "a cycle has no step",
                value=f"{self}: {count} cycles in {span} steps",
                rule="every cycle takes at least one step",
                fix="use fewer cycles",
            )
        return lengths

    def _length(self, scope: Scope) -> int:
        steps = self.cycle.length(scope)
        if steps is None:
            raise ScheduleError(f"{self.cycle} has no length of its own", value=str(self))
        return steps

    def _scope(self, scope: Scope, k: int) -> Scope:
        return scope.stretched(_exact(self.stretch) ** k)

    def _counted(self, count: int, most: int) -> int:
        if count > most:
            raise ScheduleError(
                "there are too many cycles",
                value=f"{self}: {count} cycles or more",
                rule=f"at most {MOST_CYCLES:,} cycles, {MOST_STRETCHED:,} if they are stretched",
                fix="use longer cycles",
            )
        return count

    def __repr__(self) -> str:
        words = [] if self.n is None else [str(self.n)]
        options = (("stretch", self.stretch), ("shrink", self.shrink))
        words += [f"{word}={number_text(value)}" for word, value in options if value != 1]
        return f"{within(self.cycle, 2)}.repeat({', '.join(words)})"


def repeat(cycle: Schedule, n: SupportsIndex | None, *, stretch: float, shrink: float) -> Schedule:
    """Run `cycle` in cycles; see `Schedule.repeat`."""
    count = None if n is None else whole(n, "the number of cycles")
    if isinstance(cycle, Absolute):
        raise ScheduleError(
            "an absolute schedule cannot be repeated",
            value=str(cycle),
            rule="absolute stands outermost, as one entry of a Plan",
            fix="absolute(....repeat())",
        )
    if count is None and cycle.extent != "fixed":
        raise ScheduleError(
            "nobody said how long a cycle is",
            value=f"{within(cycle, 2)}.repeat()",
            rule="a cycle has its own number of steps, or divides the span by a count; "
            "shares inside are shares of one cycle",
            fix="cosine(500).repeat() for cycles of 500 steps, or cosine().repeat(4) for four",
        )
    return Repeat(cycle, count, positive(stretch, "stretch"), positive(shrink, "shrink"))


def _exact(ratio: float) -> Fraction:
    """Return the decimal a person wrote, 1.1 as 11/10."""
    return Fraction(repr(ratio))
