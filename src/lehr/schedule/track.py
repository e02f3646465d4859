"""A track: curves placed one after the other on the step axis, evaluated all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lehr.schedule.shapes import NUMPY, Curve, Namespace, Number, Steps, Values


@dataclass(frozen=True, eq=False)
class Track:
    """One row per curve: from step `start` on, go from `first` to `last` along `curve`.

    Progress at step t is x = (t − origin) / length, one exact subtraction and one division, so
    that nothing accumulates over steps. All arrays have the shape (rows,).

    Attributes:
        start: int64, ascending, the first is 0: the step from which the row counts.
        origin: int64, the step at which the row's progress is 0 (start, or start − 1).
        length: float64 whole numbers, steps in which progress goes from 0 to 1; float64 because
            torch divides integers in single precision.
        first: float64, value at progress 0.
        last: float64, value at progress 1 (or the limit of an unbounded curve).
        curve: int64, index into `curves`.
        curves: the distinct curves.
    """

    start: Steps
    origin: Steps
    length: Values
    first: Values
    last: Values
    curve: Steps
    curves: tuple[Curve, ...]

    @classmethod
    def single(
        cls, curve: Curve, *, length: int, first: float, last: float, offset: int = 0
    ) -> Track:
        """Return a track of one row that begins at step 0; `offset` counts steps already done."""
        return cls(
            start=np.zeros(1, np.int64),
            origin=np.full(1, -offset, np.int64),
            length=np.full(1, length, np.float64),
            first=np.full(1, first, np.float64),
            last=np.full(1, last, np.float64),
            curve=np.zeros(1, np.int64),
            curves=(curve,),
        )

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t` (shape (n,), all ≥ 0), shape (n,)."""
        row = self._row(t, xp)
        x = (t - pick(xp, self.origin, row)) / pick(xp, self.length, row)
        first, last = pick(xp, self.first, row), pick(xp, self.last, row)
        if len(self.curves) == 1:
            return _between(first, last, x, self.curves[0], xp)
        kind = pick(xp, self.curve, row)
        values = first
        for index, curve in enumerate(self.curves):
            mine = kind == index
            ramp = _between(first, last, xp.where(mine, x, 0.0), curve, xp)
            values = xp.where(mine, ramp, values)
        return values

    def _row(self, t: Steps, xp: Namespace) -> Steps:
        """Return the row of each step; of all of them at once where there is one row only."""
        if xp is NUMPY and len(self.start) == 1:
            return np.zeros((), np.int64)
        return xp.searchsorted(on(xp, self.start), t, side="right") - 1

    def scaled(self, gain: float) -> Track:
        """Return the track with every value multiplied by `gain`."""
        return replace(self, first=self.first * gain, last=self.last * gain)

    def cut(self, length: int) -> Track:
        """Return the rows that begin before step `length`."""
        return self._rows(np.flatnonzero(self.start < length))

    def _rows(self, rows: Steps) -> Track:
        return replace(
            self,
            start=self.start[rows],
            origin=self.origin[rows],
            length=self.length[rows],
            first=self.first[rows],
            last=self.last[rows],
            curve=self.curve[rows],
        )


def joined(starts: Steps, which: Steps, parts: Sequence[Track], gains: Values) -> Track:
    """Lay copies of `parts` end to end: copy k is parts[which[k]] × gains[k] from starts[k] on.

    The arrays have the shape (copies,).
    """
    curves = tuple(dict.fromkeys(curve for part in parts for curve in part.curves))
    counts = np.array([len(part.start) for part in parts], np.int64)
    stock_begins = np.cumsum(counts) - counts
    copies = np.repeat(np.arange(len(which)), counts[which])
    copy_begins = np.cumsum(counts[which]) - counts[which]
    rows = np.arange(len(copies)) - copy_begins[copies] + stock_begins[which][copies]
    shift, gain = starts[copies], gains[copies]
    own = [np.array([curves.index(c) for c in part.curves], np.int64) for part in parts]
    curve = np.concatenate([own[k][part.curve] for k, part in enumerate(parts)])
    return Track(
        start=np.concatenate([part.start for part in parts])[rows] + shift,
        origin=np.concatenate([part.origin for part in parts])[rows] + shift,
        length=np.concatenate([part.length for part in parts])[rows],
        first=np.concatenate([part.first for part in parts])[rows] * gain,
        last=np.concatenate([part.last for part in parts])[rows] * gain,
        curve=curve[rows],
        curves=curves,
    )


def _between(first: Values, last: Values, x: Values, curve: Curve, xp: Namespace) -> Values:
    """Go from `first` to `last`; both are met exactly, and no value lies beyond either."""
    done, left = curve(x, xp)
    way = last - first
    return xp.where(done < 0.5, first + way * done, last - way * left)


def on(xp: Namespace, array: NDArray[Number]) -> NDArray[Number]:
    """Return a numpy array in the namespace `xp`."""
    return array if xp is NUMPY else xp.asarray(array)


def pick(xp: Namespace, table: NDArray[Number], rows: Steps) -> NDArray[Number]:
    """Return the entries of a numpy table at `rows`, in the namespace `xp`."""
    return xp.take(on(xp, table), rows)
