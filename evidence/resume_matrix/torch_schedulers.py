"""torch's own 15 schedulers, each as a function of optimizer and horizon."""

from __future__ import annotations

from collections.abc import Callable

from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

Make = Callable[[Optimizer, int], LRScheduler]


def sequential(optimizer: Optimizer, horizon: int) -> LRScheduler:
    parts = [
        lr_scheduler.LinearLR(optimizer, 0.1, total_iters=5),
        lr_scheduler.CosineAnnealingLR(optimizer, T_max=horizon - 5),
    ]
    return lr_scheduler.SequentialLR(optimizer, parts, milestones=[5])


def chained(optimizer: Optimizer, _: int) -> LRScheduler:
    parts = [
        lr_scheduler.LinearLR(optimizer, 0.1, total_iters=5),
        lr_scheduler.ExponentialLR(optimizer, 0.95),
    ]
    return lr_scheduler.ChainedScheduler(parts, optimizer)


SCHEDULERS: dict[str, Make] = {
    "LambdaLR": lambda o, _: lr_scheduler.LambdaLR(o, lambda t: 0.95**t),
    "MultiplicativeLR": lambda o, _: lr_scheduler.MultiplicativeLR(o, lambda _: 0.95),
    "StepLR": lambda o, _: lr_scheduler.StepLR(o, step_size=6, gamma=0.5),
    "MultiStepLR": lambda o, _: lr_scheduler.MultiStepLR(o, [10, 30], gamma=0.1),
    "ConstantLR": lambda o, _: lr_scheduler.ConstantLR(o, factor=0.1, total_iters=10),
    "LinearLR": lambda o, h: lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=h),
    "ExponentialLR": lambda o, _: lr_scheduler.ExponentialLR(o, 0.95),
    "PolynomialLR": lambda o, h: lr_scheduler.PolynomialLR(o, total_iters=h, power=2.0),
    "CosineAnnealingLR": lambda o, h: lr_scheduler.CosineAnnealingLR(o, T_max=h),
    "ChainedScheduler": chained,
    "SequentialLR": sequential,
    "ReduceLROnPlateau": lambda o, _: lr_scheduler.ReduceLROnPlateau(o, patience=4),
    "CyclicLR": lambda o, _: lr_scheduler.CyclicLR(o, 0.01, 0.1, step_size_up=9),
    "OneCycleLR": lambda o, h: lr_scheduler.OneCycleLR(o, 0.1, total_steps=h),
    "CosineAnnealingWarmRestarts": lambda o, _: lr_scheduler.CosineAnnealingWarmRestarts(o, 12),
}

WITH_A_HORIZON = (
    "LinearLR",
    "PolynomialLR",
    "CosineAnnealingLR",
    "SequentialLR",
    "OneCycleLR",
)
