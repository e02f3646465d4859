"""Traps of torch on resuming and extending a run."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    SequentialLR,
)
from torch_runs import lr_of, ours, sgd, used
from upstream import changed, fails

from lehr.adapters.torch import Scheduler
from lehr.errors import StateError
from lehr.schedule import cosine, exponential, multi_step, warmup


def test_pytorch_162591_a_sequence_resumed_by_last_epoch() -> None:
    """PyTorch's begins with its first phase again; lehr's goes to the step it is told."""
    optimizer = sgd(1.0)
    optimizer.param_groups[0]["initial_lr"] = 1.0
    parts = [ConstantLR(optimizer, 0.1, total_iters=2), ExponentialLR(optimizer, 0.9)]
    SequentialLR(optimizer, parts, milestones=[2], last_epoch=3)
    assert lr_of(optimizer) == pytest.approx(0.1), changed("pytorch#162591")
    schedule = warmup(2, start=0.1, shape="constant") >> exponential(0.9)
    scheduler = ours(schedule, lr=1.0, horizon=10)
    scheduler.last_epoch = 4
    assert lr_of(scheduler.optimizer) == pytest.approx(0.81)


def warmed_cosine(optimizer: torch.optim.Optimizer) -> SequentialLR:
    parts = [LinearLR(optimizer, 0.1, total_iters=5), CosineAnnealingLR(optimizer, T_max=35)]
    return SequentialLR(optimizer, parts, milestones=[5])


def test_pytorch_119168_a_scheduler_constructed_after_loading() -> None:
    """PyTorch's overwrites the restored lr for good and reports the right one; lehr's writes it."""
    before = warmed_cosine(sgd(0.1))
    used(before, 20)
    optimizer = sgd(0.1)
    optimizer.load_state_dict(before.optimizer.state_dict())
    after = warmed_cosine(optimizer)
    after.load_state_dict(copy.deepcopy(before.state_dict()))
    assert lr_of(optimizer) == pytest.approx(0.01), changed("pytorch#119168")
    assert after.get_last_lr() == before.get_last_lr(), changed("pytorch#119168")

    schedule = warmup(5, start=0.1, reach="next") >> cosine()
    first = ours(schedule, lr=0.1, horizon=40)
    used(first, 20)
    optimizer = sgd(0.1)
    optimizer.load_state_dict(first.optimizer.state_dict())
    resumed = Scheduler(optimizer, schedule, horizon=40)
    resumed.load_state_dict(first.state_dict())
    assert used(resumed, 20) == used(first, 20)


def test_pytorch_29697_the_schedulers_state_alone() -> None:
    """PyTorch's does not write the lr and goes on from a wrong one; lehr's writes it."""
    before = MultiStepLR(sgd(1.0), [10, 20], gamma=0.1)
    used(before, 20)
    after = MultiStepLR(sgd(1.0), [10, 20], gamma=0.1)
    after.load_state_dict(before.state_dict())
    assert used(after, 5) == [1.0] * 5, changed("pytorch#29697")

    first = ours(multi_step([10, 20], factor=0.1), lr=1.0, horizon=30)
    used(first, 20)
    resumed = ours(multi_step([10, 20], factor=0.1), lr=1.0, horizon=30)
    resumed.load_state_dict(first.state_dict())
    assert used(resumed, 5) == pytest.approx([0.01] * 5)


def test_pytorch_156846_a_new_lr_on_resume() -> None:
    """PyTorch silently trains on with the old one; lehr raises, or takes the new one."""
    before = ExponentialLR(sgd(0.1), 0.5)
    used(before, 2)
    after = ExponentialLR(sgd(0.8), 0.5)
    after.optimizer.load_state_dict(before.optimizer.state_dict())
    after.load_state_dict(before.state_dict())
    assert used(after, 1) == pytest.approx([0.025]), changed("pytorch#156846")

    first = ours(exponential(0.5), lr=0.1, horizon=10)
    used(first, 2)
    state = first.optimizer.state_dict()
    resumed = ours(exponential(0.5), lr=0.8, horizon=10)
    with pytest.raises(StateError, match=r"peak lr was 0\.1, is now 0\.8"):
        resumed.optimizer.load_state_dict(state)
    adopting = Scheduler(sgd(0.8), exponential(0.5), horizon=10, on_change="adopt")
    adopting.optimizer.load_state_dict(state)
    assert used(adopting, 2) == pytest.approx([0.2, 0.1])


def test_insightface_2143_a_longer_horizon() -> None:
    """PyTorch's is overwritten by the old one on loading; lehr raises, or takes the new one."""
    before = CosineAnnealingLR(sgd(0.1), T_max=10)
    used(before, 5)
    after = CosineAnnealingLR(sgd(0.1), T_max=20)
    after.load_state_dict(before.state_dict())
    assert after.T_max == 10, changed("insightface#2143")

    first = ours(cosine(), lr=0.1, horizon=10)
    used(first, 5)
    with pytest.raises(StateError, match="horizon was 10, is now 20"):
        ours(cosine(), lr=0.1, horizon=20).load_state_dict(first.state_dict())
    adopting = Scheduler(sgd(0.1), cosine(), horizon=20, on_change="adopt")
    adopting.load_state_dict(first.state_dict())
    assert used(adopting, 15) == used(ours(cosine(), lr=0.1, horizon=20), 20)[5:]


