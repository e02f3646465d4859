"""Traps of torch at the ends of schedules, and where a schedule degenerates."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
)
from torch_runs import lr_of, ours, sgd, used
from upstream import changed, fails

from lehr import one_cycle, one_cycle_momentum
from lehr.adapters.torch import Scheduler
from lehr.catalog import ports
from lehr.errors import ScheduleError
from lehr.schedule import Plan, cosine, hold, multi_step, warmup


def test_pytorch_38170_a_step_past_the_end() -> None:
    """PyTorch's OneCycleLR raises after the last step; lehr holds the last value."""
    with fails("pytorch#38170", ValueError):
        used(OneCycleLR(sgd(0.1), max_lr=0.1, total_steps=10), 11)
    found = used(ours(one_cycle(), lr=0.1, horizon=10), 20)
    assert set(found[10:]) == {0.1 * one_cycle().over(10)(10)}


def test_pytorch_91765_the_customary_last_step() -> None:
    """PyTorch's linear cycle leaves a negative lr and too large a momentum; lehr's stays inside."""
    theirs = OneCycleLR(sgd(0.1), max_lr=0.1, total_steps=10, anneal_strategy="linear")
    used(theirs, 10)
    group = theirs.optimizer.param_groups[0]
    assert group["lr"] < 0, changed("pytorch#91765")
    assert group["momentum"] > 0.95, changed("pytorch#91765")
    plan = Plan(lr=one_cycle(shape="linear"), momentum=one_cycle_momentum(shape="linear"))
    scheduler = ours(plan, lr=0.1, horizon=10)
    for _ in range(15):
        group = scheduler.optimizer.param_groups[0]
        assert 0 < group["lr"] <= 0.1
        assert 0.85 <= group["momentum"] <= 0.95
        used(scheduler, 1)


def test_pytorch_180187_a_phase_of_no_length() -> None:
    """PyTorch divides by zero; lehr's and the port's cycle begins at its peak or rises to it."""
    with fails("pytorch#180187", ZeroDivisionError):
        OneCycleLR(sgd(0.1), max_lr=0.1, total_steps=10, pct_start=0.1)
    found = used(ours(one_cycle("10%"), lr=0.1, horizon=10), 10)
    assert found[0] == pytest.approx(0.004)
    assert found[1] == max(found) == 0.1
    port = ports.torch("OneCycleLR", max_lr=0.1, total_steps=10, pct_start=0.1)
    assert port.lr(0) == pytest.approx(0.1)


def test_pytorch_47560_the_floor_of_warm_restarts() -> None:
    """PyTorch never gets there; lehr reaches `final` at the restart, or before it if asked."""
    theirs = used(CosineAnnealingWarmRestarts(sgd(1.0), T_0=10, eta_min=0.01), 40)
    assert min(theirs) > 0.03, changed("pytorch#47560")
    reaching = (cosine(9, final=0.01) >> hold(1)).repeat()
    found = used(ours(reaching, lr=1.0, horizon=40), 40)
    assert found[9::10] == [0.01] * 4
    assert found[::10] == [1.0] * 4


def test_restarts_on_a_whole_step() -> None:
    """A float logarithm makes torch's (and timm's) restart a step late; lehr's is on its step."""
    theirs = CosineAnnealingWarmRestarts(sgd(1.0), T_0=10, T_mult=3)
    theirs.step(1210)
    assert lr_of(theirs.optimizer) < 1e-6, changed("warm restarts at step 1210")
    assert cosine(10).repeat(stretch=3).over(2_000)(1210) == 1.0
    for port in (
        ports.torch("CosineAnnealingWarmRestarts", base_lr=1.0, T_0=10, T_mult=3),
        ports.timm("CosineLRScheduler", base_lr=1.0, t_initial=10, cycle_mul=3.0, cycle_limit=9),
    ):
        assert port.lr(1210) == 1.0


def test_a_ramp_of_no_steps() -> None:
    """PyTorch's stays at its start for ever; the port is at the end of it, lehr refuses it."""
    theirs = used(LinearLR(sgd(1.0), start_factor=0.25, total_iters=0), 3)
    assert theirs == [0.25] * 3, changed("LinearLR(total_iters=0)")
    assert ports.torch("LinearLR", base_lr=1.0, start_factor=0.25, total_iters=0).lr(0) == 1.0
    with pytest.raises(ScheduleError):
        warmup(0, start=0.25)


def test_a_milestone_between_two_steps() -> None:
    """PyTorch's never comes; lehr refuses a number of steps that is not whole."""
    theirs = used(MultiStepLR(sgd(1.0), milestones=[2.5]), 6)
    assert theirs == [1.0] * 6, changed("MultiStepLR(milestones=[2.5])")
    with pytest.raises(ScheduleError, match="milestone"):
        multi_step([2.5])


def test_a_floor_above_the_lr_of_a_group() -> None:
    """PyTorch's raises a small group's lr to it; lehr's is a share of each group's own peak."""
    theirs = CosineAnnealingLR(sgd(0.1, 1e-5), T_max=10, eta_min=1e-4)
    used(theirs, 10)
    small = theirs.optimizer.param_groups[1]["lr"]
    assert small == pytest.approx(1e-4), changed("CosineAnnealingLR(eta_min=…) with groups")
    scheduler = Scheduler(sgd(0.1, 1e-5), cosine(final=0.001), horizon=10)
    used(scheduler, 10)
    assert scheduler.get_last_lr() == pytest.approx([1e-4, 1e-8])


def test_a_long_run_with_a_tensor_lr() -> None:
    """PyTorch's recursion drifts in float32; lehr's tensor holds the rounded exact value."""
    steps, look = 10_000, 7_328

    def optimizer() -> torch.optim.SGD:
        return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=torch.tensor(0.1))

    exact = float(np.float32(0.1)) * cosine().over(steps)(look)
    theirs = CosineAnnealingLR(optimizer(), T_max=steps)
    theirs.optimizer.step()
    for _ in range(look):
        theirs.step()
    drift = abs(lr_of(theirs.optimizer) / exact - 1)
    assert drift > 1e-6, changed("CosineAnnealingLR with a tensor lr")
    scheduler = Scheduler(optimizer(), cosine(), horizon=steps)
    for _ in range(look):
        scheduler.step()
    assert lr_of(scheduler.optimizer) == float(np.float32(exact))
