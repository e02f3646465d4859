"""Help, curves and listings, to the letter (UPDATE_GOLDEN=1 writes them anew)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Lehr = Callable[..., Any]
GOLDEN = Path(__file__).parent / "golden"
LINES = {
    "help": ["--help"],
    "help_choose": ["choose", "--help"],
    "help_compare": ["compare", "--help"],
    "help_show": ["show", "--help"],
    "help_list": ["list", "--help"],
    "help_check": ["check", "--help"],
    "help_convert": ["convert", "--help"],
    "help_report": ["report", "--help"],
    "help_doctor": ["doctor", "--help"],
    "help_forecast": ["forecast", "--help"],
    "help_design": ["design", "--help"],
    "help_learn_prior": ["learn-prior", "--help"],
    "list": ["list"],
    "show": ["show", 'warmup("5%") >> hold() >> cosine("20%", final=0.1)', "--peak", "3e-4"],
    "show_plan": [
        "show",
        "Plan(lr=one_cycle(), momentum=one_cycle_momentum())",
        "--horizon",
        "1000",
    ],
    "show_constant": ["show", "constant(0.5)", "--horizon", "10"],
}


@pytest.mark.parametrize("name", LINES)
def test_what_is_written(name: str, lehr: Lehr) -> None:
    """The whole of stdout; nothing on stderr; plain text in a pipe."""
    result = lehr(*LINES[name])
    text = "".join(f"{line.rstrip()}\n" for line in result.out.splitlines())
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert (result.code, result.err) == (0, "")
    assert "\x1b" not in result.out
    assert text == path.read_text(encoding="utf-8")


CHECKED = [
    "check",
    'Plan(lr=warmup("40%") >> hold(), momentum=one_cycle_momentum())',
    *("--horizon", "1000", "--optimizer", "adamw", "--peak-lr", "1e-3", "--weight-decay", "0.01"),
]


def test_what_a_check_writes(lehr: Lehr) -> None:
    """Code, severity, title; what and where; what to do, and what to type; the count."""
    result = lehr(*CHECKED)
    path = GOLDEN / "check.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(result.out, encoding="utf-8")
    assert (result.code, result.err) == (1, "")
    assert result.out == path.read_text(encoding="utf-8")


def test_nothing_typed_shows_the_help(lehr: Lehr) -> None:
    """`lehr` alone is `lehr --help`."""
    assert lehr().out == lehr("--help").out
