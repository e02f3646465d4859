"""Optimizers that promise to need no schedule or no lr, with the settings their READMEs recommend.

The weight decay stays the user's own; everything else is the optimizer's default.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from prodigyopt import Prodigy
from schedulefree import AdamWScheduleFree, SGDScheduleFree
from torch import nn

from lehr import Plan, parse
from lehr.training import TorchProblem
from rivals.trained.plain import (
    Outcome,
    Trained,
    outcome,
    own_optimizer,
    started,
    trained,
    with_optimizer,
)

RECALIBRATION = 50
"""Batches that BatchNorm sees before an evaluation, as Schedule-Free's README has it."""


def schedule_free(
    kind: type[AdamWScheduleFree] | type[SGDScheduleFree], lr: float
) -> Callable[[TorchProblem, int, float | None], Outcome]:
    """Train with a constant lr after a warmup of 5 %, evaluate the average."""

    def train(problem: TorchProblem, seed: int, _: float | None) -> Outcome:
        decay = own_optimizer(problem).defaults["weight_decay"]
        warmup = round(problem.steps / 20)

        def build(parameters, lr):
            optimizer = kind(parameters, lr=lr, warmup_steps=warmup, weight_decay=decay)
            optimizer.train()
            return optimizer

        run = started(with_optimizer(problem, build), seed)
        losses = run.advance(Plan.of(parse("hold()")).over(problem.steps).multipliers(), lr)
        parts = run.interior(lr)
        cast("AdamWScheduleFree | SGDScheduleFree", parts.optimizer).eval()
        recalibrate(problem, parts.model, seed)
        return outcome(run, lr=lr, cost=1.0, healthy=bool(np.isfinite(losses).all()))

    return train


def recalibrate(problem: TorchProblem, model: nn.Module, seed: int) -> None:
    """Let BatchNorm measure anew, at the weights that are evaluated."""
    if not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules()):
        return
    generator = torch.Generator().manual_seed(seed)
    epochs = itertools.chain.from_iterable(problem.train(generator) for _ in itertools.count())
    model.train()
    with torch.no_grad():
        for batch in itertools.islice(epochs, RECALIBRATION):
            problem.loss(model, batch)
    model.eval()


def prodigy(text: str, *, safeguard: bool) -> Callable[[TorchProblem, int, float | None], Outcome]:
    def train(problem: TorchProblem, seed: int, _: float | None) -> Outcome:
        decay = own_optimizer(problem).defaults["weight_decay"]

        def build(parameters, lr):
            with contextlib.redirect_stdout(None):  # it announces decoupled weight decay
                return Prodigy(parameters, lr=lr, weight_decay=decay, safeguard_warmup=safeguard)

        multipliers = Plan.of(parse(text)).over(problem.steps).multipliers()
        return trained(with_optimizer(problem, build), seed, multipliers, 1.0)

    return train


def by_sgd(problem: TorchProblem) -> bool:
    return isinstance(own_optimizer(problem), torch.optim.SGD)


RIVALS = (
    Trained(name="Schedule-Free AdamW", train=schedule_free(AdamWScheduleFree, 0.0025)),
    Trained(name="Schedule-Free SGD", train=schedule_free(SGDScheduleFree, 1.0), fits=by_sgd),
    Trained(name="Prodigy, cosine", train=prodigy("cosine()", safeguard=False)),
    Trained(
        name="Prodigy, warmup, cosine",
        train=prodigy('warmup("5%") >> cosine()', safeguard=True),
    ),
)
