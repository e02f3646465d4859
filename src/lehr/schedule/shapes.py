"""Curves on [0, 1]: how much of the way is done, and how much is left, at progress x.

Each returns both `done` (0 at x = 0) and `left` = 1 − done, whichever is natural computed first,
so that neither end of a ramp loses digits. Branch-free over an array namespace `xp`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Steps = NDArray[np.int64]
Pair = tuple[Values, Values]
Number = TypeVar("Number", np.float64, np.int64)


class Namespace(Protocol):
    """The few array functions a schedule needs: numpy, jax.numpy and torch have them all."""

    def asarray(self, a: NDArray[Number], /) -> NDArray[Number]:
        """Turn a numpy array into an array of the namespace."""
        ...

    def cos(self, x: Values, /) -> Values:
        """Return the cosine."""
        ...

    def log(self, x: Values, /) -> Values:
        """Return the natural logarithm."""
        ...

    def floor(self, x: Values, /) -> Values:
        """Round down."""
        ...

    def sqrt(self, x: Values, /) -> Values:
        """Return the square root."""
        ...

    def minimum(self, a: Values, b: Values, /) -> Values:
        """Return the smaller, entry by entry."""
        ...

    def maximum(self, a: Values, b: Values, /) -> Values:
        """Return the larger, entry by entry."""
        ...

    def searchsorted(self, a: Steps, v: Steps, /, *, side: Literal["right"]) -> Steps:
        """Count, for each entry of `v`, the entries of the ascending `a` that are at most it."""
        ...

    def take(self, a: NDArray[Number], indices: Steps, /) -> NDArray[Number]:
        """Return the entries of `a` at `indices`, all of which are in it."""
        ...

    def where(
        self,
        condition: NDArray[np.bool_],
        a: NDArray[Number] | float,
        b: NDArray[Number] | float,
        /,
    ) -> NDArray[Number]:
        """Choose `a` where the condition holds, else `b`."""
        ...


NUMPY = cast("Namespace", np)


def _linear(x: Values, _: float, xp: Namespace) -> Pair:
    done = _until_one(x, xp)
    return done, 1.0 - done


def _cosine(x: Values, _: float, xp: Namespace) -> Pair:
    cosine = xp.cos(math.pi * _until_one(x, xp))
    return 0.5 * (1.0 - cosine), 0.5 * (1.0 + cosine)


def _wait(x: Values, _: float, xp: Namespace) -> Pair:
    done = xp.floor(_until_one(x, xp))
    return done, 1.0 - done


def _polynomial(x: Values, power: float, xp: Namespace) -> Pair:
    left = (1.0 - _until_one(x, xp)) ** power
    return 1.0 - left, left


def _power(x: Values, power: float, xp: Namespace) -> Pair:
    done = _until_one(x, xp) ** power
    return done, 1.0 - done


def _sqrt(x: Values, _: float, xp: Namespace) -> Pair:
    done = xp.sqrt(_until_one(x, xp))
    return done, 1.0 - done


def _rex(x: Values, _: float, xp: Namespace) -> Pair:
    x = _until_one(x, xp)
    return x / (2.0 - x), (1.0 - x) / (1.0 - 0.5 * x)


def _exponential(x: Values, factor: float, _: Namespace) -> Pair:
    left = factor**x
    return 1.0 - left, left


def _step(x: Values, factor: float, xp: Namespace) -> Pair:
    left = factor ** xp.floor(x)
    return 1.0 - left, left


def _rsqrt(x: Values, _: float, xp: Namespace) -> Pair:
    left = 1.0 / xp.sqrt(1.0 + x)
    return 1.0 - left, left


def _until_one(x: Values, xp: Namespace) -> Values:
    return xp.where(x < 1.0, x, 1.0)


_SHAPES: dict[str, Callable[[Values, float, Namespace], Pair]] = {
    "linear": _linear,
    "cosine": _cosine,
    "wait": _wait,
    "polynomial": _polynomial,
    "power": _power,
    "1-sqrt": _sqrt,
    "rex": _rex,
    "exponential": _exponential,
    "step": _step,
    "rsqrt": _rsqrt,
}


@dataclass(frozen=True)
class Curve:
    """A named curve with its parameter (a power or a factor; 0 where it has none).

    | shape | left at x | parameter |
    | --- | --- | --- |
    | linear | 1 − x | |
    | cosine | (1 + cos πx)/2 | |
    | wait | 1 while x < 1, then 0 | |
    | polynomial | (1 − x)^p | p |
    | power | 1 − x^p | p |
    | 1-sqrt | 1 − √x | |
    | rex | (1 − x)/(1 − x/2) | |
    | exponential | f^x, x unbounded | f |
    | step | f^⌊x⌋, x unbounded | f |
    | rsqrt | 1/√(1 + x), x unbounded | |

    The bounded ones stay at 0 for x ≥ 1.
    """

    shape: str
    parameter: float = 0.0

    def __call__(self, x: Values, xp: Namespace) -> Pair:
        """Return (done, left) at progress `x` ≥ 0."""
        return _SHAPES[self.shape](x, self.parameter, xp)


LINEAR = Curve("linear")
