"""Durations: 500 steps, "5%" of the span, "3ep", "2e9tok", "1e6samples"; kept exact."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, SupportsIndex, cast

from lehr.errors import ScheduleError
from lehr.schedule.checked import MOST_STEPS, whole
from lehr.schedule.clock import Clock

Unit = Literal["steps", "%", "ep", "tok", "samples"]
DurationLike = SupportsIndex | str
"""What a caller writes: a whole number of steps, or a text with a unit."""

RULE = 'a duration is a whole number of steps, or "5%", "3ep", "2e9tok", "1e6samples"'
_TEXT = re.compile(r"(\d{1,20}(?:\.\d{1,20})?|\.\d{1,20})(?:e\+?(\d{1,2}))?(%|ep|tok|samples)")
_PER_STEP = {"tok": "tokens_per_step", "samples": "samples_per_step"}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What durations are measured in.

    Attributes:
        span: steps that 100 % stand for: the horizon, or one cycle inside `repeat`.
        clock: steps in epochs, tokens and samples; None where nobody said.
        stretch: what whole-step durations are multiplied by inside a stretched cycle.
    """

    span: int
    clock: Clock | None = None
    stretch: Fraction = Fraction(1)

    def stretched(self, factor: Fraction) -> Scope:
        """Return the scope of a cycle whose own durations are `factor` times as long."""
        return replace(self, stretch=self.stretch * factor)


@dataclass(frozen=True)
class Duration:
    """An exact amount of a unit; `Duration.of` reads it from what a caller wrote."""

    amount: Fraction
    unit: Unit

    @classmethod
    def of(cls, value: DurationLike, name: str) -> Duration:
        """Read a duration; `name` is the argument an error speaks of.

        Raises:
            ScheduleError: a float, a bool, an unknown unit, or an amount that is not above 0.
        """
        if isinstance(value, str):
            return cls._of_text(value, name)
        if isinstance(value, float):
            raise ScheduleError(
                f"{name} is a bare float", value=repr(value), rule=RULE, fix=_instead_of(value)
            )
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise ScheduleError(f"{name} is not a duration", value=repr(value), rule=RULE)
        return cls(Fraction(whole(value, name)), "steps")

    @classmethod
    def _of_text(cls, text: str, name: str) -> Duration:
        match = _TEXT.fullmatch(text)
        if match is None:
            fix = f"write {text} without quotes" if text.isdecimal() else 'for example "5%"'
            raise ScheduleError(f"{name} is not a duration", value=repr(text), rule=RULE, fix=fix)
        digits, exponent, unit = match.groups()
        amount = Fraction(digits) * 10 ** int(exponent or 0)
        if amount == 0:
            raise ScheduleError(f"{name} is zero", value=repr(text), rule="durations are above 0")
        if unit == "%" and amount > 100:
            raise ScheduleError(
                f"{name} is longer than its span",
                value=repr(text),
                rule="a share is at most 100% of the horizon (of one cycle inside repeat)",
            )
        return cls(amount, cast("Unit", unit))

    @property
    def is_share(self) -> bool:
        """Whether the length depends on the enclosing span."""
        return self.unit == "%"

    def steps(self, scope: Scope, name: str) -> int:
        """Return the duration in optimizer steps: floor(exact + ½).

        Raises:
            ScheduleError: the clock does not know the unit, or no step is left after rounding.
        """
        exact = self._exact(scope, name)
        steps = int(exact + Fraction(1, 2))
        if steps < 1:
            raise ScheduleError(
                f"{name} is {self} long, which rounds to no step",
                value=f"{self} = {float(exact):.3g} steps (span = {scope.span} steps)",
                rule="every duration is at least one step",
                fix="write it in steps, for example 1, or lengthen the horizon",
            )
        if steps > MOST_STEPS:
            raise ScheduleError(
                f"{name} is longer than any run",
                value=f"{self} = {float(exact):.3g} steps",
                rule="at most 2**53 steps",
            )
        return steps

    def _exact(self, scope: Scope, name: str) -> Fraction:
        if self.unit == "%":
            return self.amount / 100 * scope.span
        if self.unit == "steps":
            return self.amount * scope.stretch
        need = _PER_STEP.get(self.unit, "steps_per_epoch")
        rate: int | None = getattr(scope.clock, need, None)
        if rate is None:
            raise ScheduleError(
                f"{name} is {self} long, and nobody said how long that is in steps",
                value=repr(scope.clock) if scope.clock else "no clock",
                rule=f"a duration in {self.unit} needs a clock with {need}",
                fix=f"over(horizon, Clock({need}=...))",
            )
        steps = self.amount * rate if self.unit == "ep" else self.amount / rate
        return steps * scope.stretch

    def __str__(self) -> str:
        if self.unit == "steps":
            return str(self.amount)
        return f'"{_decimal(self.amount)}{self.unit}"'


def _decimal(amount: Fraction) -> str:
    """Write a fraction with a finite decimal expansion exactly, `2e9` when many zeros end it."""
    places = 0
    while (amount * 10**places).denominator != 1:
        places += 1
    digits = str((amount * 10**places).numerator).rjust(places + 1, "0")
    if places:
        return f"{digits[:-places]}.{digits[-places:]}"
    short = digits.rstrip("0")
    zeros = len(digits) - len(short)
    return f"{short}e{zeros}" if zeros >= 5 else digits


def _instead_of(value: float) -> str:
    if 0 < value < 1:
        return f'"{value * 100:.12g}%" for a share of the span'
    return f"{int(value)} for steps" if 1 <= value < MOST_STEPS else 'for example 500 or "5%"'
