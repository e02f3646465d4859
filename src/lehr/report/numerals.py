"""Numbers as a reader wants them: short, rounded to what is known, units included."""

from __future__ import annotations

import math

MINUS = "−"
ABSURD = 1000
"""Times that an end of an interval is above or below its middle where it says nothing."""


def number(value: float, digits: int = 3) -> str:
    """Write a number with some significant digits, without a padded exponent.

    >>> number(0.041234), number(4e-05), number(1234567.0), number(-0.5), number(120.0)
    ('0.0412', '4e-5', '1.23e6', '−0.5', '120')
    """
    value += 0.0  # a negative zero is a zero
    if not math.isfinite(value):
        return "∞" if value > 0 else "not finite"
    text = f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.{digits}g}"
    mantissa, exponent, power = text.partition("e")
    if exponent:
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", MINUS, 1) if value < 0 else text


def count(value: int) -> str:
    """Write a whole number with separators.

    >>> count(12345)
    '12,345'
    """
    return f"{value:,}"


def plural(value: int, noun: str) -> str:
    """Write a whole number of things.

    >>> plural(1, "seed"), plural(12345, "step")
    ('1 seed', '12,345 steps')
    """
    return f"{count(value)} {noun}" + ("" if value == 1 else "s")


def times(ratio: float) -> str:
    """Write how many times one thing is another.

    >>> times(3.378), times(1.04), times(12.3), times(99.7)
    ('3.4 times', '1.04 times', '12 times', '99.7 times')
    """
    return f"{number(ratio, 2 if 2 <= ratio < 99.5 else 3)} times"


def percent(fraction: float, digits: int = 2) -> str:
    """Write a fraction as a percentage with some significant digits, at least the whole ones.

    >>> percent(0.0721), percent(-0.004), percent(0.1234), percent(0.0), percent(1.35)
    ('7.2%', '−0.4%', '12%', '0%', '135%')
    """
    value = 100 * fraction
    if 10**digits <= abs(float(f"{value:.{digits}g}")) < math.inf:
        value, digits = float(f"{value:.0f}"), 15
    return f"{number(value, digits)}%"


def loss(value: float) -> str:
    """Write a loss to four decimals, a small or a huge one to three significant digits.

    >>> loss(2.92954), loss(0.098013), loss(0.00123456), loss(1234567.8), loss(math.inf)
    ('2.9295', '0.0980', '0.00123', '1.23e6', '∞')
    """
    return f"{value:,.4f}" if 0.01 <= value < 1e6 else number(value)


def within(mean: float, low: float, high: float, word: str = "to") -> str:
    """Write the interval that holds a loss; an end a thousandfold off is 0, or infinite.

    >>> within(2.93, 2.92, 2.945), within(2.9, 1e-9, 1e9), within(2.9, 0.0, math.inf, "and")
    ('2.9200 to 2.9450', '0 to ∞', '0 and ∞')
    """
    least = "0" if low * ABSURD < mean else loss(low)
    most = loss(high) if high < ABSURD * mean else "∞"
    return f"{least} {word} {most}"


def gain(mean: float, sd: float) -> str:
    """Write a difference with its standard deviation, to two significant digits of the latter.

    >>> gain(0.0042442, 0.0014815), gain(-1.5, 0.25), gain(0.1, 0.0), gain(-1e-9, 0.02)
    ('0.0042 ± 0.0015', '−1.50 ± 0.25', '0.1 ± 0', '0.000 ± 0.020')
    >>> gain(3.0, math.inf), gain(3.0, 1.5e9)
    ('3 ± ∞', '3 ± 1.5e9')
    """
    if not math.isfinite(sd):
        return f"{number(mean)} ± ∞"
    if sd <= 0:
        return f"{number(mean, 2)} ± 0"
    if sd >= 1e6:
        return f"{number(mean)} ± {number(sd, 2)}"
    places = max(0, 1 - math.floor(math.log10(sd)))
    mean = round(mean, places) + 0.0  # a negative zero is a zero
    return f"{mean:,.{places}f} ± {sd:,.{places}f}".replace("-", MINUS)


def lr(value: float, digits: int = 6) -> str:
    """Write a learning rate so that it can be typed.

    >>> lr(0.1), lr(1e-05), lr(0.0353553), lr(0.000999667, 3)
    ('0.1', '1e-5', '0.0353553', '0.001')
    """
    mantissa, exponent, power = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa
