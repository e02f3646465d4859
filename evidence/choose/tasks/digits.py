"""Handwritten digits (scikit-learn's 1,797 images of 8 × 8 pixels): clean, mislabelled, moved."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn

from lehr.training import TorchProblem
from tasks.task import Judged, minibatches, mlp, replaced, split

HELD_OUT = 400


def parts(*, mislabelled: float = 0.0) -> tuple[tuple[Tensor, ...], ...]:
    """Training, validation and test images (samples, 64) and classes.

    A fraction of the training labels is wrong, the held-out ones are right.
    """
    pixels, classes = load_digits(return_X_y=True)
    images = torch.as_tensor(pixels, dtype=torch.float32) / 16
    train, validation, test = split(images, torch.as_tensor(classes), held_out=HELD_OUT)
    generator = torch.Generator().manual_seed(1)
    wrong = torch.rand(len(train[1]), generator=generator) < mislabelled
    others = torch.randint(10, train[1].shape, generator=generator)
    return (train[0], torch.where(wrong, others, train[1])), validation, test


def cross_entropy(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    return F.cross_entropy(model(batch[0]), batch[1])


def problem(name, model, optimizer, data, *, steps, size=32, disturb=None) -> TorchProblem:
    train, validation, test = data

    def epoch(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        for images, classes in minibatches(generator, size, *train):
            yield (images if disturb is None else disturb(images, generator)), classes

    return TorchProblem(
        name=name,
        model=model,
        optimizer=optimizer,
        loss=cross_entropy,
        train=epoch,
        evaluate=Judged(cross_entropy, validation, test),
        steps=steps,
        objective="val_loss",
    )


def network(*, channels: int, norm: bool) -> nn.Module:
    """Two convolutions and a linear layer, on images that come as rows of 64 pixels."""
    normed = [nn.BatchNorm2d(channels)] if norm else []
    again = [nn.BatchNorm2d(2 * channels)] if norm else []
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, channels, 3, padding=1),
        *normed,
        nn.ReLU(),
        nn.Conv2d(channels, 2 * channels, 3, padding=1, stride=2),
        *again,
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(2 * channels * 16, 10),
    )


def shifted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Move each image by up to one pixel and add noise."""
    moves = torch.randint(-1, 2, (2,), generator=generator).tolist()
    moved = torch.roll(images.reshape(-1, 8, 8), moves, dims=(1, 2)).reshape(images.shape)
    return moved + 0.2 * torch.randn(images.shape, generator=generator)


def digits_mlp(steps: int = 600) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=5e-4)

    return problem("digits_mlp", lambda: mlp(64, 64, 10), optimizer, parts(), steps=steps)


def mislabelled_adamw(steps: int = 1_000) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.01)

    data = parts(mislabelled=0.2)
    return problem("mislabelled_adamw", lambda: mlp(64, 64, 10), optimizer, data, steps=steps)


def mislabelled_long(steps: int = 10_000) -> TorchProblem:
    return replaced(mislabelled_adamw(steps), "mislabelled_long")


def mislabelled_sgd(steps: int = 1_200) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9)

    data = parts(mislabelled=0.3)
    return problem("mislabelled_sgd", lambda: mlp(64, 48, 10), optimizer, data, steps=steps)


def digits_deep(steps: int = 800) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.Adam(parameters, lr=lr)

    def model():
        return mlp(64, 48, 48, 48, 10, activation=nn.Tanh)

    return problem("digits_deep", model, optimizer, parts(), steps=steps)


def digits_cnn(steps: int = 400) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, nesterov=True, weight_decay=5e-4)

    def model():
        return network(channels=6, norm=True)

    return problem("digits_cnn", model, optimizer, parts(), steps=steps, disturb=shifted)


def digits_normed(steps: int = 700) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, nesterov=True, weight_decay=1e-3)

    def model():
        return mlp(64, 48, 48, 10, norm=True)

    return problem("digits_normed", model, optimizer, parts(), steps=steps, disturb=shifted)


def cnn_adamw(steps: int = 400) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.05)

    def model():
        return network(channels=6, norm=False)

    return problem("cnn_adamw", model, optimizer, parts(mislabelled=0.1), steps=steps)
