"""The study's classification tasks, judged by the share told right, and twins of their runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
from jax import Array
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1] / "choose"))

from tasks import FRESH, LATER, SEEN, UNSEEN, Task
from tasks.digits import cross_entropy
from tasks.task import Judged, replaced
from twins import Twin, Weights

from lehr.training import TorchProblem


@dataclass(frozen=True)
class JudgedTwice(Judged):
    """The loss of each held-out part, and its accuracy."""

    def __call__(self, model: nn.Module) -> dict[str, float]:
        told: dict[str, float] = {}
        for name, (inputs, classes) in zip(("val", "test"), self.parts, strict=True):
            right = model(inputs).argmax(-1) == classes
            told[f"{name}_loss"] = self.loss(model, (inputs, classes)).item()
            told[f"{name}_accuracy"] = right.float().mean().item()
        return told


class AccurateTwin(Twin):
    """Trains what its problem does, and judges likewise: loss and accuracy of each part."""

    def _judged(self, w: Weights, part: tuple[Array, ...]) -> Array:
        answers, _ = self._forward(w, part[0], False)
        right = answers.argmax(-1) == part[1]
        return jnp.stack([super()._judged(w, part), right.mean()])


def by_accuracy(task: Task) -> TorchProblem:
    """A task's problem with its validation accuracy as the objective."""
    problem = task.problem()
    judged = JudgedTwice(problem.evaluate.loss, *problem.evaluate.parts)
    return replaced(problem, task.name, evaluate=judged, objective="val_accuracy", mode="max")


def classifying(tasks: tuple[Task, ...]) -> dict[str, TorchProblem]:
    """Those of some tasks that tell classes, by name."""
    return {task.name: by_accuracy(task) for task in tasks if task.problem().loss is cross_entropy}


KNOWN = classifying((*SEEN, *UNSEEN))
"""Judged by their losses, lehr's strategy was built on these."""
APART = classifying((*FRESH, *LATER))
"""On these it was not."""
