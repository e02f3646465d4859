"""Traps of torch in the training loop."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, ReduceLROnPlateau, StepLR
from torch_runs import lr_of, ours, sgd, used
from upstream import changed, fails

from lehr.adapters.torch import Scheduler
from lehr.catalog import ports
from lehr.errors import ScheduleError
from lehr.schedule import exponential, linear, step


def test_pytorch_79888_a_group_that_is_added_later() -> None:
    """PyTorch's LambdaLR (so transformers') raises at the next step; lehr schedules the group."""
    theirs = LambdaLR(sgd(1.0), lambda t: 0.5**t)
    theirs.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
    with fails("pytorch#79888, transformers#20029", ValueError):
        used(theirs, 1)
    scheduler = ours(exponential(0.5), lr=1.0, horizon=10)
    late = {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 0.8}
    scheduler.optimizer.add_param_group(late)
    used(scheduler, 1)
    assert scheduler.get_last_lr() == [0.5, 0.4]


# torch warns of get_lr() there, and gives the wrong value all the same.
@pytest.mark.filterwarnings("ignore:To get the last learning rate")
def test_pytorch_31871_get_lr_outside_of_step() -> None:
    """PyTorch's applies the recursion once more; lehr's says what the optimizer holds."""
    theirs = StepLR(sgd(0.1), step_size=2, gamma=0.5)
    used(theirs, 2)
    assert theirs.get_lr() == pytest.approx([0.025]), changed("pytorch#31871")
    scheduler = ours(step(2, 0.5), lr=0.1, horizon=10)
    used(scheduler, 2)
    assert scheduler.get_lr() == scheduler.get_last_lr() == [0.05]


def overflow(optimizer: torch.optim.Optimizer) -> None:
    """An update that GradScaler skips."""
    scaler = torch.amp.GradScaler("cpu")
    parameter = optimizer.param_groups[0]["params"][0]
    scaler.scale(parameter.sum() * float("inf")).backward()
    scaler.step(optimizer)
    scaler.update()


def test_pytorch_44511_a_first_update_that_was_skipped() -> None:
    """PyTorch warns falsely and moves on; lehr says nothing, and stays if it counts updates."""
    theirs = ExponentialLR(sgd(1.0), 0.5)
    overflow(theirs.optimizer)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        theirs.step()
    said = [str(warning.message) for warning in caught]
    assert any("before `optimizer.step()`" in text for text in said), changed("pytorch#44511")
    assert lr_of(theirs.optimizer) == 0.5, changed("pytorch#44511")
    for advance, expected in (("attempted", 0.5), ("applied", 1.0)):
        scheduler = Scheduler(sgd(1.0), exponential(0.5), horizon=10, advance=advance)
        overflow(scheduler.optimizer)
        scheduler.step()
        assert lr_of(scheduler.optimizer) == expected


def test_pytorch_47513_a_plateau_of_a_negative_metric() -> None:
    """PyTorch's never reduces; lehr has no plateau yet, and says so instead of a wrong lr."""
    lrs = []
    for metric in (1.0, -1.0):
        theirs = ReduceLROnPlateau(sgd(1.0), patience=2)
        for _ in range(9):
            theirs.step(metric)
        lrs.append(lr_of(theirs.optimizer))
    assert lrs[0] < 1.0 == lrs[1], changed("pytorch#47513, #38622")
    with pytest.raises(ScheduleError, match="a feedback, not a schedule"):
        ports.torch("ReduceLROnPlateau")


def test_an_lr_that_is_written_from_outside() -> None:
    """PyTorch keeps or loses it, by the class; lehr overwrites it at the next step."""
    kept = []
    for theirs in (ExponentialLR(sgd(1.0), 0.5), LambdaLR(sgd(1.0), lambda t: 0.5**t)):
        theirs.optimizer.param_groups[0]["lr"] = 8.0
        used(theirs, 1)
        kept.append(lr_of(theirs.optimizer))
    assert kept == [4.0, 0.5], changed("an lr written from outside")
    for schedule in (exponential(0.5), linear(final=0)):
        scheduler = ours(schedule, lr=1.0, horizon=2)
        scheduler.optimizer.param_groups[0]["lr"] = 8.0
        assert used(scheduler, 2) == [8.0, 0.5]
