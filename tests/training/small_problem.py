"""A small classification problem with everything in play that a checkpoint must hold."""

from __future__ import annotations

import random

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from lehr import parse
from lehr.schedule import Plan
from lehr.training import TorchProblem

PLAN = Plan(lr=parse("warmup(3) >> cosine()"), weight_decay=parse("linear(final=0.5)"))
HORIZON = 12
BASE_DECAY = 0.01
OPTIMIZERS = {
    "momentum": lambda params, lr: torch.optim.SGD(
        params, lr=lr, momentum=0.9, weight_decay=BASE_DECAY
    ),
    "adamw": lambda params, lr: torch.optim.AdamW(params, lr=lr, weight_decay=BASE_DECAY),
}
X = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long()


def network():
    return torch.nn.Sequential(
        torch.nn.Linear(6, 8),
        torch.nn.BatchNorm1d(8),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.3),
        torch.nn.Linear(8, 2),
    )


def epoch_of_indices(generator):
    order = torch.randperm(len(X), generator=generator)
    return ((X[part], Y[part]) for part in order.split(8))


def endless(generator):
    while True:
        part = torch.randint(len(X), (8,), generator=generator)
        yield X[part], Y[part]


def shuffled_loader(generator):
    return DataLoader(TensorDataset(X, Y), batch_size=8, shuffle=True, generator=generator)


def loader_on_global_generator(generator):
    return DataLoader(TensorDataset(X, Y), batch_size=8, shuffle=True)


def augmented(generator):
    for x, y in epoch_of_indices(generator):
        noise = random.random() + np.random.rand() + torch.rand(())
        yield x + 0.01 * noise, y


TRAINS = [epoch_of_indices, endless, shuffled_loader, loader_on_global_generator, augmented]


def classification_loss(model, batch):
    return F.cross_entropy(model(batch[0]), batch[1])


def evaluation(model):
    """Draws from a global generator, as a user's may."""
    return {"val_loss": F.cross_entropy(model(X), Y).item() + 1e-3 * random.random()}


def small_problem(**changes):
    """Give the problem, with other members where a test wants them."""
    members = {
        "name": "small",
        "model": network,
        "optimizer": OPTIMIZERS["momentum"],
        "loss": classification_loss,
        "train": epoch_of_indices,
        "evaluate": evaluation,
        "steps": HORIZON,
        "objective": "val_loss",
        "device": "cpu",
    }
    return TorchProblem(**{**members, **changes})
