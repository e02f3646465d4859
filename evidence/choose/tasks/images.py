"""Two photographs that ship with scikit-learn: patches without their noise, and one learned by heart."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits, load_sample_image
from torch import Tensor, nn

from lehr.training import TorchProblem
from tasks.task import judged, minibatches, mlp, split


def photograph(name: str) -> Tensor:
    """Brightness of one photograph, (427, 640), between 0 and 1."""
    return torch.as_tensor(load_sample_image(name).mean(-1) / 255, dtype=torch.float32)


def patches(image: Tensor, size: int, stride: int) -> Tensor:
    """Square patches as rows, (patches, size²)."""
    return image.unfold(0, size, stride).unfold(1, size, stride).reshape(-1, size * size)


def mean_square(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    return F.mse_loss(model(batch[0]), batch[1])


def denoise(steps: int = 800) -> TorchProblem:
    """Clean 8 × 8 patches from noisy ones, by an autoencoder."""
    generator = torch.Generator().manual_seed(2)
    clean = patches(photograph("china.jpg"), 8, 8)
    noise = 0.15 * torch.randn(clean.shape, generator=generator)
    train, validation, test = split(clean, clean + noise, held_out=600)

    def epoch(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        for (rows,) in minibatches(generator, 32, train[0]):
            yield rows + 0.15 * torch.randn(rows.shape, generator=generator), rows

    return TorchProblem(
        name="denoise",
        model=lambda: mlp(64, 96, 24, 96, 64),
        optimizer=lambda parameters, lr: torch.optim.Adam(parameters, lr=lr),
        loss=mean_square,
        train=epoch,
        evaluate=judged(mean_square, validation[::-1], test[::-1]),
        steps=steps,
        objective="val_loss",
    )


def coordinates(steps: int = 3_000) -> TorchProblem:
    """A photograph as a function of place: waves of the coordinates into an MLP; it underfits."""
    image = photograph("flower.jpg")[::3, ::3]
    rows, columns = image.shape
    grid = torch.stack(
        torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns), indexing="ij"), -1
    ).reshape(-1, 2)
    generator = torch.Generator().manual_seed(3)
    waves = 6 * torch.randn(2, 20, generator=generator)
    phases = math.pi * grid @ waves
    inputs = torch.cat([phases.sin(), phases.cos()], -1)
    train, validation, test = split(inputs, image.reshape(-1, 1), held_out=2_000)
    return TorchProblem(
        name="coordinates",
        model=lambda: mlp(40, 40, 40, 1),
        optimizer=lambda parameters, lr: torch.optim.Adam(parameters, lr=lr),
        loss=mean_square,
        train=lambda generator: minibatches(generator, 64, *train),
        evaluate=judged(mean_square, validation, test),
        steps=steps,
        objective="val_loss",
    )


def segment(steps: int = 400) -> TorchProblem:
    """Which pixels of a 12 × 12 patch belong to the digit pasted into it."""
    digits = torch.as_tensor(load_digits().images / 16, dtype=torch.float32)
    ground = patches(photograph("china.jpg"), 12, 11).reshape(-1, 12, 12)
    generator = torch.Generator().manual_seed(4)
    ground = ground[torch.randint(len(ground), (len(digits),), generator=generator)]
    ink = torch.zeros(len(digits), 12, 12)
    ink[:, 2:10, 2:10] = digits
    pictures = (ground * (1 - ink) + ink * (0.3 + 0.5 * torch.rand(len(ink), 1, 1, generator=generator)))
    train, validation, test = split(pictures[:, None], (ink > 0.5).float()[:, None], held_out=300)

    def loss(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        return F.binary_cross_entropy_with_logits(model(batch[0]), batch[1])

    def model() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(6, 6, 3, padding=2, dilation=2),
            nn.ReLU(),
            nn.Conv2d(6, 1, 3, padding=1),
        )

    return TorchProblem(
        name="segment",
        model=model,
        optimizer=lambda parameters, lr: torch.optim.AdamW(parameters, lr=lr, weight_decay=0.01),
        loss=loss,
        train=lambda generator: minibatches(generator, 16, *train),
        evaluate=judged(loss, validation, test),
        steps=steps,
        objective="val_loss",
    )
