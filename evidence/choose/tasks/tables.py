"""Rows of numbers: two small tables of scikit-learn, and two teachers that networks copy."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from sklearn.datasets import load_breast_cancer, load_diabetes
from torch import Tensor, nn

from lehr.training import TorchProblem
from tasks.task import Judged, minibatches, mlp, split


def mean_square(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    return F.mse_loss(model(batch[0]), batch[1])


def problem(name, model, optimizer, loss, data, *, steps, size=32) -> TorchProblem:
    train, validation, test = data
    return TorchProblem(
        name=name,
        model=model,
        optimizer=optimizer,
        loss=loss,
        train=lambda generator: minibatches(generator, size, *train),
        evaluate=Judged(loss, validation, test),
        steps=steps,
        objective="val_loss",
    )


def taught(*, samples: int, inputs: int, noise: float, seed: int) -> tuple[tuple[Tensor, ...], ...]:
    """Answers of a random two-layer network, disturbed; the held-out ones are undisturbed."""
    generator = torch.Generator().manual_seed(seed)
    questions = torch.randn(samples + 2_000, inputs, generator=generator)
    first = torch.randn(inputs, 16, generator=generator) / inputs**0.5
    second = torch.randn(16, 1, generator=generator) / 2
    answers = torch.tanh(2 * questions @ first) @ second
    disturbed = answers + noise * torch.randn(answers.shape, generator=generator)
    train = questions[:samples], disturbed[:samples]
    held = [
        (questions[part], answers[part]) for part in (slice(-2_000, -1_000), slice(-1_000, None))
    ]
    return train, held[0], held[1]


def teacher_sgd(steps: int = 1_000) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9)

    data = taught(samples=4_000, inputs=20, noise=0.3, seed=5)
    return problem("teacher_sgd", lambda: mlp(20, 64, 1), optimizer, mean_square, data, steps=steps)


def teacher_adam(steps: int = 2_000) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.01)

    data = taught(samples=20_000, inputs=12, noise=0.1, seed=6)

    def model():
        return mlp(12, 32, 32, 1, activation=nn.Tanh)

    return problem("teacher_adam", model, optimizer, mean_square, data, steps=steps)


def diabetes(steps: int = 1_500) -> TorchProblem:
    """Few rows, a wide network, many epochs: it can only overfit."""
    rows, progress = load_diabetes(return_X_y=True, scaled=False)
    rows = torch.as_tensor(rows, dtype=torch.float32)
    progress = torch.as_tensor(progress, dtype=torch.float32)[:, None]
    rows = (rows - rows.mean(0)) / rows.std(0)
    progress = (progress - progress.mean()) / progress.std()
    data = split(rows, progress, held_out=100)

    def optimizer(parameters, lr):
        return torch.optim.Adam(parameters, lr=lr)

    return problem(
        "diabetes", lambda: mlp(10, 48, 48, 1), optimizer, mean_square, data, steps=steps, size=16
    )


def cells(steps: int = 1_500) -> TorchProblem:
    """Ten measurements of a cell nucleus told from the twenty others."""
    rows, _ = load_breast_cancer(return_X_y=True)
    rows = torch.as_tensor(rows).add(1e-3).log()
    rows = ((rows - rows.mean(0)) / rows.std(0)).float()
    data = split(rows[:, 10:], rows[:, :10], held_out=120)

    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.1)

    return problem(
        "cells", lambda: mlp(20, 64, 64, 10), optimizer, mean_square, data, steps=steps, size=32
    )
