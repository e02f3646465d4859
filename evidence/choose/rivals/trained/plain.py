"""One full training with given hyper-parameters: lehr's own loop, nothing stopped early.

A run is not given up where lehr would call it diverged: a rival may recover. It ends at a loss that
is not finite, as any run would be worthless from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import cast

import numpy as np
import torch

from lehr.schedule import Multipliers
from lehr.training import TorchProblem
from lehr.training.torch_run import TorchRun


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a rival's training came to.

    Attributes:
        lr: the peak it trained with; where it changed its mind, the last one.
        cost: steps trained for it, those of its search included, in full runs.
        val: the loss to select on; infinite where it diverged.
        test: likewise, on samples that nothing is selected on.
    """

    lr: float
    cost: float
    val: float
    test: float


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A rival that does not choose a cell of the grid.

    Attributes:
        name: of the method.
        train: trains a problem under a seed with the lr that `search` gave, if there is one.
        search: gives an lr, told a problem and a search seed.
        fits: whether it is meant for a problem.
        fresh: how many of the fresh seeds it is trained on.
    """

    name: str
    train: Callable[[TorchProblem, int, float | None], Outcome]
    search: Callable[[TorchProblem, int], float] | None = None
    fits: Callable[[TorchProblem], bool] = lambda _: True
    fresh: int = 10


def with_optimizer(
    problem: TorchProblem, optimizer: Callable[..., torch.optim.Optimizer]
) -> TorchProblem:
    """The same problem under another optimizer."""
    members = {field.name: getattr(problem, field.name) for field in fields(problem)}
    members["baseline"] = members.pop("declared_baseline")
    return TorchProblem(**{**members, "optimizer": optimizer})


def own_optimizer(problem: TorchProblem) -> torch.optim.Optimizer:
    """The user's optimizer, on a throwaway model, to read its settings from."""
    with torch.random.fork_rng():
        return problem.build_optimizer(problem.model(), 1.0)


def started(problem: TorchProblem, seed: int) -> TorchRun:
    return cast("TorchRun", problem.start(seed))


def absolute(
    values: Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]], start: int, horizon: int
) -> Multipliers:
    """Hyper-parameters of the steps from `start` on, as they are."""
    return Multipliers(
        values=values, absolute=frozenset(values), start=start, horizon=horizon, plan="a rival's"
    )


def outcome(run: TorchRun, *, lr: float, cost: float, healthy: bool) -> Outcome:
    """Evaluate a finished run."""
    metrics = run.evaluate() if healthy else {"val_loss": math.inf, "test_loss": math.inf}
    val, test = (
        value if math.isfinite(value) else math.inf
        for value in (metrics["val_loss"], metrics["test_loss"])
    )
    return Outcome(lr=lr, cost=cost, val=val, test=test)


def trained(
    problem: TorchProblem, seed: int, multipliers: Multipliers, peak_lr: float, *, cost: float = 1.0
) -> Outcome:
    """Train to the end and evaluate."""
    run = started(problem, seed)
    losses = run.advance(multipliers, peak_lr)
    return outcome(run, lr=peak_lr, cost=cost, healthy=bool(np.isfinite(losses).all()))
