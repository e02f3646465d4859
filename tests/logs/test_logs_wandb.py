"""Weights & Biases: a chart's CSV, a run's history, an offline run (samples/README.md)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from lehr.errors import MissingError, UsageError
from lehr.logs import read

OFFLINE = Path(__file__).parent / "samples" / "wandb" / "offline-run"


def chart(path: Path, axis: str, metrics: dict[str, list[object]]) -> Path:
    """Write a CSV as a chart does; its cells are quoted, each metric has its range."""
    names = [f"{name}{end}" for name in metrics for end in ("", "__MIN", "__MAX")]
    steps = range(0, 10 * len(next(iter(metrics.values()))), 10)
    lines = [
        [step, *(value for column in metrics.values() for value in [column[place]] * 3)]
        for place, step in enumerate(steps)
    ]
    quoted = [",".join(f'"{cell}"' for cell in line) for line in [[axis, *names], *lines]]
    path.write_text("\n".join(quoted))
    return path


def test_a_chart_of_one_run(tmp_path: Path) -> None:
    """The run's name is taken off; it may hold the dash that ends it."""
    of = {"Group: a - b - train/loss": [2.5, "", 2.0], "Group: a - b - train/lr": [0.1, 0.2, ""]}
    log = read(chart(tmp_path / "wandb.csv", "Step", of))
    loss = log.loss()
    assert loss is not None
    assert loss.steps.tolist() == [0, 20]
    assert log.lr().steps.tolist() == [0, 10]


def test_several_runs_are_told_apart(tmp_path: Path) -> None:
    """None is guessed; each is named as it is typed."""
    of = {f"{run} - lr": [place] for place, run in enumerate(["my run", "other"])}
    path = chart(tmp_path / "wandb.csv", "Step", of)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert "my run, other" in str(caught.value)
    assert f"'{path}::my run'" in str(caught.value)
    assert read(Path(f"{path}::other")).lr().values.tolist() == [1]
    with pytest.raises(UsageError, match="did you mean other"):
        read(Path(f"{path}::othre"))


def test_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    """Their columns have one name, so one would hide the other."""
    path = tmp_path / "wandb.csv"
    names = [f"cosine - lr{end}" for end in ("", "__MIN", "__MAX")]
    path.write_text(",".join(["Step", *names, *names]) + "\n0,1,1,1,2,2,2\n")
    with pytest.raises(UsageError, match="several columns cosine - lr"):
        read(path)


def test_the_optimizers_step_comes_before_the_trackers(tmp_path: Path) -> None:
    """`Step` and `_step` count calls to log."""
    of = {"run - trainer/global_step": [7, 8], "run - lr": [0.1, 0.2], "run - _step": [0, 1]}
    path = chart(tmp_path / "wandb.csv", "Step", of)
    assert read(path).lr().steps.tolist() == [7, 8]
    assert read(path, step_column="Step").lr().steps.tolist() == [0, 10]
    axis = chart(tmp_path / "axis.csv", "train/global_step", {"run - lr": [0.1, 0.2]})
    assert read(axis).lr().steps.tolist() == [0, 10]
    history = tmp_path / "history.jsonl"
    rows = [{"_step": k, "trainer/global_step": 10 * k, "lr": 0.1} for k in range(3)]
    history.write_text("\n".join(map(json.dumps, rows)))
    assert read(history).lr().steps.tolist() == [0, 10, 20]


def test_an_axis_that_counts_no_steps_is_refused(tmp_path: Path) -> None:
    """Epochs and seconds are no updates."""
    path = chart(tmp_path / "wandb.csv", "Relative Time (Process)", {"run - lr": [0.1, 0.2]})
    with pytest.raises(UsageError, match="--step-column NAME"):
        read(path)


def test_an_offline_run_is_read_by_wandbs_own_reader() -> None:
    """Its history; where W&B has logged a NaN, that is one (needs wandb 0.29 or older)."""
    pytest.importorskip("wandb.sdk.internal.datastore")
    log = read(OFFLINE)
    lr, loss = log.lr(), log.loss()
    assert lr.steps.tolist() == list(range(0, 110, 10))
    np.testing.assert_allclose(lr.values, 1e-3 * (1 - lr.steps / 100))
    assert loss is not None
    assert np.isnan(loss.values[-1])


def test_what_a_kill_cut_off_is_no_error_and_damage_is(tmp_path: Path) -> None:
    """The rows before the cut are there; a flipped bit is told (needs wandb 0.29 or older)."""
    pytest.importorskip("wandb.sdk.internal.datastore")
    (sample,) = OFFLINE.iterdir()
    whole = sample.read_bytes()
    path = tmp_path / "run-1.wandb"
    path.write_bytes(whole[: len(whole) // 2])
    assert 0 < len(read(path).lr()) < 11
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(UsageError, match="damaged"):
        read(path)
    path.write_bytes(b"not a run of theirs")
    with pytest.raises(UsageError, match="damaged"):
        read(path)


@pytest.mark.parametrize("name", ["", "run-4rtmunyc.wandb"])
def test_without_that_reader_it_says_what_to_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the one that has it, or export the history."""
    for module in [module for module in sys.modules if module.partition(".")[0] == "wandb"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingError) as caught:
        read(OFFLINE / name)
    assert "wandb<0.30" in str(caught.value)
    assert "docs/logs.md" in str(caught.value)


def test_the_own_count_of_iterations_comes_before_that_of_calls(tmp_path: Path) -> None:
    """As nanoGPT logs: `iter` among the values, every fifth one, and W&B's `_step` beside it."""
    path = tmp_path / "history.jsonl"
    rows = [{"iter": 5 * call, "train/loss": 3.0, "lr": 1e-3, "_step": call} for call in range(4)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert read(path).lr().steps.tolist() == [0, 5, 10, 15]
