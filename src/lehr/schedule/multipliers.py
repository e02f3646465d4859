"""Multipliers: what a stretch of optimizer steps needs to know of a plan, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.checked import whole
from lehr.schedule.shapes import Values


@dataclass(frozen=True, kw_only=True, eq=False)
class Multipliers:
    """The hyper-parameters of the steps [start, start + len) of a run.

    Args:
        values: hyper-parameter -> float64 array of shape (steps,), all of equal length; kept
            read-only.
        absolute: the names whose values replace the optimizer's own instead of multiplying it.
        start: the step of the first value, 0 or more.
        horizon: optimizer steps of the whole run.
        plan: text of the plan they come from.

    Raises:
        ScheduleError: arrays of different lengths or not of one dimension, no arrays at all, or
            an absolute name without values.

    >>> from lehr import Plan, linear
    >>> m = Plan(lr=linear()).over(4).multipliers()
    >>> len(m), m.values["lr"].tolist(), m[1:3].start, m[1:3].values["lr"].tolist()
    (4, [1.0, 0.75, 0.5, 0.25], 1, [0.75, 0.5])
    """

    values: Mapping[str, Values]
    absolute: frozenset[str]
    start: int
    horizon: int
    plan: str

    def __post_init__(self) -> None:
        arrays = {name: _frozen(array) for name, array in self.values.items()}
        shapes = {array.shape for array in arrays.values()}
        if len(shapes) != 1 or any(len(shape) != 1 for shape in shapes):
            raise ScheduleError(
                "the values are not one array per hyper-parameter over the same steps",
                value=str({name: array.shape for name, array in arrays.items()}),
                rule="at least one array, each of shape (steps,) with the same number of steps",
            )
        if not self.absolute <= arrays.keys():
            raise ScheduleError(
                "an absolute hyper-parameter has no values",
                value=", ".join(sorted(self.absolute - arrays.keys())),
                rule="absolute names are among the values",
            )
        object.__setattr__(self, "values", MappingProxyType(arrays))
        object.__setattr__(self, "start", whole(self.start, "start", least=0))
        object.__setattr__(self, "horizon", whole(self.horizon, "horizon"))

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def __getitem__(self, steps: slice) -> Multipliers:
        """Return the steps [a, b) of these, counted from their own first.

        Raises:
            ScheduleError: the slice skips steps or runs backwards.
        """
        first, last, stride = steps.indices(len(self))
        if stride != 1:
            raise ScheduleError(
                "a slice of multipliers skips steps", value=str(steps), rule="m[a:b], stride 1"
            )
        return Multipliers(
            values={name: array[first:last] for name, array in self.values.items()},
            absolute=self.absolute,
            start=self.start + first,
            horizon=self.horizon,
            plan=self.plan,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Multipliers):
            return NotImplemented
        return self._facts() == other._facts() and all(
            np.array_equal(array, other.values[name]) for name, array in self.values.items()
        )

    def __hash__(self) -> int:
        return hash(self._facts())

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (dict(self.values), self.absolute, self.start, self.horizon, self.plan)

    def _facts(self) -> tuple[object, ...]:
        names = frozenset(self.values)
        return names, len(self), self.absolute, self.start, self.horizon, self.plan


def _frozen(array: Values) -> Values:
    if array.dtype == np.float64 and not array.flags.writeable:
        return array
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def _rebuild(
    values: Mapping[str, Values], absolute: frozenset[str], start: int, horizon: int, plan: str
) -> Multipliers:
    return Multipliers(values=values, absolute=absolute, start=start, horizon=horizon, plan=plan)
