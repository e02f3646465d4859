"""The Trainer and Accelerate move a schedule once for every update."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

from lehr.adapters.torch import Scheduler
from lehr.adapters.transformers import Monitor, optimizers, updates
from lehr.errors import StateError, StepError
from lehr.schedule import Plan, cosine, linear, warmup

PLAN = Plan(lr=warmup("20%") >> cosine(final=0.1), weight_decay=linear(final=0.5))


def sentences(count: int = 24) -> list[dict[str, torch.Tensor]]:
    """Short texts that repeat two letters."""
    texts = [torch.tensor([1 + index % 4, 5] * 4) for index in range(count)]
    return [{"input_ids": text, "labels": text} for text in texts]


def model() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    sizes = {"n_embd": 8, "n_layer": 1, "n_head": 1, "n_positions": 8, "vocab_size": 8}
    return GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0))


def arguments(folder: Path, **options: object) -> TrainingArguments:
    quiet = {"report_to": "none", "use_cpu": True, "disable_tqdm": True, "logging_steps": 1}
    batches = {"per_device_train_batch_size": 4, "dataloader_pin_memory": False}
    return TrainingArguments(output_dir=str(folder), **{**quiet, **batches, **options})


def trainer(args: TrainingArguments, horizon: int, plan: Plan = PLAN, **options: object) -> Trainer:
    gpt = model()
    adamw = torch.optim.AdamW(gpt.parameters(), lr=0.02, weight_decay=0.1)
    pair = optimizers(adamw, plan, horizon=horizon)
    return Trainer(
        gpt, args, train_dataset=sentences(), optimizers=pair, callbacks=[Monitor()], **options
    )


def logged(run: Trainer, name: str) -> list[float]:
    return [row[name] for row in run.state.log_history if name in row]


@pytest.mark.parametrize(
    "options",
    [
        {"num_train_epochs": 2},
        {"num_train_epochs": 1.5, "gradient_accumulation_steps": 4},
        {"num_train_epochs": 2, "per_device_train_batch_size": 5, "dataloader_drop_last": True},
        {"max_steps": 5},
    ],
)
def test_updates_are_counted_as_the_trainer_counts_them(options, tmp_path) -> None:
    """The Monitor compares both, and every update uses and logs its own hyper-parameters."""
    args = arguments(tmp_path, save_strategy="no", **options)
    horizon = updates(args, examples=24)
    run = trainer(args, horizon)
    run.train()
    assert run.state.global_step == horizon == run.lr_scheduler.last_epoch
    bound = PLAN.over(horizon).schedules
    assert logged(run, "learning_rate") == [0.02 * bound["lr"](t) for t in range(horizon)]
    assert logged(run, "weight_decay") == [0.1 * bound["weight_decay"](t) for t in range(horizon)]


def test_a_small_gpt_learns_and_resumes_from_a_checkpoint(tmp_path) -> None:
    """What a checkpoint of the Trainer resumes ends as the undisturbed run."""
    args = arguments(tmp_path, num_train_epochs=4, save_strategy="steps", save_steps=10)
    straight = trainer(args, 24)
    straight.train()
    losses = logged(straight, "loss")
    assert losses[-1] < 0.75 * losses[0]
    resumed = trainer(args, 24)
    resumed.train(resume_from_checkpoint=str(tmp_path / "checkpoint-10"))
    assert logged(resumed, "learning_rate") == logged(straight, "learning_rate")
    for a, b in zip(straight.model.parameters(), resumed.model.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    longer = trainer(arguments(tmp_path, num_train_epochs=8, save_strategy="no"), 48)
    with pytest.raises(StateError, match="horizon was 24, is now 48"):
        longer.train(resume_from_checkpoint=str(tmp_path / "checkpoint-10"))


def test_a_horizon_that_is_not_the_trainers_is_an_error(tmp_path) -> None:
    """Both numbers are shown before the first update; another scheduler is named."""
    run = trainer(arguments(tmp_path, max_steps=6, save_strategy="no"), 7)
    with pytest.raises(StateError, match="horizon = 7, the Trainer makes 6"):
        run.train()
    assert run.state.global_step == 0
    plain = Trainer(model(), arguments(tmp_path), train_dataset=sentences(), callbacks=[Monitor()])
    with pytest.raises(StepError, match="another scheduler"):
        plain.train()


ACCELERATED = """
import sys, torch
from accelerate import Accelerator
from lehr.adapters.torch import Scheduler
from lehr.schedule import linear

accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
scheduler = Scheduler(optimizer, linear(), horizon=10, advance="applied")
model, optimizer, scheduler = accelerator.prepare(model, optimizer, scheduler)
used = []
for batch in range(8):
    with accelerator.accumulate(model):
        accelerator.backward(model(torch.ones(3, 2)).mean())
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    if batch == 3:
        accelerator.save_state(sys.argv[1])
assert used == [1.0, 1.0, 0.9, 0.9, 0.8, 0.8, 0.7, 0.7], used
accelerator.load_state(sys.argv[1])
assert optimizer.param_groups[0]["lr"] == 0.8
print("processes", accelerator.num_processes)
"""


def test_accelerate_on_two_processes_moves_the_schedule_once_an_update(tmp_path) -> None:
    """Two real processes over gloo, with accumulation; Accelerate's checkpoint resumes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    running = []
    for rank in ("0", "1"):
        environment = {
            **os.environ,
            "RANK": rank,
            "LOCAL_RANK": rank,
            "WORLD_SIZE": "2",
            "ACCELERATE_USE_CPU": "true",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": port,
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-c", ACCELERATED, str(tmp_path)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        running.append(subprocess.Popen(command, env=environment, **pipes))
    said = [process.communicate()[0] for process in running]
    assert all("processes 2" in text for text in said), "\n".join(said)[-4_000:]


def test_a_prepared_optimizer_is_not_scheduled(tmp_path) -> None:
    """Accelerate's wrapper has no hooks of its own; the error says what to hand over."""
    from accelerate import Accelerator

    optimizer = Accelerator(cpu=True).prepare(torch.optim.SGD(torch.nn.Linear(2, 1).parameters()))
    with pytest.raises(StepError, match=r"Scheduler\(optimizer\.optimizer"):
        Scheduler(optimizer, linear(), horizon=10)
