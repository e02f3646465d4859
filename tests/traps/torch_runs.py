"""Small torch runs, in which only the hyper-parameters matter."""

from __future__ import annotations

import torch
from torch.optim.lr_scheduler import LRScheduler

from lehr.adapters.torch import Scheduler
from lehr.schedule import Plan, Schedule


def sgd(*lrs: float) -> torch.optim.SGD:
    """One param group for each lr; the first lr is the default."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    return torch.optim.SGD(groups, lr=lrs[0], momentum=0.9)


def ours(schedule: Schedule | Plan, *, lr: float, horizon: int) -> Scheduler:
    """A lehr Scheduler of a new optimizer."""
    return Scheduler(sgd(lr), schedule, horizon=horizon)


def lr_of(optimizer: torch.optim.Optimizer) -> float:
    """What the first group holds."""
    return float(optimizer.param_groups[0]["lr"])


def used(scheduler: LRScheduler, updates: int) -> list[float]:
    """Make updates; return the lr of the first group that each has used."""
    found: list[float] = []
    for _ in range(updates):
        found.append(lr_of(scheduler.optimizer))
        scheduler.optimizer.step()
        scheduler.step()
    return found
