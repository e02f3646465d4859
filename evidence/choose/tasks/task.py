"""A task of the study: a problem, its short name, and what it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from lehr.training import TorchProblem


@dataclass(frozen=True, kw_only=True)
class Task:
    """One row of the study.

    Attributes:
        problem: builds it, with a horizon other than its own if one is given.
        epoch: optimizer steps that see most training samples once.
        about: data, network, optimizer, and what makes it different from the others.
    """

    problem: Callable[..., TorchProblem]
    epoch: int
    about: str

    @property
    def name(self) -> str:
        return self.problem.__name__


def minibatches(
    generator: torch.Generator, size: int, *tensors: Tensor
) -> Iterator[tuple[Tensor, ...]]:
    """One epoch of shuffled batches of equal size."""
    order = torch.randperm(len(tensors[0]), generator=generator)
    for first in range(0, len(order) - size + 1, size):
        chosen = order[first : first + size]
        yield tuple(tensor[chosen] for tensor in tensors)


def split(*tensors: Tensor, held_out: int) -> tuple[tuple[Tensor, ...], ...]:
    """Training, validation and test part, in an order shuffled once and for all."""
    order = torch.randperm(len(tensors[0]), generator=torch.Generator().manual_seed(0))
    parts = order[2 * held_out :], order[:held_out], order[held_out : 2 * held_out]
    return tuple(tuple(tensor[part] for tensor in tensors) for part in parts)


def mlp(*widths: int, activation: type[nn.Module] = nn.ReLU, norm: bool = False) -> nn.Sequential:
    """Linear layers with an activation between them, and batch normalisation if asked for."""
    layers: list[nn.Module] = []
    for place, (inputs, outputs) in enumerate(pairwise(widths)):
        last = place == len(widths) - 2
        layers.append(nn.Linear(inputs, outputs))
        if not last:
            layers += [nn.BatchNorm1d(outputs), activation()] if norm else [activation()]
    return nn.Sequential(*layers)


def replaced(problem: TorchProblem, name: str, **other: Any) -> TorchProblem:
    """The same problem under another name, with another evaluation, objective or mode if given."""
    judging = {"evaluate": problem.evaluate, "objective": problem.objective} | other
    return TorchProblem(
        name=name,
        model=problem.model,
        optimizer=problem.optimizer,
        loss=problem.loss,
        train=problem.train,
        steps=problem.steps,
        clip_norm=problem.clip_norm,
        **judging,
    )


@dataclass(frozen=True)
class Judged:
    """Metrics: the loss to select on, and the same on a test part that nothing selects on."""

    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor]
    validation: tuple[Tensor, ...]
    test: tuple[Tensor, ...]

    @property
    def parts(self) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        return self.validation, self.test

    def __call__(self, model: nn.Module) -> dict[str, float]:
        return {
            "val_loss": self.loss(model, self.validation).item(),
            "test_loss": self.loss(model, self.test).item(),
        }
