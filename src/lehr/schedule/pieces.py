"""Bound schedules that are more than one track: joins, products, extremes and clips.

Every piece has the three methods of `Piece`; none knows durations, clocks or horizons any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal, Protocol

import numpy as np

from lehr.schedule.shapes import NUMPY, Namespace, Steps, Values
from lehr.schedule.track import Track, joined, on, pick


class Piece(Protocol):
    """A function of the step, local to where it was placed."""

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        ...

    def scaled(self, gain: float) -> Piece:
        """Return the piece with every value multiplied by `gain`."""
        ...

    def cut(self, length: int) -> Piece:
        """Return the piece without what begins at or after step `length`."""
        ...


def value_at(piece: Piece, step: int) -> float:
    """Return one value, through the same array functions as a million of them."""
    return float(piece.at(np.array([step], np.int64), NUMPY)[0])


def join(
    starts: Sequence[int], which: Sequence[int], parts: Sequence[Piece], gains: Values
) -> Piece:
    """Lay copies of `parts` end to end: copy k is parts[which[k]] × gains[k] from starts[k] on."""
    begin, index = np.array(starts, np.int64), np.array(which, np.int64)
    tracks = [part for part in parts if isinstance(part, Track)]
    if len(tracks) == len(parts):
        return joined(begin, index, tracks, gains)
    return Join(begin, index, tuple(parts), gains)


@dataclass(frozen=True, eq=False)
class Join:
    """Copies of pieces end to end, where at least one is no track; arrays have shape (copies,)."""

    starts: Steps
    which: Steps
    parts: tuple[Piece, ...]
    gains: Values

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        copy = xp.searchsorted(on(xp, self.starts), t, side="right") - 1
        local, part = t - pick(xp, self.starts, copy), pick(xp, self.which, copy)
        gain = pick(xp, self.gains, copy)
        values = gain
        for index, piece in enumerate(self.parts):
            mine = part == index
            values = xp.where(mine, gain * piece.at(xp.where(mine, local, 0), xp), values)
        return values

    def scaled(self, gain: float) -> Join:
        """Return the join with every value multiplied by `gain`."""
        return replace(self, gains=self.gains * gain)

    def cut(self, length: int) -> Join:
        """Return the join without what begins at or after step `length`."""
        copies = int(np.count_nonzero(self.starts < length))
        last: Piece = self.parts[int(self.which[copies - 1])]
        end = last.cut(length - int(self.starts[copies - 1]))
        return Join(
            self.starts[:copies],
            np.append(self.which[: copies - 1], len(self.parts)),
            (*self.parts, end),
            self.gains[:copies],
        )


@dataclass(frozen=True, eq=False)
class Combined:
    """Pieces over the same steps, multiplied, added or compared value by value."""

    parts: tuple[Piece, ...]
    how: Literal["product", "total", "minimum", "maximum"]
    gain: float = 1.0

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        values = [part.at(t, xp) for part in self.parts]
        if self.how == "product":
            return self.gain * reduce(lambda a, b: a * b, values)
        if self.how == "total":
            return self.gain * reduce(lambda a, b: a + b, values)
        return self.gain * reduce(xp.minimum if self.how == "minimum" else xp.maximum, values)

    def scaled(self, gain: float) -> Combined:
        """Return the combination with every value multiplied by `gain`."""
        return replace(self, gain=self.gain * gain)

    def cut(self, length: int) -> Combined:
        """Return the combination without what begins at or after step `length`."""
        return replace(self, parts=tuple(part.cut(length) for part in self.parts))


@dataclass(frozen=True, eq=False)
class Clipped:
    """A piece kept between two values."""

    part: Piece
    low: float
    high: float
    gain: float = 1.0

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        values = self.part.at(t, xp)
        values = xp.where(values < self.low, self.low, values)
        return self.gain * xp.where(values > self.high, self.high, values)

    def scaled(self, gain: float) -> Clipped:
        """Return the clip with every value multiplied by `gain`."""
        return replace(self, gain=self.gain * gain)

    def cut(self, length: int) -> Clipped:
        """Return the clip without what begins at or after step `length`."""
        return replace(self, part=self.part.cut(length))
