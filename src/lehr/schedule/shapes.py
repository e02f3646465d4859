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
Parameters = tuple[float, ...]
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


def _linear(x: Values, _: Parameters, xp: Namespace) -> Pair:
    done = _until_one(x, xp)
    return done, 1.0 - done


def _cosine(x: Values, _: Parameters, xp: Namespace) -> Pair:
    cosine = xp.cos(math.pi * _until_one(x, xp))
    return 0.5 * (1.0 - cosine), 0.5 * (1.0 + cosine)


def _half_cosine(x: Values, _: Parameters, xp: Namespace) -> Pair:
    done = -xp.cos(0.5 * math.pi * (1.0 + _until_one(x, xp)))
    done = xp.where(done < 0.0, 0.0, done)  # −cos(π/2) rounds to −6e-17
    return done, 1.0 - done


def _wait(x: Values, _: Parameters, xp: Namespace) -> Pair:
    done = xp.floor(_until_one(x, xp))
    return done, 1.0 - done


def _polynomial(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    (power,) = parameters
    left = (1.0 - _until_one(x, xp)) ** power
    return 1.0 - left, left


def _power(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    (power,) = parameters
    done = _until_one(x, xp) ** power
    return done, 1.0 - done


def _sqrt(x: Values, _: Parameters, xp: Namespace) -> Pair:
    done = xp.sqrt(_until_one(x, xp))
    return done, 1.0 - done


def _rex(x: Values, _: Parameters, xp: Namespace) -> Pair:
    x = _until_one(x, xp)
    return x / (2.0 - x), (1.0 - x) / (1.0 - 0.5 * x)


def _ratio(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    (ratio,) = parameters
    fallen = ratio ** _until_one(x, xp)
    return (1.0 - fallen) / (1.0 - ratio), (fallen - ratio) / (1.0 - ratio)


def _harmonic(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    (ratio,) = parameters
    x = _until_one(x, xp)
    whole = x + ratio * (1.0 - x)
    return x / whole, ratio * (1.0 - x) / whole


def _tanh(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    lower, upper = parameters
    x = _until_one(x, xp)
    twice = 2.0 * (lower * (1.0 - x) + upper * x)
    return 1.0 / (1.0 + math.e**-twice), 1.0 / (1.0 + math.e**twice)


def _log(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    (n,) = parameters
    done = xp.log(1.0 + (n - 1.0) * _until_one(x, xp)) / math.log(n)
    return done, 1.0 - done


def _exponential(x: Values, parameters: Parameters, _: Namespace) -> Pair:
    (factor,) = parameters
    left = factor**x
    return 1.0 - left, left


def _step(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    (factor,) = parameters
    left = factor ** xp.floor(x)
    return 1.0 - left, left


def _rsqrt(x: Values, _: Parameters, xp: Namespace) -> Pair:
    left = 1.0 / xp.sqrt(1.0 + x)
    return 1.0 - left, left


def _power_law(x: Values, parameters: Parameters, _: Namespace) -> Pair:
    power, rate = parameters
    left = (1.0 + rate * x) ** -power
    return 1.0 - left, left


def _power_stairs(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    return _power_law(xp.floor(x), parameters, xp)


def _tail(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    power, rate = parameters
    x = rate * x
    left = xp.where(x < 1.0, 1.0, x) ** -power
    return 1.0 - left, left


def _catching_up(x: Values, parameters: Parameters, xp: Namespace) -> Pair:
    (power,) = parameters
    ahead = -xp.floor(-x)
    left = (1.0 - x / xp.where(ahead < 1.0, 1.0, ahead)) ** power
    return 1.0 - left, left


def _until_one(x: Values, xp: Namespace) -> Values:
    return xp.where(x < 1.0, x, 1.0)


_SHAPES: dict[str, Callable[[Values, Parameters, Namespace], Pair]] = {
    "linear": _linear,
    "cosine": _cosine,
    "half_cosine": _half_cosine,
    "wait": _wait,
    "polynomial": _polynomial,
    "power": _power,
    "1-sqrt": _sqrt,
    "rex": _rex,
    "ratio": _ratio,
    "harmonic": _harmonic,
    "tanh": _tanh,
    "log": _log,
    "exponential": _exponential,
    "step": _step,
    "rsqrt": _rsqrt,
    "power_law": _power_law,
    "power_stairs": _power_stairs,
    "tail": _tail,
    "catching_up": _catching_up,
}


@dataclass(frozen=True)
class Curve:
    """A named curve with its parameters.

    | shape | left at x | parameters |
    | --- | --- | --- |
    | linear | 1 − x | |
    | cosine | (1 + cos πx)/2 | |
    | half_cosine | 1 + cos(π(1 + x)/2) | |
    | wait | 1 while x < 1, then 0 | |
    | polynomial | (1 − x)^p | p |
    | power | 1 − x^p | p |
    | 1-sqrt | 1 − √x | |
    | rex | (1 − x)/(1 − x/2) | |
    | ratio | (r^x − r)/(1 − r) | r ≠ 1 |
    | harmonic | r(1 − x)/(x + r(1 − x)) | r |
    | tanh | (1 − tanh(l(1 − x) + ux))/2 | l, u |
    | log | 1 − ln(1 + (n − 1)x)/ln n | n > 1 |
    | exponential | f^x, x unbounded | f |
    | step | f^⌊x⌋, x unbounded | f |
    | rsqrt | 1/√(1 + x), x unbounded | |
    | power_law | (1 + rx)^−p, x unbounded | p, r |
    | power_stairs | (1 + r⌊x⌋)^−p, x unbounded | p, r |
    | tail | max(1, rx)^−p, x unbounded | p, r |
    | catching_up | (1 − x/⌈x⌉)^p, x unbounded | p |

    The bounded ones stay at their end for x ≥ 1.
    """

    shape: str
    parameters: Parameters = ()

    @property
    def parameter(self) -> float:
        """The first parameter, 0 where there is none."""
        return self.parameters[0] if self.parameters else 0.0

    def __call__(self, x: Values, xp: Namespace) -> Pair:
        """Return (done, left) at progress `x` ≥ 0."""
        return _SHAPES[self.shape](x, self.parameters, xp)


LINEAR = Curve("linear")
