"""BoundSchedule: a schedule with a horizon, which has a value at every step."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import SupportsIndex, overload

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.base import Room, Schedule
from lehr.schedule.checked import whole
from lehr.schedule.clock import Clock
from lehr.schedule.durations import Scope
from lehr.schedule.pieces import Piece, value_at
from lehr.schedule.shapes import NUMPY, Namespace, Steps, Values

BLOCK = 8_192
"""Steps evaluated at once, so that intermediate arrays stay in the processor's cache."""


@dataclass(frozen=True, repr=False)
class BoundSchedule:
    """A schedule over `horizon` steps: p(t) is the multiplier used by update t, from 0.

    Immutable, hashable, picklable, a sequence of `horizon` floats. Every value is computed in
    closed form from t alone; scalars, slices and arrays agree to the bit.

    Args:
        schedule: what is bound.
        horizon: optimizer updates of the run.
        clock: what a step is worth, None where no duration needs it.

    >>> from lehr import linear, warmup
    >>> p = (warmup(2) >> linear()).over(6)
    >>> p
    <warmup(2) >> linear() over 6 steps>
    >>> p(0), p[-1], p(6), p(100), len(p)
    (0.5, 0.25, 0.0, 0.0, 6)
    >>> p[1:4].tolist()
    [1.0, 1.0, 0.75]
    """

    schedule: Schedule
    horizon: int
    clock: Clock | None = None
    _piece: Piece = field(init=False, compare=False)

    def __post_init__(self) -> None:
        scope = Scope(span=self.horizon, clock=self.clock)
        with np.errstate(over="ignore"):  # place() refuses what grows beyond float64
            piece = self.schedule.place(Room(scope, self.horizon, 1.0))
        object.__setattr__(self, "_piece", piece)

    def __call__(self, t: SupportsIndex) -> float:
        """Return the multiplier used by update `t` ≥ 0; past the end the last value holds.

        Raises:
            ScheduleError: `t` is negative or not an integer.
        """
        return value_at(self._piece, min(whole(t, "the step", least=0), self.horizon))

    def at(self, steps: Steps, xp: Namespace = NUMPY) -> Values:
        """Return the values at many steps at once.

        Args:
            steps: integer array of `xp`, shape (n,), every entry ≥ 0, in any order.
            xp: the array namespace: numpy (default), `jax.numpy` (also under jit), or `torch`.

        Raises:
            ScheduleError: numpy steps that are negative or not integers (a traced array cannot be
                looked into).
        """
        if xp is NUMPY and (steps.dtype.kind not in "iu" or (steps.size and steps.min() < 0)):
            raise ScheduleError(
                "steps are not step numbers",
                value=f"{steps.dtype} array",
                rule="steps are integers of at least 0",
            )
        if xp is not NUMPY or steps.size <= BLOCK:
            return self._piece.at(xp.where(steps < self.horizon, steps, self.horizon), xp)
        values = np.empty(steps.size)
        for begin in range(0, steps.size, BLOCK):
            block = slice(begin, begin + BLOCK)
            values[block] = self.at(steps[block])
        return values

    def values(self, start: SupportsIndex = 0, stop: SupportsIndex | None = None) -> Values:
        """Return the values of the steps [start, stop) as float64, shape (stop − start,).

        Args:
            start: first step, 0 or more.
            stop: step after the last, at least `start`; None (default) is the horizon. Beyond the
                horizon the last value holds.

        Raises:
            ScheduleError: not a range of steps.
        """
        first = whole(start, "start", least=0)
        last = self.horizon if stop is None else whole(stop, "stop", least=0)
        if last < first:
            raise ScheduleError(
                "the range of steps runs backwards",
                value=f"start = {first}, stop = {last}",
                rule="start is at most stop (by default the horizon)",
            )
        values = np.empty(last - first)
        for begin in range(first, last, BLOCK):
            steps = np.arange(begin, min(begin + BLOCK, last), dtype=np.int64)
            values[begin - first : begin - first + BLOCK] = self.at(steps)
        return values

    def __len__(self) -> int:
        return self.horizon

    @overload
    def __getitem__(self, index: SupportsIndex) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> Values: ...
    def __getitem__(self, index: SupportsIndex | slice) -> float | Values:
        """Return the value at an index, from the end if negative, or those of a slice."""
        if isinstance(index, slice):
            return self.at(np.arange(*index.indices(self.horizon), dtype=np.int64))
        step = operator.index(index)
        if not -self.horizon <= step < self.horizon:
            raise IndexError(f"step {step} of {self.horizon}; call p(t) for the value past the end")
        return self(step % self.horizon)

    def __iter__(self) -> Iterator[float]:
        return iter(self.values().tolist())

    def __reduce__(self) -> tuple[type[BoundSchedule], tuple[object, ...]]:
        return BoundSchedule, (self.schedule, self.horizon, self.clock)

    def __repr__(self) -> str:
        clock = f", {self.clock}" if self.clock else ""
        return f"<{self.schedule} over {self.horizon} steps{clock}>"

    def _repr_html_(self) -> str:
        from lehr.schedule.picture import html  # only notebooks need it

        return html(self)
