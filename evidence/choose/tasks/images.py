"""Two photographs of scikit-learn: patches freed of noise, and a picture learned by heart."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from sklearn.datasets import load_sample_image
from torch import Tensor, nn

from lehr.training import TorchProblem
from tasks.task import Judged, minibatches, mlp, split


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
        evaluate=Judged(mean_square, validation[::-1], test[::-1]),
        steps=steps,
        objective="val_loss",
    )


def coordinates(steps: int = 3_000) -> TorchProblem:
    """A photograph as a function of place: waves of the coordinates into an MLP; it underfits."""
    image = photograph("flower.jpg")[::3, ::3]
    rows, columns = image.shape
    grid = torch.stack(
        torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns), indexing="ij"),
        -1,
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
        evaluate=Judged(mean_square, validation, test),
        steps=steps,
        objective="val_loss",
    )
