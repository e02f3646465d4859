"""`lehr forecast`: from logs to a table, a page, JSON, or an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Lehr = Callable[..., Any]


def test_a_forecast_is_a_table(lehr: Lehr, logs: list[str]) -> None:
    """One line a schedule, what it was fitted on, and a warning beyond the peak lrs seen."""
    asked = ("--schedule", "linear()", "cosine()", "--horizon", "6000", "--weight-decay", "0.1")

    result = lehr("forecast", *logs, *asked, "--peak-lr", "1e-3")
    far = lehr("forecast", *logs, *asked, "--peak-lr", "1e-2")

    assert (result.code, result.err) == (0, "")
    assert "linear()" in result.out
    assert "2 runs of at most 2,900 steps" in result.out
    assert "No run had a peak lr" not in result.out
    assert "No run had a peak lr of 0.01 (seen: 0.000999 to 0.002)" in far.out
    assert "6,000 steps are 2.1 times the longest run seen" in result.out


def test_a_forecast_is_drawn(lehr: Lehr, logs: list[str]) -> None:
    """A picture a schedule, side by side on one scale, and where extrapolation begins."""
    asked = ("--schedule", "linear()", "cosine()", "--horizon", "6000", "--peak-lr", "1e-3")

    result = lehr("forecast", *logs, *asked)
    within = lehr("forecast", *logs, *asked, "--horizon", "2000")

    lines = result.out.splitlines()
    assert lines[0].split() == ["linear()", "@", "0.001", "cosine()", "@", "0.001"]
    assert sum(line.count("┌") for line in lines) == 2
    assert max(map(len, lines[:14])) <= 120
    assert "┊ step 2,900, the longest run seen" in result.out
    assert "┊" not in within.out
    assert "\x1b" not in result.out


def test_a_forecast_as_a_page_is_one_file(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """It holds the table's numbers and asks nobody for anything; --json is still JSON."""
    asked = ("--schedule", "linear()", "wsd()", "--horizon", "6000", "--peak-lr", "1e-3")

    drawn = lehr("forecast", *logs, *asked, "--html", "out.html")
    table = lehr("forecast", *logs, *asked)
    both = lehr("forecast", *logs, *asked, "--html", "other.html", "--json")

    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert drawn.out == "page: out.html\n"
    (row,) = [line for line in table.out.splitlines() if line.startswith("wsd() ")]
    assert all(number in page for number in row.split()[1:])
    assert " src=" not in page.split("<script>")[0]
    assert page == (tmp_path / "other.html").read_text(encoding="utf-8")
    assert json.loads(both.out)["schema_version"] == 1


@pytest.mark.parametrize("verb", ["forecast", "design"])
@pytest.mark.parametrize("path", [".", "missing/out.html"])
def test_a_page_goes_into_a_file(lehr: Lehr, logs: list[str], verb: str, path: str) -> None:
    """A folder, or a file in one that is not there, is refused with what to type."""
    asked = ["--horizon", "4000", "--html", path]
    if verb == "forecast":
        asked += ["--schedule", "linear()", "--peak-lr", "1e-3"]

    result = lehr(verb, *logs, *asked)

    assert (result.code, result.out) == (2, "")
    assert "--html page.html" in result.err


def test_a_forecast_as_json_holds_the_curve(lehr: Lehr, logs: list[str]) -> None:
    """Steps, means and standard deviations; and whether it extrapolates."""
    asked = ("--schedule", "linear()", "--horizon", "2000", "--peak-lr", "1e-3")

    document = json.loads(lehr("forecast", *logs, *asked, "--json").out)

    (found,) = document["forecasts"]
    assert len(found["steps"]) == len(found["mean"]) == len(found["sd"])
    assert found["steps"][-1] == 2_000
    assert document["extrapolates"] == {"peak_lr": False, "horizon": False}


