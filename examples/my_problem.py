"""Which schedule and which peak learning rate? `lehr choose examples/my_problem.py` finds out.

The problem here is a network that takes the noise off handwritten digits.
Put your own model, data, loss and metrics in its place.
"""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lehr.training import TorchProblem


def add_noise(images):
    return images + 0.5 * torch.randn_like(images)


def network():
    return nn.Sequential(
        nn.Linear(64, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 64)
    )


def problem():
    torch.manual_seed(0)  # the same split and the same held-out noise in every process
    images = torch.tensor(load_digits().data, dtype=torch.float32) / 16
    train, validation, test = images[torch.randperm(len(images))].split([1_000, 400, 397])
    noisy_validation, noisy_test = add_noise(validation), add_noise(test)

    return TorchProblem(
        name="my_problem",
        model=network,
        optimizer=lambda params, lr: torch.optim.AdamW(params, lr=lr),
        train=lambda generator: DataLoader(
            TensorDataset(train), batch_size=50, shuffle=True, generator=generator
        ),
        loss=lambda model, batch: F.mse_loss(model(add_noise(batch[0])), batch[0]),
        evaluate=lambda model: {
            "val_loss": F.mse_loss(model(noisy_validation), validation).item(),
            "test_loss": F.mse_loss(model(noisy_test), test).item(),
        },
        steps=1_000,
        objective="val_loss",
        device="cpu",
    )
