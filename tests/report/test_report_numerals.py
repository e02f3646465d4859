"""Numbers as they are shown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lehr.report import numerals


@given(st.floats(1e-12, 1e6))
def test_a_learning_rate_can_be_typed_again(value: float) -> None:
    """Six significant digits come back."""
    assert float(numerals.lr(value)) == pytest.approx(value, rel=1e-5)


@given(st.floats(-1e300, 1e300))
def test_a_number_keeps_its_sign_and_size(value: float) -> None:
    """What is shown is the number, to three digits, with a real minus sign."""
    shown = numerals.number(value)
    assert "-" not in shown.partition("e")[0]
    back = float(shown.replace(numerals.MINUS, "-").replace(",", ""))
    assert math.isclose(back, value, rel_tol=6e-3)


def test_what_is_not_finite_is_said() -> None:
    """No number is invented."""
    assert [numerals.number(v) for v in (math.inf, -math.inf, math.nan)] == [
        "∞",
        "not finite",
        "not finite",
    ]


@given(st.floats(1e-6, 1e3), st.floats(0, 1e3))
def test_an_interval_that_says_nothing_is_open(mean: float, width: float) -> None:
    """Its ends are numbers only within a factor of a thousand."""
    high = mean * math.exp(min(width, 700))
    low = mean * math.exp(-width)
    shown = numerals.within(mean, low, high)
    assert shown.endswith("∞") is (high >= numerals.ABSURD * mean)
    assert shown.startswith("0 ") is (low * numerals.ABSURD < mean)


def test_a_gain_of_which_nothing_is_known_is_open() -> None:
    """A standard deviation may be infinite, and a huge one takes no line of digits."""
    assert numerals.gain(2.5, math.inf) == "2.5 ± ∞"
    assert len(numerals.gain(2.5, 1e200)) < 20
