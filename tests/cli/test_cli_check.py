"""`lehr check`: findings on stdout, 1 where something is wrong, 0 where it is only information."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lehr.checks import CHECKS
from lehr.checks.page import explain

Lehr = Callable[..., Any]
LOG = "step,train/rate,train/loss\n" + "".join(
    f"{step},{0.1 * (1 - step / 1_000):.6g},{2 - step / 1_000:.4g}\n" for step in range(0, 630, 10)
)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (['warmup("5%") >> cosine()'], 0),
        (['warmup("5%", reach="next") >> cosine()'], 0),  # information
        (['warmup("5%") >> hold()'], 1),  # a warning
        (["multi_step([100, 20_000])"], 1),  # an error
        (['warmup("5%") >> hold()', "--ignore", "LR021"], 0),
        (["cosine()", "--optimizer", "adamw", "--peak-lr", "3e-3"], 1),
        (["cosine()", "--optimizer", "adamw", "--betas", "0.9", "0.99"], 0),
        (['warmup("2ep") >> cosine()', "--steps-per-epoch", "50"], 0),
        (['warmup("1e5samples") >> cosine()', "--batch-size", "256"], 0),
    ],
)
def test_the_exit_code_is_for_scripts(line: list[str], code: int, lehr: Lehr) -> None:
    """1 where a warning or an error was found, in both forms."""
    assert lehr("check", *line).code == code
    assert lehr("check", *line, "--json").code == code


def test_json_holds_everything(lehr: Lehr) -> None:
    """One versioned document."""
    document = json.loads(lehr("check", 'warmup("5%") >> hold()', "--json").out)
    assert document["schema_version"] == 1
    assert document["target"] == 'warmup("5%") >> hold()'
    assert document["horizon"] == 10_000
    (found,) = document["findings"]
    assert set(found) == {"code", "severity", "title", "what", "step", "fix", "schedule"}
    assert found["schedule"] == 'warmup("5%") >> hold() >> linear("20%")'


def test_a_log_is_checked(lehr: Lehr, tmp_path: Path) -> None:
    """Columns by name; a horizon that the file does not say."""
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    line = ["check", "log.csv", "--lr-column", "train/rate", "--horizon", "1000"]
    result = lehr(*line)
    assert (result.code, result.err) == (1, "")
    assert result.out.startswith("63 rows of log.csv over 1,000 steps\nLR031 warning")
    assert [f["code"] for f in json.loads(lehr(*line, "--json").out)["findings"]] == ["LR031"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_each_code_is_explained(check: Any, lehr: Lehr) -> None:
    """`--explain` is the check's part of docs/checks.md."""
    result = lehr("check", "--explain", check.code)
    assert (result.code, result.out) == (0, explain(check))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([], "nothing to check"),
        (["nowhere.csv"], "no such log"),
        (["cosin()"], "did you mean cosine?"),
        (["cosine()", "--ignore", "LR1"], "no check LR1"),
        (["--explain", "LR1"], "no check LR1"),
        (["cosine()", "--lr-column", "lr"], "has no columns"),
        (["cosine()", "--optimizer", "adamv"], "--optimizer"),
        (["cosine()", "--peak-lr", "0"], "peak_lr"),
        (['warmup("2ep") >> cosine()'], "steps_per_epoch"),
    ],
)
def test_wrong_usage(line: list[str], said: str, lehr: Lehr) -> None:
    """Exit code 2, nothing on stdout, and what to type."""
    result = lehr("check", *line)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["a.cvs"], "a.csv, if that is meant"),
        (["./a.cvs"], "a.csv, if that is meant"),
        (["runs/nothere"], "there is no such log"),
        (["a.csv", "--horizon", "500"], "the last row is of step 990"),
        (["cosine()", "--ignore", "LR021,LR003"], "--ignore LR021 LR003"),
        (['warmup("2ep") >> cosine()'], "--steps-per-epoch N"),
        (['warmup("2samples") >> cosine()'], "--batch-size N"),
    ],
)
def test_a_slip_is_told_from_a_schedule(
    line: list[str], said: str, lehr: Lehr, tmp_path: Path
) -> None:
    """What looks like a path is one; what is missing is named by its option."""
    rows = [f"{step},{1e-3 * (1 - step / 1000)}" for step in range(0, 1000, 10)]
    (tmp_path / "a.csv").write_text("\n".join(["step,lr", *rows]))
    result = lehr("check", *line)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_several_checks_are_ignored_at_once(lehr: Lehr) -> None:
    """The target may stand before or behind their codes."""
    codes = ["--ignore", "LR021", "LR003"]
    before, behind = lehr("check", "hold()", *codes), lehr("check", *codes, "hold()")
    assert before == behind
    assert before.err == ""
    assert "LR021" not in before.out


def test_a_log_that_says_its_end_is_followed_no_further(lehr: Lehr, tmp_path: Path) -> None:
    """The Trainer's `global_step` is the number of updates that were made."""
    rows = [{"step": k, "learning_rate": 1e-3 * (1 - k / 1000)} for k in range(50, 501, 50)]
    state = {"max_steps": 1000, "global_step": 500, "log_history": rows}
    (tmp_path / "trainer_state.json").write_text(json.dumps(state))
    assert "the run ended at step 500, 50 %" in lehr("check", "trainer_state.json").out
