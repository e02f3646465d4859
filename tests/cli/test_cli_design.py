"""`lehr design`: from logs to a schedule, what is left of one, or a trunk, or an error."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lehr import parse

Lehr = Callable[..., Any]


def test_a_design_as_a_page_is_one_file(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """It holds the schedule that is printed, and the loss it is expected to reach."""
    result = lehr("design", *logs, "--horizon", "4000", "--html", "out.html")
    document = json.loads(lehr("design", *logs, "--horizon", "4000", "--json").out)

    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert result.out == "page: out.html\n"
    assert html.escape(document["schedule"]) in page
    assert f"{document['predicted']:.4f}" in page


def test_a_design_can_be_typed_again(lehr: Lehr, logs: list[str]) -> None:
    """The schedule it prints is one that `lehr show` reads; the peak lr is one that was seen."""
    asked = ("--horizon", "4000", "--weight-decay", "0.1")

    result = lehr("design", *logs, *asked)
    document = json.loads(lehr("design", *logs, *asked, "--json").out)

    assert (result.code, result.err) == (0, "")
    assert str(parse(document["schedule"])) in result.out
    assert 1e-3 * (1 - 1e-9) <= document["peak_lr"] <= 2e-3 * (1 + 1e-9)


def test_logs_may_stand_before_or_behind_the_horizons(lehr: Lehr, logs: list[str]) -> None:
    """A number is a horizon, everything else a log; without either it is said what is needed."""
    for horizons in (["6000"], ["3000", "6000"]):
        before = lehr("design", *logs, "--horizon", *horizons, "--json")
        behind = lehr("design", "--horizon", *horizons, *logs, "--json")
        assert before.code == behind.code == 0
        assert before.out == behind.out
    for words in (["--horizon", "6000"], [*logs, "--horizon", "none.csv"]):
        result = lehr("design", *words)
        assert result.code == 2
        assert "a design needs runs and a horizon" in result.err


def test_what_is_left_of_a_run_is_designed(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """From its last lr on, never above it, over the steps that are left."""
    (first, running) = logs
    asked = ("--after", running, "--horizon", "5000", "--weight-decay", "0.1")

    result = lehr("design", first, *asked)
    document = json.loads(lehr("design", first, *asked, "--json").out)
    page = lehr("design", first, *asked, "--html", "page.html")

    assert (result.code, result.err) == (0, "")
    assert document["after"] == 2_901
    assert "over the 2,099 steps that are left, from step 2,901 on" in result.out
    rest = parse(document["schedule"]).over(2_099).values()
    assert rest.max() <= 1.0
    assert document["peak_lr"] < 2e-3  # the run has begun to cool down
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (page.code, page.out) == (0, "page: page.html\n")
    assert "for the 2,099 steps from step 2,901 on" in text
    assert f"{document['predicted']:.4f}" in text
    assert "lehr compare" not in text  # it trains whole runs


def test_a_run_goes_on_from_its_last_lr(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """Evaluations end before the lrs do; what was trained is not designed again."""
    lines = ["step,lr,eval_loss"]
    for step in range(0, 3_000, 100):
        loss = 3 + (step + 1) ** -0.5 if step % 500 == 0 and 0 < step <= 2_000 else ""
        lines.append(f"{step},{2e-3 * (1 - step / 5_000)!r},{loss}")
    (tmp_path / "ev.csv").write_text("\n".join(lines) + "\n")

    asked = ("--after", "ev.csv", "--loss-column", "eval_loss", "--horizon", "5000", "--json")
    document = json.loads(lehr("design", *asked).out)

    assert document["after"] == 2_901
    assert document["peak_lr"] == pytest.approx(2e-3 * (1 - 2_900 / 5_000))
    assert len(parse(document["schedule"]).over(2_099).values()) == 2_099


def test_several_horizons_share_a_trunk(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """Where each cooldown begins, what it loses, and the steps in all; as a page the same."""
    asked = ("--horizon", "4000", "2000", "--weight-decay", "0.1", "--cooldown", "30%")

    result = lehr("design", *logs, *asked)
    document = json.loads(lehr("design", *logs, *asked, "--json").out)
    page = lehr("design", *logs, *asked, "--html", "page.html")

    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (result.code, result.err, page.out) == (0, "", "page: page.html\n")
    assert [branch["horizon"] for branch in document["branches"]] == [2_000, 4_000]
    assert document["steps"] < document["separate"] == 6_000
    assert f"{document['trunk']} @ " in result.out
    trunk, lines = parse(document["trunk"]).over(4_000).values(), result.out.splitlines()
    for branch in document["branches"]:
        begins, end = branch["begins"], branch["horizon"]
        assert begins >= 0.7 * end
        assert (parse(branch["schedule"]).over(end).values()[:begins] == trunk[:begins]).all()
        row = next(line for line in lines if line.split()[:1] == [f"{end:,}"])
        assert row.split()[1] == f"{begins:,}"
        assert all(f"{branch['predicted']:.4f}" in shown for shown in (row, text))
        assert html.escape(branch["schedule"]) in text
    assert ["each", "its", "own", "run", "6,000", "0%", "0"] in [line.split() for line in lines]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--horizon", "2000", "--cooldown", "20%"], "leave out --cooldown"),
        (["--horizon", "2000", "4000", "--cooldown", "20"], "a share of the horizon"),
        (["--horizon", "2000", "4000", "--after", "wsd.csv"], "--horizon 2000"),
        (["--horizon", "2000", "2000"], "different whole numbers"),
    ],
)
def test_a_trunk_that_cannot_be_says_why(
    lehr: Lehr, logs: list[str], asked: list[str], words: str
) -> None:
    """Wrong input is exit code 2 and one clear error."""
    result = lehr("design", *logs, *asked)

    assert (result.code, result.out) == (2, "")
    assert words in result.err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--horizon 5e4", "--horizon 50000"),
        ("--horizon 2000 50,000", "--horizon 50000"),
        ("--horizon 2000 4000 --cooldown 0.3", "--cooldown 30%"),
        ("--horizon 2000 4000 --cooldown 30", "--cooldown 30%"),
    ],
)
def test_a_number_in_another_form_is_named(
    lehr: Lehr, logs: list[str], line: str, words: str
) -> None:
    """It is not taken for a log, and a share has its %."""
    result = lehr("design", *logs, *line.split())

    assert (result.code, result.out) == (2, "")
    assert words in result.err
