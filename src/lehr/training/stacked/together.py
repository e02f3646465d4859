"""Advance several runs of one problem as one program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lehr.errors import UsageError
from lehr.schedule import Multipliers
from lehr.training.stacked.proof import proof, traced
from lehr.training.stacked.refusals import refuse
from lehr.training.stacked.stack import Stack
from lehr.training.stacked.streams import Streams
from lehr.training.torch_run import TorchRun


def advance_together(
    runs: Sequence[TorchRun], multipliers: Sequence[Multipliers], peak_lrs: Sequence[float]
) -> list[NDArray[np.float64]]:
    """Advance each run as `run.advance(multipliers, peak_lr)` would, all of them at once.

    What comes out is the same to rounding: the losses, and what the runs hold afterwards, so that
    they can be evaluated, saved and continued, alone or together. A small model costs more in
    dispatch than in arithmetic, and dispatch is paid once for all.

    Args:
        runs: of one problem, at one step, of any seeds.
        multipliers: of each run, equally many steps.
        peak_lrs: of each run.

    Returns:
        the losses of each run; shorter than asked, the last one not finite, where it blew up.

    Raises:
        StackingError: this cannot be done; no run has moved. Says why.
        ProblemError: the problem's code failed.
        UsageError: the runs, multipliers and peak lrs do not fit together.
    """
    _check(runs, multipliers, peak_lrs)
    interiors = [run.interior(lr) for run, lr in zip(runs, peak_lrs, strict=True)]
    problem = runs[0].problem
    refuse(problem, interiors)
    streams = Streams(interiors)
    shared = streams.one
    found = proof(problem, _two([run.seed for run in runs]), min(peak_lrs), shared=shared)
    stack = Stack(problem, interiors, trained=found.trained, shared=shared)
    with streams.drawing(len(multipliers[0]) * problem.accumulate) as batches, traced():
        losses = stack.advance(multipliers, batches)
    broken = [k for k, own in enumerate(losses) if not np.isfinite(own).all()]
    healthy = [k for k in range(len(runs)) if k not in broken]
    stack.settle(multipliers, healthy)
    streams.settle(stay=broken)
    for k in healthy:
        runs[k].count(len(multipliers[k]))
    # A run that blew up did not move; alone it gets to where it did, and stops there.
    return [
        runs[k].advance(multipliers[k], peak_lrs[k]) if k in broken else own
        for k, own in enumerate(losses)
    ]


def _two(seeds: Sequence[int]) -> tuple[int, int]:
    """Two seeds that differ, if there are such."""
    return seeds[0], next((seed for seed in seeds if seed != seeds[0]), seeds[0])


def _check(
    runs: Sequence[TorchRun], multipliers: Sequence[Multipliers], peak_lrs: Sequence[float]
) -> None:
    if not runs or not len(runs) == len(multipliers) == len(peak_lrs):
        raise UsageError(
            "not as many multipliers and peak lrs as runs",
            value=f"{len(runs)} runs, {len(multipliers)} multipliers, {len(peak_lrs)} peak lrs",
            rule="one of each for every run, at least one run",
        )
    if len({id(run) for run in runs}) < len(runs) or len({id(run.problem) for run in runs}) > 1:
        raise UsageError(
            "runs that cannot advance together",
            value="one run twice, or runs of several problems",
            rule="different runs of one TorchProblem object",
        )
    stretches = {(own.start, len(own)) for own in multipliers}
    steps = {run.step for run in runs}
    if len(stretches) > 1 or steps != {multipliers[0].start}:
        raise UsageError(
            "runs that cannot advance together",
            value=f"runs at step {sorted(steps)}, multipliers (start, steps) {sorted(stretches)}",
            rule="all runs stand at the first step of their multipliers, which are equally many",
        )
