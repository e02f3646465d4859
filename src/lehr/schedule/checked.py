"""Numbers at the door: what a schedule accepts as a multiplier, a factor or a count."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from numbers import Real
from typing import SupportsIndex

from lehr.errors import ScheduleError, did_you_mean

MOST_STEPS = 2**53
"""Largest step number: every integer up to here is exact in float64."""


def multiplier(value: object, name: str) -> float:
    """Return `value` as a float if it is a finite number of at least 0.

    Raises:
        ScheduleError: `value` is not a number (a bool is none), not finite, or negative.
    """
    return _number(value, name, least=0.0, strictly=False)


def positive(value: object, name: str) -> float:
    """Return `value` as a float if it is a finite number above 0.

    Raises:
        ScheduleError: `value` is not a number (a bool is none), not finite, or not above 0.
    """
    return _number(value, name, least=0.0, strictly=True)


def finite(value: object, name: str) -> float:
    """Return `value` as a float if it is a finite number.

    Raises:
        ScheduleError: `value` is not a number (a bool is none) or not finite.
    """
    return _number(value, name, least=-math.inf, strictly=False)


def whole(value: SupportsIndex, name: str, *, least: int = 1) -> int:
    """Return `value` as an int if it is a whole number from `least` to 2**53.

    Raises:
        ScheduleError: `value` is not an integer (a bool and a float are none) or out of range.
    """
    rule = f"{name} is a whole number of at least {least}"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise ScheduleError(f"{name} is not a whole number", value=repr(value), rule=rule)
    if not least <= number <= MOST_STEPS:
        raise ScheduleError(
            f"{name} is out of range", value=shown(number), rule=f"{rule} and at most 2**53"
        )
    return number


def choice(value: object, name: str, allowed: Iterable[str]) -> str:
    """Return `value` if it is one of the words `allowed`.

    Raises:
        ScheduleError: it is none of them.
    """
    words = tuple(allowed)
    if isinstance(value, str) and value in words:
        return value
    raise ScheduleError(
        f"{name} is not known",
        value=repr(value),
        rule=f"{name} is one of " + ", ".join(f'"{word}"' for word in words),
        fix=did_you_mean(str(value), words),
    )


def number_text(value: float) -> str:
    """Write a number as Python reads it back to the bit, whole numbers without a point.

    >>> number_text(1.0), number_text(0.1), number_text(4e-6)
    ('1', '0.1', '4e-06')
    """
    return str(int(value)) if value.is_integer() and value < 1e15 else repr(value)


def shown(value: object) -> str:
    """Return the repr of what was received, or its size where it has thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a whole number of {value.bit_length()} bits"
    return repr(value)


def _number(value: object, name: str, *, least: float, strictly: bool) -> float:
    bound = f" {'above' if strictly else 'of at least'} {least:g}" if least > -math.inf else ""
    rule = f"{name} is a finite number{bound}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ScheduleError(f"{name} is not a number", value=repr(value), rule=rule)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < least or (strictly and number == least):
        raise ScheduleError(f"{name} is out of range", value=shown(value), rule=rule)
    return number + 0.0  # −0.0 becomes 0.0, so that equal schedules have equal texts
