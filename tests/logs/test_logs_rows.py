"""CSV and JSON: dense tables, sparse ones, names, and errors that say what to type."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lehr.errors import UsageError
from lehr.logs import read

CELL = st.none() | st.floats(allow_nan=True, allow_infinity=True)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"step": st.integers(0, 2**53), "train/lr": CELL, "val/loss": CELL, "loss": CELL}
    ),
    min_size=1,
    max_size=20,
)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@given(rows=ROWS)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "json"])
def test_each_column_is_what_its_rows_hold(
    rows: list[dict[str, float | None]], ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever cells are empty: every value that was written, at its step, in order."""
    path = tmp_path_factory.mktemp("log") / f"log.{ending}"
    if ending == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    elif ending == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    else:
        path.write_text(json.dumps(rows), encoding="utf-8")
    log = read(path)
    assert set(log.series) == {"step", "train/lr", "val/loss", "loss"}
    for name, series in log.series.items():
        logged = [(row["step"], row[name]) for row in rows if row[name] is not None]
        assert series.steps.tolist() == [step for step, _ in logged]
        np.testing.assert_array_equal(series.values, [value for _, value in logged])


@pytest.mark.parametrize(
    ("columns", "lr", "loss"),
    [
        (["lr", "loss"], "lr", "loss"),
        (["train/learning_rate", "eval/loss", "train/loss"], "train/learning_rate", "train/loss"),
        (["optimizer.lr", "val.loss", "train.loss"], "optimizer.lr", "train.loss"),
        (["LR", "Loss/train", "Loss/test"], "LR", "Loss/train"),
        (["Learning Rate", "Train Loss"], "Learning Rate", "Train Loss"),
        (["learning-rate", "lm loss", "loss"], "learning-rate", "loss"),
        (["lr-AdamW", "train_loss_epoch", "train_loss_step"], "lr-AdamW", "train_loss_step"),
        (["lr-SGD-momentum", "lr-SGD", "val_loss"], "lr-SGD", None),
        (["lr", "val/loss", "train_loss"], "lr", "train_loss"),
        (["head/lr", "lr", "a/loss", "train/loss", "loss"], "lr", "loss"),
        (["head/lr", "train/lr", "a/loss", "train/loss"], "train/lr", "train/loss"),
        (["lr", "val/loss"], "lr", "val/loss"),  # as there is no other
    ],
)
def test_names_are_the_usual_ones(
    columns: list[str], lr: str, loss: str | None, tmp_path: Path
) -> None:
    """Of trackers, of trainers, of tutorials; training comes before evaluation."""
    cells = {name: place for place, name in enumerate(columns)}
    path = written(tmp_path / "log.json", json.dumps([{"step": 1, **cells}]))
    log = read(path)
    assert log.lr().values.tolist() == [cells[lr]]
    found = log.loss()
    assert (None if found is None else found.values.tolist()) == (
        None if loss is None else [cells[loss]]
    )


def test_several_that_differ_are_not_guessed(tmp_path: Path) -> None:
    """Both names and what to type; parameter groups of one lr are one lr."""
    head = "step,lr-AdamW/pg1,lr-AdamW/pg2,a/loss,b/loss\n"
    differ = read(written(tmp_path / "differ.csv", head + "0,0.1,0.2,1,1\n1,0.2,0.2,2,1\n"))
    with pytest.raises(UsageError) as caught:
        differ.lr()
    assert "lr-AdamW/pg1, lr-AdamW/pg2" in str(caught.value)
    assert "--lr-column lr-AdamW/pg1" in str(caught.value)
    with pytest.raises(UsageError, match="several columns that may be its loss"):
        differ.loss()
    assert differ.lr("lr-AdamW/pg2").values.tolist() == [0.2, 0.2]
    same = read(written(tmp_path / "same.csv", head + "0,0.1,0.1,1,1\n1,0.2,0.2,1,1\n"))
    assert same.lr().values.tolist() == [0.1, 0.2]


def test_several_steps_are_not_guessed(tmp_path: Path) -> None:
    """Of `step` and `global_step` the first counts, as ever; two `step`s are told apart."""
    path = written(tmp_path / "log.csv", "a/step,b/step,lr\n1,2,0.1\n")
    with pytest.raises(UsageError, match="several columns that may be its step"):
        read(path)
    assert read(path, step_column="b/step").lr().steps.tolist() == [2]
    both = written(tmp_path / "both.csv", "global_step,step,lr\n1,2,0.1\n")
    assert read(both).lr().steps.tolist() == [2]


def test_a_usual_column_that_is_empty_is_passed_over(tmp_path: Path) -> None:
    """What another run of the same project logged leaves a column, but no values."""
    log = read(written(tmp_path / "log.csv", "step,lr,learning_rate,loss\n0,,0.1,\n"))
    assert log.lr().values.tolist() == [0.1]
    assert log.loss() is None


