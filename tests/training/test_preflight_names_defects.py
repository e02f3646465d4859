"""A preflight says what is wrong with a problem before budget is spent on it."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_problem import (
    OPTIMIZERS,
    TRAINS,
    X,
    Y,
    classification_loss,
    epoch_of_indices,
    network,
    small_problem,
)

from lehr.errors import ProblemError
from lehr.training import preflight

unseeded = np.random.default_rng(0)
calls = itertools.count()
shared = network()
two_batches = iter([(X, Y), (X, Y)])


class Counting(torch.nn.Module):
    """Keeps a number that its state_dict does not know."""

    def __init__(self):
        super().__init__()
        self.layers = network()
        self.seen = 0

    def forward(self, x):
        self.seen += 1
        return self.layers(x) * (1 + 0.1 * self.seen)


def nan_loss(model, batch):
    return classification_loss(model, batch) * float("nan")


def unseeded_model():
    net = network()
    torch.nn.init.normal_(net[0].weight, std=unseeded.uniform(0.1, 1.0))
    return net


def unseeded_order(_):
    order = torch.from_numpy(unseeded.permutation(len(X)))
    return ((X[part], Y[part]) for part in order.split(8))


def training_evaluation(model):
    model.train()
    return {"val_loss": F.cross_entropy(model(X), Y)}


def frozen():
    net = network()
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    return net


def elsewhere(params, lr):
    return torch.optim.SGD(shared.parameters(), lr=lr)


def ignoring_lr(params, lr):
    return torch.optim.SGD(params, lr=0.1)


DEFECTS = {
    "loss is detached": (
        {"loss": lambda model, batch: classification_loss(model, batch).detach()},
        "the loss does not depend on the model",
    ),
    "loss is of something else": (
        {"loss": lambda _, batch: classification_loss(shared, batch)},
        "the loss does not depend on the model",
    ),
    "optimizer is of something else": (
        {"optimizer": elsewhere},
        "the loss does not depend on the model",
    ),
    "optimizer has its own lr": ({"optimizer": ignoring_lr}, "optimizer does not use the lr"),
    "loss is a float": (
        {"loss": lambda model, batch: classification_loss(model, batch).item()},
        "no scalar tensor",
    ),
    "loss is not reduced": (
        {"loss": lambda model, batch: F.cross_entropy(model(batch[0]), batch[1], reduction="none")},
        "no scalar tensor",
    ),
    "loss fails": ({"loss": lambda model, batch: model(batch[1])}, "loss raised RuntimeError"),
    "loss is nan": ({"loss": nan_loss}, "not finite from the first step"),
    "empty epoch": ({"train": lambda _: []}, "empty epoch"),
    "one epoch only": (
        {"train": lambda _: two_batches},
        "empty epoch",
    ),
    "no iterator": ({"train": lambda _: 3}, "no iterator of batches"),
    "train fails": (
        {"train": lambda _: Path("no such file").read_bytes()},
        "train raised FileNotFound",
    ),
    "data differ": ({"train": unseeded_order}, "data differ between two starts"),
    "weights differ": ({"model": unseeded_model}, "two models built under one seed differ"),
    "model is shared": ({"model": lambda: shared}, "training one run changes another"),
    "loss is constant": (
        {
            "loss": lambda model, batch: 0.0 * classification_loss(model, batch),
            "optimizer": torch.optim.SGD,
        },
        "training changes no weight",
    ),
    "model keeps a counter": ({"model": Counting}, "goes elsewhere"),
    "no module": ({"model": lambda: None}, "no torch module"),
    "nothing to train": ({"model": frozen}, "no parameter to train"),
    "no optimizer": ({"optimizer": lambda _, __: None}, "no torch optimizer"),
    "no mapping": ({"evaluate": lambda _: 0.5}, "no mapping of metrics"),
    "no objective": ({"evaluate": lambda _: {"val_los": 0.5}}, "does not give the objective"),
    "no number": ({"evaluate": lambda _: {"val_loss": "low"}}, "metric that is no number"),
    "evaluate trains": ({"evaluate": training_evaluation}, "evaluate changes the model"),
    "evaluate is random": (
        {"evaluate": lambda _: {"val_loss": float(next(calls))}},
        "different metrics for the same weights",
    ),
    "evaluate fails": ({"evaluate": lambda _: {"val_loss": 1 / 0}}, "evaluate raised ZeroDiv"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_has_its_own_message(defect):
    """Every defect is a ProblemError that names it, and says what to type."""
    changes, says = DEFECTS[defect]
    with pytest.raises(ProblemError) as caught:
        preflight(small_problem(**changes), 0)
    assert says in caught.value.problem
    assert caught.value.fix


@pytest.mark.parametrize("train", TRAINS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_sound_problem_passes(train, optimizer):
    """Every way of giving batches passes, and gives the same fingerprint each time."""
    problem = small_problem(train=train, optimizer=OPTIMIZERS[optimizer], accumulate=2)
    first, second = preflight(problem, 3), preflight(problem, 3)
    assert first.first_batch == second.first_batch
    assert first.initial_weights == second.initial_weights
    assert first.metrics == ("val_loss",)
    assert first.seconds_per_step > 0
    assert preflight(problem, 4).initial_weights != first.initial_weights


def test_the_time_of_a_step_holds_its_share_of_an_evaluation():
    """A study evaluates as it trains: hours are counted with that."""

    def slow(_):
        time.sleep(0.2)
        return {"val_loss": 1.0}

    assert preflight(small_problem(evaluate=slow, evaluate_every=4), 0).seconds_per_step > 0.05


@pytest.mark.parametrize("peak_lr", [1e10, 1e30])
def test_divergence_after_the_first_step_is_no_defect(peak_lr):
    """A baseline that blows up is data for the study, not a wrong problem."""
    problem = small_problem(
        baseline=("constant()", peak_lr),
        optimizer=lambda params, lr: torch.optim.SGD(params, lr=lr),
    )
    assert preflight(problem, 0).metrics == ("val_loss",)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_problems_pass(steps):
    """A horizon of one step is enough."""
    assert preflight(small_problem(steps=steps), 0).metrics == ("val_loss",)


def test_the_fingerprint_sees_the_first_batch():
    """Other data under the same seed give another fingerprint."""
    other = small_problem(
        train=lambda generator: ((x + 1, y) for x, y in epoch_of_indices(generator))
    )
    first, second = preflight(small_problem(), 0), preflight(other, 0)
    assert first.first_batch != second.first_batch
    assert first.initial_weights == second.initial_weights