def test_steps_to_a_target_are_a_table(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """Steps with their interval, one line a schedule; a loss out of reach is told as that."""
    asked = ("--schedule", "linear()", "wsd()", "--peak-lr", "1e-3", "--weight-decay", "0.1")

    result = lehr("forecast", *logs, *asked, "--target", "3.3")
    document = json.loads(lehr("forecast", *logs, *asked, "--target", "3.3", "--json").out)
    never = lehr("forecast", *logs, *asked, "--target", "1.0")
    drawn = lehr("forecast", *logs, *asked, "--target", "3.3", "--html", "page.html")
    nothing = lehr("forecast", *logs, *asked, "--target", "1.0", "--html", "none.html")

    assert (result.code, result.err) == (0, "")
    assert "steps to 3.3" in result.out
    for reach in document["steps"].values():
        assert reach["low"] <= reach["horizon"] <= reach["high"]
        assert f"{reach['horizon']:,}" in result.out
        assert f"{reach['horizon']:,}" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "20 times the longest run seen" in never.out
    assert drawn.out == "page: page.html\n"
    assert (nothing.code, "a higher --target" in nothing.err) == (2, True)


def test_a_forecast_of_no_length_is_refused(lehr: Lehr, logs: list[str]) -> None:
    """Without a horizon and without a target nothing can be said."""
    result = lehr("forecast", *logs, "--schedule", "linear()", "--peak-lr", "1e-3")

    assert result.code == 2
    assert "--horizon 10000, or --target 3.0" in result.err


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["--target", "3.0"], "a target takes the place of a horizon"),
        (["--law", "weight_nrom"], "did you mean weight_norm"),
        (["--skip", "5000"], "no loss after step 5000"),
        (["--loss-column", "val_loss"], "val_loss"),
        (["--skip", "-5"], "at least 0"),
        (["--optimizer", "adamm"], "did you mean adam"),
        (["--horizon", "6000000000000"], "steps are optimizer updates, not tokens"),
        (["--schedule", "Plan(weight_decay=linear())"], "a schedule of weight_decay does"),
        (["--peak-lr", "0"], "there is no such run"),
        (["--schedule", "cosin()"], "cosine"),
    ],
)
def test_what_cannot_be_forecast_says_why(
    lehr: Lehr, logs: list[str], changed: list[str], words: str
) -> None:
    """Wrong input is exit code 2 and one clear error."""
    usual = {"--schedule": "linear()", "--horizon": "2000", "--peak-lr": "1e-3"}
    usual |= dict([changed])

    result = lehr("forecast", *logs, *(word for pair in usual.items() for word in pair))

    assert result.code == 2
    assert words in result.err
    assert result.out == ""


def test_a_plan_of_more_than_the_lr_is_refused(lehr: Lehr, logs: list[str]) -> None:
    """What is left out of it is not left out silently; the same schedule twice is one line."""
    both = "Plan(lr=linear(), weight_decay=cosine())"
    asked = ("--horizon", "2000", "--peak-lr", "1e-3", "--json")

    refused = lehr("forecast", *logs, *asked, "--schedule", both)
    twice = lehr("forecast", *logs, *asked, "--schedule", "linear()", "linear()")

    assert (refused.code, refused.out) == (2, "")
    assert "--schedule 'linear()'" in refused.err
    assert len(json.loads(twice.out)["forecasts"]) == 1


def test_what_a_schedule_reaches_is_what_no_run_had(lehr: Lehr, logs: list[str]) -> None:
    """A factor in the schedule counts, in the text, in the JSON and on the page."""
    asked = ("--horizon", "2000", "--peak-lr", "1e-3", "--schedule", "4 * linear()")

    text = lehr("forecast", *logs, *asked)
    document = json.loads(lehr("forecast", *logs, *asked, "--json").out)
    target = json.loads(lehr("forecast", *logs, *asked[2:], "--target", "3.4", "--json").out)
    halved = lehr("forecast", *logs, *asked[:2], "--peak-lr", "4e-3", "--schedule", "0.5*linear()")

    assert "No run had a peak lr of 0.004" in text.out
    assert document["extrapolates"]["peak_lr"] is target["extrapolates"]["peak_lr"] is True
    assert "No run had a peak lr" not in halved.out


