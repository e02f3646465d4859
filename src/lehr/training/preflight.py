"""Find what is wrong with a problem before budget is spent on it."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lehr.catalog import parse
from lehr.errors import ProblemError
from lehr.schedule import BoundPlan, Plan
from lehr.training.command import CommandProblem
from lehr.training.content import digest
from lehr.training.fingerprint import ABOUT, Fingerprint
from lehr.training.problem import Inspectable, Problem, Run
from lehr.training.torch_problem import TorchProblem

_STEPS = 6
_BATCHES = 2


def preflight(problem: Problem, seed: int) -> Fingerprint:
    """Train a handful of steps twice, and name the first thing that is not as it must be.

    Two runs are started under one seed: they must begin with the same weights and batches. One
    trains six steps of the baseline, and is evaluated and saved on the way; the other continues
    from what was saved, and must arrive at the same losses and weights.

    Args:
        problem: any problem; a command's script is run to its first report, twice.
        seed: the study's.

    Raises:
        ProblemError: says what is wrong and how to mend it.
    """
    if isinstance(problem, CommandProblem):
        return problem.preflight(seed)
    schedule, peak_lr = problem.baseline
    if isinstance(problem, TorchProblem):
        _refuse_fixed_lr(problem, peak_lr)
    plan = Plan.of(parse(schedule)).over(problem.steps)
    straight, resumed = problem.start(seed), problem.start(seed)
    start = _compare_starts(straight, resumed)
    end = min(_STEPS, problem.steps)
    before, seconds = _train(straight, plan, end // 2, peak_lr)
    _refuse_bad_start(before)
    _refuse_shared_weights(resumed, start)
    with tempfile.TemporaryDirectory(prefix="lehr-preflight-") as folder:
        straight.save(Path(folder) / "checkpoint")
        metrics = _evaluate(straight)
        resumed.load(Path(folder) / "checkpoint")
        begin = time.perf_counter()
        again = resumed.evaluate()
        evaluating = time.perf_counter() - begin
    if np.isfinite(before).all():
        after, more = _train(straight, plan, end, peak_lr)
        _refuse_bad_start(np.concatenate([before, after]))
        _refuse_standstill(straight, start, after)
        _compare_ends(straight, resumed, after, _train(resumed, plan, end, peak_lr)[0])
        seconds += more
    _compare_metrics(metrics, again, exact=_exact(straight))
    return Fingerprint(
        first_batch=start.batches,
        initial_weights=start.weights,
        metrics=tuple(sorted(metrics)),
        device=straight.device if isinstance(straight, Inspectable) else "unknown",
        seconds_per_step=statistics.median(seconds) + evaluating / problem.evaluate_every,
        exact=_exact(straight),
        initial=metrics,
    )


@dataclass(frozen=True)
class _Start:
    """Content hashes of what a run starts from; empty where the run cannot tell."""

    weights: str = ""
    parameters: str = ""
    batches: str = ""


def _refuse_fixed_lr(problem: TorchProblem, peak_lr: float) -> None:
    from lehr.training.throwaway import refuse_fixed_lr  # needs torch

    refuse_fixed_lr(problem, peak_lr)


def _exact(run: Run) -> bool:
    return run.exact if isinstance(run, Inspectable) else True


def _compare_starts(first: Run, second: Run) -> _Start:
    if not isinstance(first, Inspectable) or not isinstance(second, Inspectable):
        return _Start()
    weights = first.digest_weights()
    if weights != second.digest_weights():
        raise ProblemError(
            "two models built under one seed differ",
            value="initial weights of two starts",
            rule="initial weights follow from the global generators, which the run seeds",
            fix="model=lambda: Net(), a new model at each call, without a generator of its own",
        )
    batches = first.digest_batches(_BATCHES)
    if batches != second.digest_batches(_BATCHES):
        raise ProblemError(
            "the data differ between two starts with one seed",
            value=f"the first {_BATCHES} batches of train(generator)",
            rule="the torch.Generator that train receives determines the batches",
            fix="train=lambda generator: DataLoader(data, shuffle=True, generator=generator); "
            "draw every shuffle and augmentation from it or from the global generators",
        )
    return _Start(weights, first.digest_weights(buffers=False), batches)


def _train(
    run: Run, plan: BoundPlan, stop: int, peak_lr: float
) -> tuple[NDArray[np.float64], list[float]]:
    """Train up to `stop`, step by step; give losses and the seconds of each step."""
    losses: list[NDArray[np.float64]] = [np.empty(0)]
    seconds: list[float] = []
    for step in range(run.step, stop):
        begin = time.perf_counter()
        losses.append(run.advance(plan.multipliers(step, step + 1), peak_lr))
        seconds.append(time.perf_counter() - begin)
        if not np.isfinite(losses[-1]).all():
            break
    return np.concatenate(losses), seconds


def _refuse_bad_start(losses: NDArray[np.float64]) -> None:
    """Refuse a loss that is not finite before any update; a later one is data."""
    if losses.size and not math.isfinite(losses[0]):
        raise ProblemError(
            "the loss is not finite from the first step on, before any update",
            value=f"loss = {losses[0]}",
            rule="an untrained model has a finite loss",
            fix="look for NaN in the data, a logarithm of 0, a division by 0 in loss",
        )


def _evaluate(run: Run) -> dict[str, float]:
    """Take the metrics, and refuse an evaluation that trains."""
    before = run.digest_weights() if isinstance(run, Inspectable) else ""
    metrics = run.evaluate()
    if isinstance(run, Inspectable) and run.digest_weights() != before:
        raise ProblemError(
            "evaluate changes the model",
            value="weights or buffers differ after evaluate(model)",
            rule="evaluate measures; the model arrives in eval mode and stays in it",
            fix="do not call model.train() or an optimizer in evaluate",
        )
    return metrics


def _compare_metrics(
    first: Mapping[str, float], second: Mapping[str, float], *, exact: bool
) -> None:
    if first.keys() == second.keys() and _same(
        np.array([first[name] for name in first]),
        np.array([second[name] for name in first]),
        exact=exact,
    ):
        return
    raise ProblemError(
        "evaluate gives different metrics for the same weights",
        value=f"{dict(first)} and {dict(second)}",
        rule="metrics follow from the weights and the global generators",
        fix="evaluate on fixed data, without a generator that goes on from call to call",
    )


def _compare_ends(
    straight: Run, resumed: Run, after: NDArray[np.float64], again: NDArray[np.float64]
) -> None:
    exact = _exact(straight)
    same = _same(after, again, exact=exact)
    if exact and isinstance(straight, Inspectable) and isinstance(resumed, Inspectable):
        same = same and straight.digest_weights() == resumed.digest_weights()
    if not same:
        raise ProblemError(
            "a run that continues from a checkpoint goes elsewhere than one that was not stopped",
            value=f"losses {after.tolist()} without a stop, {again.tolist()} with one",
            rule="what changes in training is in the state_dict of model and optimizer, "
            "in the global generators, or in the generator that train receives",
            fix="register_buffer(…) for what a module counts; no counter outside of the model",
        )


def _refuse_shared_weights(other: Run, start: _Start) -> None:
    if isinstance(other, Inspectable) and other.digest_weights() != start.weights:
        raise ProblemError(
            "training one run changes another",
            value="the same module or the same tensors in two models",
            rule="model() builds a fresh model at each call",
            fix="model=lambda: Net()",
        )


def _refuse_standstill(run: Run, start: _Start, after: NDArray[np.float64]) -> None:
    unchanged = isinstance(run, Inspectable) and (
        run.digest_weights(buffers=False) == start.parameters
    )
    if unchanged and np.isfinite(after).all():
        raise ProblemError(
            "training changes no weight",
            value=f"the same parameters after {run.step} steps",
            rule="the gradient of the loss is not zero everywhere",
            fix="look for a loss that is constant, or multiplied by 0",
        )


def _same(first: NDArray[np.float64], second: NDArray[np.float64], *, exact: bool) -> bool:
    if exact:
        return digest(first) == digest(second)
    return first.shape == second.shape and np.allclose(first, second, rtol=ABOUT, equal_nan=True)
