"""Reading logs: the formats people have, and errors that say what to type."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lehr.checks import read_log
from lehr.errors import UsageError

STATE = {
    "max_steps": 40,
    "num_train_epochs": 2,
    "log_history": [
        {"epoch": 0.5, "learning_rate": 4e-5, "loss": 2.5, "step": 10},
        {"epoch": 0.5, "eval_loss": 2.4, "step": 10},
        {"epoch": 1.0, "learning_rate": 2e-5, "loss": float("nan"), "step": 20},
    ],
}


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_csv(tmp_path: Path) -> None:
    """Columns by their usual names, also after a slash; rows without a lr are left out."""
    text = "global_step,train/lr,train/loss\n0,0.1,2.5\n10,,\n20,nan,\n"
    log = read_log(written(tmp_path / "log.csv", text))
    assert log.steps.tolist() == [0, 20]
    np.testing.assert_equal(log.lr, [0.1, np.nan])
    np.testing.assert_equal(log.loss, [2.5, np.nan])  # nothing was logged, …
    assert (log.horizon, log.steps_per_epoch) == (None, None)


def test_json_lines(tmp_path: Path) -> None:
    """One object a line, blank lines allowed; columns may be named."""
    lines = [{"it": k, "rate": 0.1 / (k + 1), "objective": 1.0} for k in range(3)]
    path = written(tmp_path / "log.jsonl", "\n\n".join(map(json.dumps, lines)))
    log = read_log(path, lr_column="rate", step_column="it", loss_column="objective")
    assert log.steps.tolist() == [0, 1, 2]
    assert log.lr.tolist() == [0.1, 0.05, 0.1 / 3]
    assert log.loss is not None


def test_trainer_state(tmp_path: Path) -> None:
    """Transformers' file also says the horizon and, by its epochs, the steps in one."""
    log = read_log(written(tmp_path / "trainer_state.json", json.dumps(STATE)))
    assert log.steps.tolist() == [10, 20]
    assert log.lr.tolist() == [4e-5, 2e-5]
    assert (log.horizon, log.steps_per_epoch) == (40, 20)
    assert log.loss is not None
    assert log.loss.tolist() == [2.5, np.inf]  # … and here a loss that is no number


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("log.txt", "", "ends in .csv"),
        ("log.csv", "", "it is empty"),
        ("log.csv", "step,rate\n0,0.1\n", "--lr-column NAME"),
        ("log.csv", "step,lr\n0,\n", "no row"),
        ("log.csv", "step,lr\n0,fast\n", "'fast'"),
        ("log.csv", "step,lr\n0.5,1\n", "whole numbers"),
        ("log.csv", "step,lr\n-1,1\n", "at least 0"),
        ("log.csv", "step,lr\n1e400,1\n", "whole numbers"),
        ("log.csv", "step,lr\n1e300,1\n", "whole numbers"),
        ("log.jsonl", '{"step": 0', "cannot be read"),
        ("log.jsonl", "3\n", "no list of rows"),
        ("log.json", '{"log_history": []}', "no list of rows"),
        ("log.json", "[" * 100_000, "cannot be read"),
        ("log.json", '[{"step": 0, "lr": [1]}]', "no number"),
        ("log.json", '[{"step": true, "lr": 1}]', "no number"),
    ],
)
def test_what_cannot_be_read_is_told_why(tmp_path: Path, name: str, text: str, said: str) -> None:
    """The problem, what was found, and the option or the rule that helps."""
    with pytest.raises(UsageError) as caught:
        read_log(written(tmp_path / name, text))
    assert said in str(caught.value)


def test_a_column_that_is_not_there_is_told_its_neighbours(tmp_path: Path) -> None:
    """A named column is not replaced by a usual one."""
    path = written(tmp_path / "log.csv", "step,lr_head,lr\n0,0.1,0.2\n")
    with pytest.raises(UsageError) as caught:
        read_log(path, lr_column="lr_haed")
    assert "did you mean lr_head?" in str(caught.value)
    with pytest.raises(UsageError, match="no such log"):
        read_log(tmp_path / "nowhere.csv")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Another encoding is an error, not a traceback."""
    path = tmp_path / "log.csv"
    path.write_bytes(b"step,lr\n0,\xff\xfe\n")
    with pytest.raises(UsageError, match="cannot be read"):
        read_log(path)