def test_small_losses_are_not_nothing(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """Significant digits, in a forecast and in a design."""
    for name in logs:
        head, *rows = (tmp_path / name).read_text().splitlines()
        cells = [row.split(",") for row in rows]
        rows = [",".join([*two, loss and f"{1e-5 * float(loss)!r}"]) for *two, loss in cells]
        (tmp_path / name).write_text("\n".join([head, *rows]) + "\n")

    asked = ("--horizon", "3000", "--weight-decay", "0.1")
    forecast = lehr("forecast", *logs, *asked, "--peak-lr", "1e-3", "--schedule", "linear()")
    design = lehr("design", *logs, *asked)

    for out in (forecast.out, design.out):
        assert "0.0000 " not in out
        assert "e-5" in out


@pytest.mark.parametrize("option", [["--optimizer", "adamw_torch_fused"], ["--optimizer", "SGD"]])
def test_an_optimizer_has_the_name_that_trainers_give_it(
    lehr: Lehr, logs: list[str], option: list[str]
) -> None:
    """Implementations of AdamW are AdamW, and any case will do."""
    assert lehr("design", *logs, "--horizon", "3000", *option, "--json").code == 0


@pytest.mark.parametrize("lr", ["nan", "-0.001", "inf"])
def test_a_log_with_what_is_no_lr_says_where(lehr: Lehr, tmp_path: Path, lr: str) -> None:
    """It is not left out and joined across."""
    rows = [f"{step},{lr if step == 30 else 0.001},{3 - step / 100}" for step in range(0, 60, 10)]
    (tmp_path / "log.csv").write_text("\n".join(["step,lr,loss", *rows]) + "\n")

    result = lehr("design", "log.csv", "--law", "chinchilla", "--horizon", "100")

    assert (result.code, result.out) == (2, "")
    assert f"{lr} at step 30" in result.err


def test_a_log_without_a_loss_says_what_is_missing(lehr: Lehr, tmp_path: Path) -> None:
    """A log of learning rates alone cannot be fitted."""
    (tmp_path / "bare.csv").write_text("step,lr\n1,0.1\n2,0.1\n")

    result = lehr("design", "bare.csv", "--horizon", "100")

    assert result.code == 2
    assert "--loss-column NAME" in result.err


def rewritten(path: Path, steps: Callable[[int], int]) -> None:
    """Write a log anew with other steps."""
    head, *rows = path.read_text().splitlines()
    cells = [row.split(",", 1) for row in rows]
    path.write_text("\n".join([head, *(f"{steps(int(s))},{rest}" for s, rest in cells)]) + "\n")


def test_a_log_of_tokens_says_so(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """An lr for each of so many steps would not fit into any memory."""
    rewritten(tmp_path / logs[0], lambda step: 1_000_000_000 * step)

    result = lehr("design", *logs, "--horizon", "4000")

    assert (result.code, result.out) == (2, "")
    assert "steps are optimizer updates, not tokens" in result.err


def test_the_log_of_a_later_part_alone_is_doubted(
    lehr: Lehr, logs: list[str], tmp_path: Path
) -> None:
    """The lr before it is nowhere; that it is taken for the first one is said everywhere."""
    (first, second) = logs
    rewritten(tmp_path / second, lambda step: 10_000 + step)
    words = f"The lrs of {second} begin at step 10,000"
    asked = ("--schedule", "linear()", "--peak-lr", "1e-3")

    for line in (
        ["forecast", *logs, *asked, "--horizon", "4000"],
        ["forecast", *logs, *asked, "--target", "9"],
        ["design", *logs, "--horizon", "4000"],
        ["design", *logs, "--horizon", "4000", "8000"],
    ):
        assert words in lehr(*line).out
        lehr(*line, "--html", "page.html")
        assert words in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert words not in lehr("design", first, "--horizon", "4000").out


def test_logs_of_later_parts_are_doubted_together(
    lehr: Lehr, logs: list[str], tmp_path: Path
) -> None:
    """What holds of several is said once."""
    for name in logs:
        rewritten(tmp_path / name, lambda step: 10_000 + step)

    out = lehr("design", *logs, "--horizon", "20000").out

    assert out.count("is taken for all updates before") == 1
    assert "Lrs begin at step 10,000 or later, of 2 of 2 logs (cosine.csv, wsd.csv)" in out


def test_a_loss_before_the_first_update_is_told(
    lehr: Lehr, logs: list[str], tmp_path: Path
) -> None:
    """No law says anything of it; with --skip it is left out as asked."""
    path = tmp_path / logs[0]
    path.write_text(path.read_text().replace(",\n", ",11.0\n", 1))

    assert "left out, of 1 of 2 logs (cosine.csv)" in lehr("design", *logs, "--horizon", "4000").out
    assert "left out" not in lehr("design", *logs, "--horizon", "4000", "--skip", "10").out


@pytest.mark.parametrize("verb", ["forecast", "design"])
@pytest.mark.parametrize("path", ["wsd.csv", "./wsd.csv", "more/new.csv", "more/old.csv"])
def test_what_is_read_is_not_written_over(
    lehr: Lehr, logs: list[str], tmp_path: Path, verb: str, path: str
) -> None:
    """Neither a log, nor one in a folder that is a log; a page beside them is written."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "metrics.csv").write_bytes((tmp_path / "cosine.csv").read_bytes())
    (tmp_path / "more" / "old.csv").write_text("mine")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.csv")}
    asked = [verb, "wsd.csv", "more", "--horizon", "4000"]
    if verb == "forecast":
        asked += ["--schedule", "linear()", "--peak-lr", "1e-3"]

    result = lehr(*asked, "--html", path)
    again = [lehr(*asked, "--html", "more/page.html").code for _ in range(2)]

    assert (result.code, result.out) == (2, "")
    assert "not written over" in result.err
    assert f"--html {verb}.html" in result.err
    assert before == {file: file.read_bytes() for file in tmp_path.rglob("*.csv")}
    assert again == [0, 0]


@pytest.mark.parametrize(
    "line",
    [
        "forecast {0} {1} ./{0} --schedule linear() --horizon 4000 --peak-lr 1e-3",
        "design {0} {1} {0} --horizon 4000",
        "design {0} {1} --after {1} --horizon 4000",
    ],
)
def test_a_run_counts_once(lehr: Lehr, logs: list[str], line: str) -> None:
    """However its path is written."""
    result = lehr(*line.format(*logs).split())

    assert (result.code, result.out) == (2, "")
    assert "a log is named twice" in result.err


def test_a_copy_of_a_run_does_not_count_twice(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """Not under another name, nor in single precision; and a run named by a link is the run."""
    header, *rows = (tmp_path / logs[0]).read_text().splitlines()
    single = [
        f"{step},{np.float32(lr):.9g},{np.float32(loss):.9g}"
        for step, lr, loss in (row.split(",") for row in rows if not row.endswith(","))
    ]
    (tmp_path / "copy.csv").write_text("\n".join([header, rows[0], *single]))
    (tmp_path / "link.csv").symlink_to(logs[0])
    asked = ("--horizon", "4000")

    copied = lehr("design", *logs, "copy.csv", *asked)
    linked = lehr("design", *logs, *asked, "--after", "link.csv")

    assert (copied.code, linked.code) == (2, 2)
    assert "two logs are of the same run" in copied.err
    assert "cosine.csv and copy.csv" in copied.err
    assert "a log is named twice" in linked.err


def test_a_run_and_its_beginning_count_once(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """As where a log was saved before its run had ended; in whatever order they are named."""
    header, *rows = (tmp_path / logs[0]).read_text().splitlines()
    (tmp_path / "earlier.csv").write_text("\n".join([header, *rows[: len(rows) // 2]]))

    last = lehr("design", *logs, "earlier.csv", "--horizon", "4000")
    first = lehr("design", "earlier.csv", *logs, "--horizon", "4000")

    assert (last.code, first.code) == (2, 2)
    for told in (last.err, first.err):
        assert "a log is the beginning of another" in told
        assert "earlier.csv and cosine.csv" in told
        assert "leave earlier.csv out" in told


def test_a_shorter_run_is_no_beginning(lehr: Lehr, logs: list[str], tmp_path: Path) -> None:
    """One with the same steps and lrs, of another seed, counts as a run of its own."""
    header, *rows = (tmp_path / logs[0]).read_text().splitlines()
    parts = [row.split(",") for row in rows[1 : len(rows) // 2]]
    other = [f"{step},{lr},{1.01 * float(loss)!r}" for step, lr, loss in parts]
    (tmp_path / "seed.csv").write_text("\n".join([header, *other]))

    result = lehr("design", *logs, "seed.csv", "--horizon", "4000")

    assert (result.code, result.err) == (0, "")
