"""The Hugging Face Trainer's own file and events, of a run that was resumed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

from lehr.logs import read

PEAK = 1e-3


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 updates of a linear schedule, evaluated every 6, resumed at 12."""
    folder = tmp_path_factory.mktemp("output")
    texts = [torch.tensor([1 + index % 4, 5] * 4) for index in range(24)]
    data = [{"input_ids": text, "labels": text} for text in texts]
    sizes = {"n_embd": 8, "n_layer": 1, "n_head": 1, "n_positions": 8, "vocab_size": 8}
    arguments = TrainingArguments(
        output_dir=str(folder),
        report_to="tensorboard",
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
        per_device_train_batch_size=4,
        num_train_epochs=4,
        learning_rate=PEAK,
        logging_steps=2,
        eval_strategy="steps",
        eval_steps=6,
        save_strategy="steps",
        save_steps=12,
    )
    with pytest.MonkeyPatch.context() as patch:  # without it, each start has a folder of its own
        patch.setenv("TENSORBOARD_LOGGING_DIR", str(folder / "events"))
        for resume in (None, str(folder / "checkpoint-12")):
            torch.manual_seed(0)
            gpt = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0))
            run = Trainer(gpt, arguments, train_dataset=data, eval_dataset=data)
            run.train(resume_from_checkpoint=resume)
    return folder


def test_all_places_of_the_state_are_one_log(output: Path) -> None:
    """The file, its checkpoint, and the output folder, which is its last checkpoint."""
    logs = [
        read(output / name) for name in ("", "checkpoint-24", "checkpoint-24/trainer_state.json")
    ]
    for log in logs:
        assert (log.horizon, log.steps_per_epoch) == (24, 6)
        assert log.lr().steps.tolist() == list(range(2, 25, 2))
        # The Trainer logs the lr of the next update.
        np.testing.assert_allclose(log.lr().values, PEAK * (1 - (log.lr().steps - 1) / 24))
        loss = log.loss()
        assert loss is not None
        assert loss.steps.tolist() == log.lr().steps.tolist()
    assert read(output / "checkpoint-12").lr().steps[-1] == 12


def test_evaluations_are_a_loss_of_their_own(output: Path) -> None:
    """Their rows hold no lr, and are found by name."""
    loss = read(output).loss("eval_loss")
    assert loss is not None
    assert loss.steps.tolist() == [6, 12, 18, 24]


def test_its_events_are_the_same_run(output: Path) -> None:
    """Two event files of one folder; what the resumed run wrote again is there twice."""
    assert len(list((output / "events").glob("*tfevents*"))) == 2
    log, state = read(output / "events"), read(output)
    assert len(log.series["train/loss"]) > len(log.series["train/loss"].latest())
    for name in ("train/learning_rate", "train/loss"):
        kept = log.series[name].latest()
        written = state.series[name.removeprefix("train/")]
        assert kept.steps.tolist() == written.steps.tolist()
        np.testing.assert_allclose(kept.values, written.values, rtol=1e-6)  # float32
    assert log.lr().same(log.series["train/learning_rate"])
    loss = log.loss()
    assert loss is not None
    assert loss.same(log.series["train/loss"])


def test_the_state_at_the_top_comes_first(tmp_path: Path) -> None:
    """`Trainer.save_state()` writes it at the end; a checkpoint left by a longer run is not it."""
    for name, step in (("", 10), ("checkpoint-90", 90), ("checkpoint-100", 100)):
        (tmp_path / name).mkdir(exist_ok=True)
        rows = [{"step": step, "learning_rate": 0.1, "epoch": 1.0}]
        (tmp_path / name / "trainer_state.json").write_text(json.dumps({"log_history": rows}))
    assert read(tmp_path).lr().steps.tolist() == [10]
    (tmp_path / "trainer_state.json").unlink()
    assert read(tmp_path).lr().steps.tolist() == [100]
