"""Eight tasks that were written after the strategy was frozen for good, and trained but then."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits, load_wine
from torch import nn

from lehr.training import TorchProblem
from tasks import digits, images, tables, text
from tasks.task import Judged, minibatches, mlp, split


def wine(steps: int = 900) -> TorchProblem:
    """Three kinds of wine from disturbed measurements: 178 rows."""
    rows, kinds = load_wine(return_X_y=True)
    rows = torch.as_tensor(rows, dtype=torch.float32)
    rows = (rows - rows.mean(0)) / rows.std(0)
    noisy = rows + torch.randn(rows.shape, generator=torch.Generator().manual_seed(7))
    data = split(noisy, torch.as_tensor(kinds), held_out=50)

    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=1e-3)

    return digits.problem("wine", lambda: mlp(13, 32, 3), optimizer, data, steps=steps, size=16)


def few_digits(steps: int = 800) -> TorchProblem:
    """Digits from 300 images alone, by a wide network."""
    train, validation, test = digits.parts()
    data = (tuple(tensor[:300] for tensor in train), validation, test)

    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.1)

    return digits.problem(
        "few_digits", lambda: mlp(64, 96, 10), optimizer, data, steps=steps, size=32
    )


def compress(steps: int = 1_200) -> TorchProblem:
    """Digits through eight numbers and back."""
    train, validation, test = ((part[0], part[0]) for part in digits.parts())
    return TorchProblem(
        name="compress",
        model=lambda: mlp(64, 64, 8, 64, 64, activation=nn.Tanh),
        optimizer=lambda parameters, lr: torch.optim.Adam(parameters, lr=lr),
        loss=images.mean_square,
        train=lambda generator: minibatches(generator, 32, *train),
        evaluate=Judged(images.mean_square, validation, test),
        steps=steps,
        objective="val_loss",
    )


def enlarge(steps: int = 2_500) -> TorchProblem:
    """Patches of 8 × 8 pixels from their 4 × 4 means."""
    fine = images.patches(images.photograph("flower.jpg"), 8, 7)
    coarse = F.avg_pool2d(fine.reshape(-1, 1, 8, 8), 2).reshape(-1, 16)
    train, validation, test = split(coarse, fine, held_out=1_000)
    return TorchProblem(
        name="enlarge",
        model=lambda: mlp(16, 64, 64),
        optimizer=lambda parameters, lr: torch.optim.AdamW(parameters, lr=lr, weight_decay=0.01),
        loss=images.mean_square,
        train=lambda generator: minibatches(generator, 64, *train),
        evaluate=Judged(images.mean_square, validation, test),
        steps=steps,
        objective="val_loss",
    )


def rows_below(steps: int = 1_000) -> TorchProblem:
    """The next row of a photograph from the two above it, in strips of 16 pixels."""
    image = images.photograph("china.jpg")
    strips = image.unfold(0, 3, 2).unfold(1, 16, 8).transpose(-1, -2).reshape(-1, 3, 16)
    train, validation, test = split(strips[:, :2].flatten(1), strips[:, 2], held_out=1_500)
    return TorchProblem(
        name="rows_below",
        model=lambda: mlp(32, 48, 48, 16, norm=True),
        optimizer=lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
        loss=images.mean_square,
        train=lambda generator: minibatches(generator, 32, *train),
        evaluate=Judged(images.mean_square, validation, test),
        steps=steps,
        objective="val_loss",
    )


def letters_sgd(steps: int = 1_500) -> TorchProblem:
    """The windowed language model, by plain SGD with momentum."""
    return text.problem(
        "letters_sgd",
        lambda: text.Window(6, 40),
        lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
        text.last_letter,
        context=6,
        size=32,
        steps=steps,
        held_out=2_000,
    )


def sums(steps: int = 1_500) -> TorchProblem:
    """The sum of two handwritten digits, as a number."""
    pixels, classes = load_digits(return_X_y=True)
    generator = torch.Generator().manual_seed(8)
    pairs = torch.randint(len(pixels), (6_000, 2), generator=generator)
    pictures = torch.as_tensor(pixels, dtype=torch.float32)[pairs].flatten(1) / 16
    total = torch.as_tensor(classes)[pairs].sum(1, keepdim=True).float() / 5 - 1.8
    data = split(pictures, total, held_out=800)

    def optimizer(parameters, lr):
        return torch.optim.Adam(parameters, lr=lr)

    return tables.problem(
        "sums", lambda: mlp(128, 48, 48, 1), optimizer, tables.mean_square, data, steps=steps
    )


def taught_classes(steps: int = 700) -> TorchProblem:
    """Five classes of a random network, a quarter of the training labels wrong."""
    generator = torch.Generator().manual_seed(9)
    points = torch.randn(6_000, 16, generator=generator)
    hidden = torch.relu(points @ torch.randn(16, 32, generator=generator))
    classes = (hidden @ torch.randn(32, 5, generator=generator)).argmax(-1)
    train, validation, test = split(points, classes, held_out=1_000)
    wrong = torch.rand(len(train[1]), generator=generator) < 0.25
    others = torch.randint(5, train[1].shape, generator=generator)
    data = ((train[0], torch.where(wrong, others, train[1])), validation, test)

    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, nesterov=True, weight_decay=5e-4)

    return digits.problem(
        "taught_classes", lambda: mlp(16, 64, 64, 5), optimizer, data, steps=steps, size=32
    )
