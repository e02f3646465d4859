"""A problem that trains in a second, with dropout, momentum and an optimum in the lr."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lehr.training import TorchProblem

TRAINED, ALL, WIDTH = 192, 256, 8


def _data() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(ALL, WIDTH, generator=generator)
    weights = torch.randn(WIDTH, 1, generator=generator)
    noise = torch.randn(ALL, 1, generator=generator)
    return inputs, torch.tanh(inputs @ weights) + 0.1 * noise


def problem(steps: int = 60, name: str = "tiny") -> TorchProblem:
    inputs, targets = _data()

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(TRAINED, generator=generator).split(32):
            yield inputs[rows], targets[rows]

    def evaluate(model: nn.Module) -> dict[str, float]:
        return {"val_loss": F.mse_loss(model(inputs[TRAINED:]), targets[TRAINED:]).item()}

    return TorchProblem(
        name=name,
        model=lambda: nn.Sequential(
            nn.Linear(WIDTH, 16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 1)
        ),
        optimizer=lambda params, lr: torch.optim.SGD(params, lr=lr, momentum=0.9),
        loss=lambda model, batch: F.mse_loss(model(batch[0]), batch[1]),
        train=batches,
        evaluate=evaluate,
        steps=steps,
        objective="val_loss",
        mode="min",
    )
