"""Optuna itself: its TPE sampler, without a pruner and with its HyperbandPruner.

Everything is as its documentation shows: the schedule is categorical, the lr a float on a log scale
(trained at the nearest lr of the grid), every evaluation is reported, the pruner knows how many
there are. A loss that is not finite is reported as NaN, which prunes or fails the trial.
One study goes on for as long as the largest budget; smaller ones read off what it knew by then.
In its favour, a trial of a cell that it has trained costs nothing here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import optuna
from recorded import Choice, Recorded

from rivals.ledger import Ledger
from rivals.rival import Rival

LARGEST = 20.0
MOST_TRIALS = 120
"""Where a study keeps asking for cells it has trained, which cost nothing."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """The best completed trial after some trials, None before there is one."""

    cell: tuple[int, int] | None
    cost: float


def with_pruner(
    recorded: Recorded, seed: int, random: np.random.Generator, *, budget: float
) -> Choice:
    """What the study knew before a trial would have gone over the budget."""
    course = study_course(recorded, seed, int(random.integers(2**31)), True)
    return latest(course, sum(known.cost <= budget for known in course))


def without_pruner(
    recorded: Recorded, seed: int, random: np.random.Generator, *, trials: int
) -> Choice:
    """What the study knew after some trials."""
    course = study_course(recorded, seed, int(random.integers(2**31)), False)
    return latest(course, trials)


def latest(course: tuple[Known, ...], trials: int) -> Choice:
    """The best after some trials; if none was completed by then, the first one that is."""
    within = [known for known in course[:trials] if known.cell is not None][-1:]
    known = (within or [known for known in course if known.cell is not None])[0]
    assert known.cell is not None
    return Choice(shape=known.cell[0], lr=known.cell[1], cost=known.cost)


@lru_cache(maxsize=8)
def study_course(
    recorded: Recorded, seed: int, sampler_seed: int, pruned: bool
) -> tuple[Known, ...]:
    """What was known after each trial of a study."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    marks = len(recorded.marks)
    ledger = Ledger(recorded, seed)
    pruner = (
        optuna.pruners.HyperbandPruner(min_resource=1, max_resource=marks, reduction_factor=3)
        if pruned
        else optuna.pruners.NopPruner()
    )
    study = optuna.create_study(
        study_name=f"{recorded.task}, {seed}, {sampler_seed}",  # the brackets follow from it
        sampler=optuna.samplers.TPESampler(seed=sampler_seed),
        pruner=pruner,
    )
    course: list[Known] = []
    best: tuple[float, tuple[int, int] | None] = math.inf, None

    def objective(trial: optuna.Trial) -> float:
        nonlocal best
        shape, lr = suggested(trial, recorded)
        loss = math.nan
        for mark in range(1, marks + 1) if pruned else (marks,):
            loss = ledger.train(shape, lr, mark / marks)
            loss = loss if math.isfinite(loss) else math.nan
            if pruned:
                trial.report(loss, mark)
                if trial.should_prune():
                    raise optuna.TrialPruned
        if loss < best[0]:
            best = loss, (shape, lr)
        return loss

    while ledger.cost < LARGEST and len(course) < MOST_TRIALS:
        study.optimize(objective, n_trials=1)
        course.append(Known(cell=best[1], cost=ledger.cost))
    return tuple(course)


def suggested(trial: optuna.Trial, recorded: Recorded) -> tuple[int, int]:
    """A cell of the grid, half a rung beyond whose ends belongs to them."""
    lrs = recorded.peak_lrs
    shape = trial.suggest_categorical("schedule", recorded.shapes)
    lr = trial.suggest_float("lr", lrs[0] / math.sqrt(2), lrs[-1] * math.sqrt(2), log=True)
    return recorded.shapes.index(shape), int(np.abs(np.log(lrs / lr)).argmin())


RIVALS = (
    *(
        Rival(
            name="Optuna TPE",
            budget=f"{trials} trials",
            choose=partial(without_pruner, trials=trials),
        )
        for trials in (4, 8, 16, 20)
    ),
    *(
        Rival(
            name="Optuna TPE, Hyperband",
            budget=f"{budget} runs",
            choose=partial(with_pruner, budget=float(budget)),
        )
        for budget in (1, 2, 4, 8, 12, 16, 20)
    ),
)
