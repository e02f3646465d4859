"""TensorBoard: what torch's SummaryWriter writes, and files that were cut off or damaged."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.tensorboard import SummaryWriter

from lehr.errors import MissingError, UsageError
from lehr.logs import read


def events(folder: Path) -> Path:
    (file,) = folder.glob("events*")
    return file


def test_scalars_of_every_kind(tmp_path: Path) -> None:
    """Old and new summaries, doubles, tensors of one number; never texts or histograms."""
    with SummaryWriter(tmp_path) as writer:
        for step in (0, 10):
            writer.add_scalar("train/lr", 0.1, step)
            writer.add_scalar("train/loss", 2.5 - step / 10, step, new_style=True)
            writer.add_scalar("exact", 1 / 3, step, new_style=True, double_precision=True)
            writer.add_tensor("tensor", torch.tensor([1.5]), step)
            writer.add_tensor("vector", torch.zeros(3), step)
            writer.add_text("note", "words", step)
            writer.add_histogram("weights", torch.zeros(4), step)
        writer.add_scalar("train/loss", math.nan, 20)
    for log in (read(tmp_path), read(events(tmp_path))):
        assert set(log.series) == {"train/lr", "train/loss", "exact", "tensor"}
        loss = log.loss()
        assert loss is not None
        assert loss.steps.tolist() == [0, 10, 20]
        np.testing.assert_array_equal(loss.values, [2.5, 1.5, math.nan])
        assert log.lr().steps.tolist() == [0, 10]
        assert log.series["exact"].values.tolist() == [1 / 3, 1 / 3]
        assert log.series["tensor"].values.tolist() == [1.5, 1.5]


def test_no_value_is_sampled_away(tmp_path: Path) -> None:
    """TensorBoard itself shows at most 10,000 of a tag."""
    with SummaryWriter(tmp_path) as writer:
        for step in range(10_100):
            writer.add_scalar("lr", step, step)
    np.testing.assert_array_equal(read(tmp_path).lr().values, np.arange(10_100))


def test_a_resumed_run_is_one_run(tmp_path: Path) -> None:
    """Its files are read in order, with what was written twice, as other logs have it."""
    for name, steps in (("1.first", range(0, 60, 10)), ("2.second", range(30, 90, 10))):
        with SummaryWriter(tmp_path / name) as writer:
            for step in steps:
                writer.add_scalar("lr", float(name[0]), step)
        file = events(tmp_path / name)
        file.rename(tmp_path / f"events.out.tfevents.{name}")
    lr = read(tmp_path).lr()
    assert lr.steps.tolist() == [*range(0, 60, 10), *range(30, 90, 10)]
    assert lr.latest().values.tolist() == [1.0] * 3 + [2.0] * 6


def test_what_a_kill_cut_off_is_no_error_and_damage_is(tmp_path: Path) -> None:
    """TensorBoard ends silently at both; values that are there must not be missing."""
    with SummaryWriter(tmp_path) as writer:
        for step in range(10):
            writer.add_scalar("lr", 0.1, step)
    file = events(tmp_path)
    whole = file.read_bytes()
    for kept in (len(whole) - 1, len(whole) - 30):  # within the last record
        file.write_bytes(whole[:kept])
        assert read(file).lr().steps.tolist() == list(range(9))
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(UsageError, match=r"record \d of 11 is damaged"):
        read(file)


def test_a_column_of_steps_is_not_ignored(tmp_path: Path) -> None:
    """Events have steps of their own."""
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("lr", 0.1, 1)
    with pytest.raises(UsageError, match="--step-column other"):
        read(tmp_path, step_column="other")


def test_without_tensorboard_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra by name."""
    (tmp_path / "events.out.tfevents.1").touch()
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(MissingError) as caught:
        read(tmp_path)
    assert "pip install 'lehr[tensorboard]'" in str(caught.value)
