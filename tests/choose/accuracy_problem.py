"""A problem selected by its accuracy, with a test metric that says the opposite."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lehr.training import TorchProblem

TRAINED, ALL, WIDTH = 160, 240, 4


def problem(steps: int = 40) -> TorchProblem:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(ALL, WIDTH, generator=generator)
    classes = (inputs.sum(1) + 0.5 * torch.randn(ALL, generator=generator) > 0).long()

    def batches(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in torch.randperm(TRAINED, generator=generator).split(16):
            yield inputs[rows], classes[rows]

    def evaluate(model: nn.Module) -> dict[str, float]:
        scores = model(inputs[TRAINED:])
        right = (scores.argmax(1) == classes[TRAINED:]).double().mean().item()
        return {"accuracy": right, "test_accuracy": 1 - right}

    return TorchProblem(
        name="accuracy",
        model=lambda: nn.Linear(WIDTH, 2),
        optimizer=lambda params, lr: torch.optim.SGD(params, lr=lr),
        loss=lambda model, batch: F.cross_entropy(model(batch[0]), batch[1]),
        train=batches,
        evaluate=evaluate,
        steps=steps,
        objective="accuracy",
        mode="max",
        lr_range=(1e-4, 1.0),
    )