def test_a_loss_that_is_nowhere_logged_is_named(tmp_path: Path) -> None:
    """Its column is there, so that its name is not what is wrong."""
    (tmp_path / "log.csv").write_text("step,lr,loss\n0,0.1,\n1,0.1,\n")
    with pytest.raises(UsageError, match="no row of log"):
        read(tmp_path / "log.csv").course()


def test_words_in_a_column_that_is_not_asked_for_do_no_harm(tmp_path: Path) -> None:
    """They are an error only where they are meant to be numbers."""
    path = written(tmp_path / "log.csv", "step,phase,lr,loss\n0,warmup,0.1,\n1,,0.2,3\n,,,\n")
    log = read(path)
    assert log.lr().steps.tolist() == [0, 1]
    with pytest.raises(UsageError, match="row 1 holds no number"):
        log.loss("phase")


def test_what_is_no_number_stays_what_it_is(tmp_path: Path) -> None:
    """A loss of NaN was logged; an empty cell was not."""
    log = read(written(tmp_path / "log.jsonl", '{"step": 1, "lr": 1, "loss": NaN}\n{"step": 2}'))
    loss = log.loss()
    assert loss is not None
    assert loss.steps.tolist() == [1]
    assert math.isnan(loss.values[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("step,lr\n0,0.1,5\n", "row 1 has more cells"),
        ("step,lr,lr\n0,0.1,0.2\n", "several columns lr"),
        ("step,lr\n-1,0.1\n", "at least 0"),
        ("step;lr\n0;0.1\n", "columns: step;lr"),
    ],
)
def test_a_table_that_is_none_says_so(text: str, said: str, tmp_path: Path) -> None:
    """Nothing is dropped or guessed."""
    with pytest.raises(UsageError) as caught:
        read(written(tmp_path / "log.csv", text)).lr()
    assert said in str(caught.value)


def test_json_lines_end_where_lines_end(tmp_path: Path) -> None:
    """A line separator inside a JSON text is no end of a line."""
    path = tmp_path / "log.jsonl"
    path.write_bytes('{"step": 1, "lr": 0.1, "note": "a\u2028b"}\r\n'.encode())
    assert read(path).lr().values.tolist() == [0.1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"step": 1}\n\n{"step": \n{"step": 3}\n', "line 3 is no JSON"),
        ('{"step": 1}\n{"step": 2, "lo', "line 2, the last, is cut off"),
        ('{"step": 1}\n{"step": 2, "lo\n', "line 2 is no JSON"),
    ],
)
def test_a_broken_line_is_named(text: str, said: str, tmp_path: Path) -> None:
    """By its number in the file, empty lines counted; the last may still be being written."""
    with pytest.raises(UsageError, match=said):
        read(written(tmp_path / "log.jsonl", text))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("log.csv", "step,lr\n", "no rows below its header"),
        ("log.csv", "", "it is empty"),
        ("log.json", "", "it is empty"),
        ("log.jsonl", "\n", "it is empty"),
        ("log.csv", "step,lr\n0,0.1\nTraining finished.\n", "row 2 is no row of the table"),
        ("log.csv", "lr,step\n0.1,0\nTraining finished.\n", "row 2 is no row of the table"),
        ("log.csv", "lr,step,loss\n0.1,0,2\nTraining finished, bye\n", "row 2 is no row"),
        ("log.csv", "lr,step\n0.1,0\n" + "\0" * 40, "row 2 is no row of the table"),
        ("log.csv", "step,lr\n0,0.1\nend,\n", "row 2 has no|row 2 holds no number"),
        ("log.csv", "step,lr\n0,\n", "no row of log.csv has a lr"),
        ("log.csv", "step,lr\n0,x\n", "log.csv: row 1 holds no number"),
        ("log.csv", "step,lr\n,1\n", "log.csv: row 1 has no step"),
        ("log.csv", "epoch,lr\n0,1\n", "log.csv has no column step"),
        ("log.csv", "step,rate\n0,1\n", "log.csv has no column lr"),
    ],
)
def test_what_is_no_log_says_which_file_and_where(
    name: str, text: str, said: str, tmp_path: Path
) -> None:
    """Of many files in a folder, the one is named; nothing in it is passed over."""
    with pytest.raises(UsageError, match=said) as caught:
        read(written(tmp_path / name, text)).lr()
    assert name in str(caught.value)


def test_a_row_may_be_short_or_blank(tmp_path: Path) -> None:
    """Rows that end before the last column, and lines of spaces, are none that are wrong."""
    log = read(written(tmp_path / "log.csv", "step,lr,loss\n0,0.1\n  \n5,0.2,3\n"))
    assert log.lr().steps.tolist() == [0, 5]
