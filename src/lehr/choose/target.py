"""A target for the metric: what a run that shall reach it soon is worth.

A run's *steps to the target* are the steps after which its metric first reaches it: at the first
evaluation that does, placed between that one and the one before by a straight line. So it is never
off by more than one interval of evaluation, orders runs as their first evaluations do, and runs
whose first evaluations fall together can still be told apart; without that, differences of few
pairs are often the same number, whose spread of zero would make anything look sure.

A search ranks runs in two levels (`score`): those that reach the target by their steps, then those
that do not by how far their metric ended from it; a diverged run comes last, whatever it reached.

Fresh seeds are compared by steps restricted to the horizon (`restricted`): a run that does not
reach the target counts as one that reaches it at its last step. That is the least it can take, so a
gain over one that did not is stated too small, never too large, and there is a number for every
run without a model of what would have come (as in the restricted mean survival time; Royston &
Parmar, BMC Med. Res. Methodol. 13, 2013; here on logarithms, so that gains are fractions of steps).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lehr.choose.decision import Expected, Mode, Target
from lehr.choose.outcome import Outcome
from lehr.errors import UsageError
from lehr.training import Fingerprint, Problem, declared_target

OFTEN = 20
"""Evaluations of a run below which steps to a target are coarse."""


def steps_to_target(
    evaluations: Sequence[tuple[int, Mapping[str, float]]], target: Target
) -> float | None:
    """After how many steps a run first reaches the target; None if it does not.

    Args:
        evaluations: (step, metrics), ascending in step.
        target: what is to be reached.

    >>> falling = [(10, {"loss": 0.8}), (20, {"loss": 0.6}), (30, {"loss": 0.2})]
    >>> goal = Target(metric="loss", mode="min", value=0.5)
    >>> steps_to_target(falling, goal)
    22.5
    >>> steps_to_target(falling[:2], goal)
    >>> steps_to_target(falling[2:], goal)
    30.0
    """
    before: tuple[int, float] | None = None
    for step, metrics in evaluations:
        value = metrics[target.metric]
        if reaches(value, target):
            return float(step) if before is None else _crossing(before, (step, value), target.value)
        before = (step, value) if math.isfinite(value) else None
    return None


def reaches(value: float, target: Target) -> bool:
    """Whether a metric is at the target or beyond; one that is no number never is.

    >>> reaches(0.5, Target(metric="loss", mode="min", value=0.5))
    True
    >>> reaches(float("nan"), Target(metric="loss", mode="min", value=0.5))
    False
    """
    return value <= target.value if target.mode == "min" else value >= target.value


def score(outcome: Outcome, target: Target, horizon: int) -> float:
    """A full run's score, small is good: at most 1 if it reached the target, above 1 if not.

    The steps in parts of the horizon; else 1 and a part of 1 that grows with the gap at the end,
    a half where that is as large as the target itself. Infinite where the run diverged.

    Args:
        outcome: of a run that was trained to the end.
        target: what is to be reached.
        horizon: optimizer steps of a full run.

    >>> goal = Target(metric="loss", mode="min", value=0.5)
    >>> score(Outcome(objective=0.3, diverged=False, steps_to_target=60.0), goal, 100)
    0.6
    >>> score(Outcome(objective=1.0, diverged=False), goal, 100)
    1.5
    >>> score(Outcome(objective=None, diverged=True, steps_to_target=60.0), goal, 100)
    inf
    """
    if outcome.diverged:
        return math.inf
    if outcome.steps_to_target is not None:
        return outcome.steps_to_target / horizon
    if outcome.objective is None:
        return math.inf
    gap, scale = abs(outcome.objective - target.value), abs(target.value) or 1.0
    missed = 1 + 1 / (1 + scale / gap) if gap > 0 else 1.0
    return max(missed, math.nextafter(1.0, 2.0))  # after every run that reaches it, by however much


def restricted(outcome: Outcome, horizon: int) -> float | None:
    """A full run's steps to the target, the horizon where it does not reach it; None: diverged.

    >>> restricted(Outcome(objective=0.3, diverged=False, steps_to_target=60.0), 100)
    60.0
    >>> restricted(Outcome(objective=0.8, diverged=False), 100)
    100.0
    """
    if outcome.diverged or (outcome.objective is None and outcome.steps_to_target is None):
        return None
    return float(horizon) if outcome.steps_to_target is None else outcome.steps_to_target


def within(known: Expected, horizon: int) -> Expected:
    """Cut expected steps at the horizon, beyond which no restricted number lies."""
    ends = {name: min(getattr(known, name), float(horizon)) for name in ("mean", "low", "high")}
    return known.model_copy(update=ends)


def possible_target(target: float | None) -> None:
    """Demand a finite target, or none.

    Raises:
        UsageError: it is not finite.
    """
    if target is not None and not math.isfinite(target):
        raise UsageError(
            "the target is not possible",
            value=f"target = {target!r}",
            rule="a finite number that the metric shall reach",
            fix="for example --target 0.35",
        )


def aim(problem: Problem, fingerprint: Fingerprint, value: float | None) -> Target | None:
    """The target of a study: the one asked for, else the problem's own, else none.

    Args:
        problem: what is trained.
        fingerprint: what it starts from.
        value: asked for on the command line.

    Raises:
        UsageError: it is not finite, or reached before training has done anything.
    """
    wanted = declared_target(problem) if value is None else value
    if wanted is None:
        return None
    possible_target(wanted)
    target = Target(metric=problem.objective, mode=problem.mode, value=wanted)
    initial = fingerprint.initial.get(target.metric, math.nan)
    if reaches(initial, target):
        raise UsageError(
            "the target is reached before training has done anything",
            value=f"{target.metric} = {initial:.4g} after the first few steps of the baseline, "
            f"and the target is {target.words}",
            rule="a target is what a trained model reaches, and an untrained one does not",
            fix=f"a {_better(target.mode)} --target (or target=), or mode="
            f"{'max' if target.mode == 'min' else 'min'!r} if {target.metric} shall be "
            f"{'large' if target.mode == 'min' else 'small'}",
        )
    return target


def coarseness(problem: Problem) -> str | None:
    """What to say where evaluations are too rare to tell steps apart; None where they are not."""
    every, horizon = problem.evaluate_every, problem.steps
    if every * OFTEN <= horizon or every == 1:
        return None
    return (
        f"{problem.objective} is evaluated every {every} of {horizon:,} steps, so the step at "
        f"which the target is reached is known to {every} steps: "
        f"evaluate_every={max(1, horizon // 50)} would tell more"
    )


def _crossing(before: tuple[int, float], after: tuple[int, float], value: float) -> float:
    """Where a straight line between two evaluations meets the target."""
    (early, missed), (late, reached) = before, after
    part = (missed - value) / (missed - reached)
    if not math.isfinite(part):  # values so large that their difference is not a number
        return float(late)
    return min(early + (late - early) * part, float(late))


def _better(mode: Mode) -> str:
    return "smaller" if mode == "min" else "larger"
