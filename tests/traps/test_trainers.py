"""Traps of transformers, Accelerate and Lightning."""

from __future__ import annotations

import accelerate.scheduler
import pytest
import torch
from lightning.pytorch.utilities.types import LRSchedulerConfig
from torch_runs import lr_of, ours, sgd, used
from transformers.optimization import get_scheduler
from upstream import changed, fails

from lehr import wsd
from lehr.adapters.lightning import configuration
from lehr.adapters.torch import Scheduler
from lehr.errors import StateError
from lehr.schedule import cosine, linear


def test_transformers_34053_a_resumed_run_with_another_horizon() -> None:
    """The lr of transformers jumps without a word; lehr says both horizons."""
    before = get_scheduler("cosine", sgd(0.1), num_warmup_steps=0, num_training_steps=10)
    used(before, 5)
    after = get_scheduler("cosine", sgd(0.1), num_warmup_steps=0, num_training_steps=40)
    after.optimizer.load_state_dict(before.optimizer.state_dict())
    after.load_state_dict(before.state_dict())
    jump = used(after, 2)
    assert jump[1] > 1.8 * jump[0], changed("transformers#34053", "transformers")
    first = ours(cosine(), lr=0.1, horizon=10)
    used(first, 5)
    longer = ours(cosine(), lr=0.1, horizon=40)
    with pytest.raises(StateError, match="horizon was 10, is now 40"):
        longer.optimizer.load_state_dict(first.optimizer.state_dict())


def test_transformers_34905_a_wsd_without_the_length_of_its_decay() -> None:
    """The one by name raises a bare TypeError; lehr's has a customary share of the run."""
    with fails("transformers#34905", TypeError, library="transformers"):
        get_scheduler("warmup_stable_decay", sgd(0.1), num_warmup_steps=10, num_training_steps=100)
    found = used(ours(wsd(), lr=0.1, horizon=100), 100)
    assert found[4:81] == [0.1] * 77
    assert found[81] < 0.1


def one_update(optimizer: torch.optim.Optimizer) -> None:
    optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
    optimizer.step()


def test_accelerate_2926_a_scheduler_on_several_processes(monkeypatch) -> None:
    """Accelerate steps it once for each process; lehr's moves once for each update.

    Two real processes are in `tests/adapters/test_transformers_trainer.py`.
    """

    class FourProcesses:
        num_processes = 4

    class Accumulated:
        sync_gradients = True

    monkeypatch.setattr(accelerate.scheduler, "AcceleratorState", FourProcesses)
    monkeypatch.setattr(accelerate.scheduler, "GradientState", Accumulated)
    found = []
    for make in (
        lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=9),
        lambda o: Scheduler(o, linear(final=0.1), horizon=9, advance="applied"),
    ):
        optimizer = sgd(1.0)
        optimizer.step_was_skipped = False  # what Accelerate's wrapper of it says
        prepared = accelerate.scheduler.AcceleratedScheduler(make(optimizer), optimizer)
        one_update(optimizer)
        prepared.step()
        found.append(lr_of(optimizer))
    assert found[0] == pytest.approx(0.6), changed("accelerate#2926", "accelerate")
    assert found[1] == pytest.approx(0.9)


def test_lightning_5631_what_a_scheduler_is_stepped_by() -> None:
    """Lightning's default is the epoch; `configuration` says the step.

    That the Monitor refuses the other is in `tests/adapters/test_lightning_trainer.py`.
    """
    theirs = LRSchedulerConfig(torch.optim.lr_scheduler.ExponentialLR(sgd(0.1), 0.5))
    assert theirs.interval == "epoch", changed("lightning#5631", "lightning")
    made = configuration(sgd(0.1), linear(), horizon=10)["lr_scheduler"]
    assert (made["interval"], made["frequency"]) == ("step", 1)
