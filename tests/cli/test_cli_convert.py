"""`lehr convert`: code on stdout, what to mind on stderr."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lehr import parse
from lehr.catalog.convert import convert

Lehr = Callable[..., Any]
GOLDEN = Path(__file__).parent / "golden"
LINES = {
    "convert_torch": ["wsd()", "--to", "torch", "--horizon", "1000", "--peak-lr", "3e-4"],
    "convert_keras": ["one_cycle()", "--to", "keras", "--horizon", "1000"],
    "convert_optax": ["rex()", "--to", "optax", "--horizon", "100", "--peak-lr", "0.1"],
    "convert_transformers": [
        'warmup(500, reach="next") >> cosine(final=0.1)',
        "--to",
        "transformers",
    ],
    "convert_lightning": ["warmup(100) >> linear()", "--to", "lightning", "--peak-lr", "3e-4"],
    "convert_table": ["cosine().repeat(3, stretch=2)", "--to", "torch", "--horizon", "30"],
}


@pytest.mark.parametrize("name", LINES)
def test_the_code_goes_to_stdout(name: str, lehr: Lehr) -> None:
    """Stdout is the code and nothing else, to the letter; the kind and why are on stderr."""
    result = lehr("convert", *LINES[name])
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(result.out, encoding="utf-8")
    assert result.code == 0
    assert result.out == path.read_text(encoding="utf-8")
    compile(result.out, name, "exec")
    assert result.err.split(":")[0] in ("native", "formula", "table")


def test_json_is_the_conversion(lehr: Lehr) -> None:
    """One document with the code and everything else that is known of it."""
    result = lehr("convert", "wsd()", "--to", "torch", "--horizon", "1000", "--json")
    document = json.loads(result.out)
    made = convert(parse("wsd()"), "torch", horizon=1_000)
    assert document["schema_version"] == 1
    assert (document["code"], document["kind"]) == (made.code, "native")
    assert (document["why"], document["remarks"]) == (made.why, list(made.remarks))
    assert result.err == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["linear()"], "--to"),
        (["linear()", "--to", "torhc"], 'Did you mean "torch"?'),
        (["Plan(lr=one_cycle(), momentum=one_cycle_momentum())", "--to", "torch"], "a plan"),
        (["warmup(50) >> hold(10)", "--to", "torch"], "shorter"),
        (["linear()", "--to", "torch", "--peak-lr", "0"], "peak_lr"),
    ],
)
def test_what_is_wrong_is_said(line: list[str], said: str, lehr: Lehr) -> None:
    """Nothing on stdout, the cause on stderr, exit code 2."""
    result = lehr("convert", *line)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_a_clock_gives_durations_a_meaning(lehr: Lehr) -> None:
    """Epochs need steps per epoch."""
    line = ["convert", 'warmup("2ep") >> linear()', "--to", "optax", "--horizon", "100"]
    assert "boundaries=[20]" in lehr(*line, "--steps-per-epoch", "10").out
    assert "steps_per_epoch" in lehr(*line).err
