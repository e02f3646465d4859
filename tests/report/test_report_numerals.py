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