def test_a_finished_cosine_that_is_extended() -> None:
    """PyTorch's, with its T_max forced, stays at 0; lehr's goes on along the longer cosine."""
    before = CosineAnnealingLR(sgd(0.1), T_max=10)
    used(before, 10)
    after = CosineAnnealingLR(sgd(0.1), T_max=20)
    after.optimizer.load_state_dict(before.optimizer.state_dict())
    after.load_state_dict(before.state_dict())
    after.T_max = 20
    assert used(after, 10) == [0.0] * 10, changed("a cosine stuck at 0")

    first = ours(cosine(), lr=0.1, horizon=10)
    used(first, 10)
    longer = Scheduler(sgd(0.1), cosine(), horizon=20, on_change="adopt")
    longer.optimizer.load_state_dict(first.optimizer.state_dict())
    assert used(longer, 10) == used(ours(cosine(), lr=0.1, horizon=20), 20)[10:]


def test_pytorch_88791_warm_restarts_resumed_by_last_epoch() -> None:
    """After two restarts torch's cycle has a wrong length; lehr computes it from the step."""
    straight = used(CosineAnnealingWarmRestarts(sgd(1.0), T_0=10, T_mult=2), 90)
    optimizer = sgd(1.0)
    optimizer.param_groups[0]["initial_lr"] = 1.0
    resumed = CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=2, last_epoch=74)
    assert used(resumed, 1) != pytest.approx(straight[75:76]), changed("pytorch#88791")
    scheduler = ours(cosine(10).repeat(stretch=2), lr=1.0, horizon=150)
    scheduler.last_epoch = 75
    assert used(scheduler, 15) == pytest.approx(straight[75:])


def test_transformers_21689_a_schedule_that_is_a_function() -> None:
    """PyTorch cannot pickle it and its state has lost it; lehr's is a text in both."""
    theirs = LambdaLR(sgd(0.1), lambda t: 0.5**t)
    with fails("transformers#21689", AttributeError, pickle.PicklingError):
        pickle.dumps(theirs)
    assert theirs.state_dict()["lr_lambdas"] == [None], changed("transformers#21689")
    scheduler = pickle.loads(pickle.dumps(ours(exponential(0.5), lr=0.1, horizon=10)))
    assert used(scheduler, 3) == pytest.approx([0.1, 0.05, 0.025])
    assert "exponential(0.5)" in str(scheduler.state_dict())


def test_a_scheduler_that_is_constructed_twice() -> None:
    """PyTorch's writes a factor each time; lehr refuses the second."""
    optimizer = sgd(0.4)
    for _ in range(2):
        LinearLR(optimizer, 0.5)
    assert lr_of(optimizer) == pytest.approx(0.1), changed("constructor side effects")
    scheduler = Scheduler(sgd(0.4), cosine(), horizon=10)
    with pytest.raises(StateError, match="has a Scheduler already"):
        Scheduler(scheduler.optimizer, cosine(), horizon=10)
    assert lr_of(scheduler.optimizer) == 0.4
