"""Runs of a Scheduler that are saved and resumed, in every order of loading."""

from __future__ import annotations

import io

import torch

from lehr.adapters.torch import Scheduler
from lehr.schedule import (
    Plan,
    Schedule,
    absolute,
    constant,
    cosine,
    exponential,
    hold,
    linear,
    maximum,
    multi_step,
    polynomial,
    rex,
    rsqrt,
    step,
    warmup,
)

HORIZON, LONGER = 40, 80
PEAKS = (0.1, 0.03)

RECIPES: dict[str, Schedule | Plan] = {
    "constant": constant(),
    "linear": linear(),
    "cosine": cosine(final=0.01),
    "warmup, cosine": warmup("10%") >> cosine(),
    "warmup, hold, cooldown": warmup(5) >> hold() >> linear("20%"),
    "polynomial": polynomial(power=2),
    "rex": warmup(3) >> rex(),
    "exponential": exponential(0.9),
    "step": step(7, factor=0.5),
    "multi_step": multi_step([10, 30], factor=0.1),
    "rsqrt": warmup(4) >> rsqrt(8),
    "cycles": cosine(10).repeat(stretch=1.5, shrink=0.8),
    "product": 0.5 * cosine() * linear(final=0.1),
    "clipped": maximum(linear(), constant(0.25)).clip(max=0.9),
    "plan": Plan(
        lr=warmup("10%") >> cosine(),
        momentum=linear(final=0.9),
        weight_decay=absolute(linear(start=0.1, final=0.01)),
    ),
}

# What is loaded, and when: before the Scheduler is constructed | after.
ORDERS = {
    "optimizer |": ("optimizer", "|"),
    "| optimizer": ("|", "optimizer"),
    "| scheduler": ("|", "scheduler"),
    "optimizer | scheduler": ("optimizer", "|", "scheduler"),
    "| optimizer, scheduler": ("|", "optimizer", "scheduler"),
    "| scheduler, optimizer": ("|", "scheduler", "optimizer"),
}


def make_optimizer(peaks: tuple[float, ...] = PEAKS) -> torch.optim.AdamW:
    groups = [{"params": [torch.nn.Parameter(torch.ones(2))], "lr": lr} for lr in peaks]
    return torch.optim.AdamW(groups)


def train(optimizer: torch.optim.Optimizer, scheduler: Scheduler, steps: int) -> None:
    for _ in range(steps):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = torch.full_like(parameter, 0.5)
        optimizer.step()
        scheduler.step()


def hyperparameters(optimizer: torch.optim.Optimizer) -> list[tuple[float, ...]]:
    return [(float(g["lr"]), *g["betas"], g["weight_decay"]) for g in optimizer.param_groups]


def trajectory(optimizer: torch.optim.Optimizer, scheduler: Scheduler, steps: int) -> list[object]:
    """What the optimizer holds for this and each of the next updates."""
    found = [hyperparameters(optimizer)]
    for _ in range(steps):
        scheduler.step()
        found.append(hyperparameters(optimizer))
    return found


def straight(recipe: Schedule | Plan, horizon: int, start: int, steps: int) -> list[object]:
    """The trajectory of a run that never stopped."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, recipe, horizon=horizon)
    return trajectory(optimizer, scheduler, start + steps)[start:]


def saved_at(recipe: Schedule | Plan, steps: int) -> dict[str, dict[str, object]]:
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, recipe, horizon=HORIZON)
    train(optimizer, scheduler, steps)
    return through_a_file(
        {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    )


def through_a_file(state: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def resume(
    recipe: Schedule | Plan, saved: dict[str, dict[str, object]], order: str, **options: object
) -> tuple[torch.optim.Optimizer, Scheduler]:
    optimizer = make_optimizer()
    scheduler = None
    for what in ORDERS[order]:
        if what == "|":
            scheduler = Scheduler(optimizer, recipe, **{"horizon": HORIZON, **options})
        elif what == "optimizer":
            optimizer.load_state_dict(saved["optimizer"])
        else:
            scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler
