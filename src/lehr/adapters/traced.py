"""Traced: the array namespace of frameworks that compile a schedule into the training step."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from numpy.typing import NDArray

from lehr.schedule import BoundSchedule

# A table of at most so many rows is read by comparisons with constants, which a compiler fuses
# with what surrounds them; a gather is a kernel of its own.
_FEW = 16

Array = Any
"""An array of the framework; those that trace have no common type."""


@dataclass(frozen=True)
class Traced:
    """The functions of a numpy-like module, with a schedule's tables as constants of the program.

    Args:
        module: `jax.numpy` or `keras.ops`; what is not defined here is the module's.
        floating: dtype of steps and constants, for a framework that never mixes dtypes. None
            (default) leaves both to the framework's promotion.
    """

    module: ModuleType
    floating: str | None = None

    def values(self, bound: BoundSchedule, step: Array) -> Array:
        """Return the values of a bound schedule at `step`, in the shape of `step`.

        Args:
            bound: evaluated in closed form, without branches on `step`.
            step: integer array of any shape, which may be traced.
        """
        steps = step if self.floating is None else self.module.cast(step, self.floating)
        flat = self.module.reshape(steps, (-1,))
        return self.module.reshape(bound.at(flat, self), self.module.shape(step))  # pyright: ignore[reportArgumentType] - the protocol is written in numpy's types

    def __getattr__(self, name: str) -> Any:
        """Give a function of the module."""
        return getattr(self.module, name)

    def asarray(self, a: NDArray[Any], /) -> NDArray[Any]:
        """Leave a table as it is: `take` and `searchsorted` make constants of it."""
        return a

    def searchsorted(self, a: NDArray[Any], v: Array, /, *, side: Literal["right"]) -> Array:
        """Count, for each entry of `v`, the entries of the ascending table `a` at most it."""
        if len(a) > _FEW:
            return self.module.searchsorted(self._constants(a), v, side=side)
        count: Array = 1  # every table begins at step 0
        for index in range(1, len(a)):
            count = self.module.where(v >= a[index].item(), index + 1, count)
        return count

    def take(self, a: NDArray[Any], indices: Array, /) -> Array:
        """Return the entries of the table `a` at `indices`."""
        if len(a) > _FEW:
            return self.module.take(self._constants(a), indices)
        entry: Array = a[0].item()
        for index in range(1, len(a)):
            entry = self.where(indices == index, a[index].item(), entry)
        return entry

    def where(self, condition: Array, a: Array, b: Array, /) -> Array:
        """Choose `a` where the condition holds, else `b`."""
        if self.floating is not None and isinstance(a, int | float):
            a = self.module.array(a, self.floating)
        return self.module.where(condition, a, b)

    def _constants(self, table: NDArray[Any]) -> Array:
        return self.module.array(table, self.floating)
