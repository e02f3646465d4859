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
    together = Together(runs, peak_lrs)
    losses = together.advance(multipliers)
    together.settle()
    # A run that blew up did not move; alone it gets to where it did, and stops there.
    return [
        runs[k].advance(multipliers[k], peak_lrs[k]) if k in together.lost else own
        for k, own in enumerate(losses)
    ]


class Together:
    """Runs that are trained as one program, until `settle` says where each of them stands.

    Args:
        runs: of one problem, at one step, of any seeds.
        peak_lrs: of each run.

    Attributes:
        lost: indices of the runs whose loss was not finite; they stay where they were at the
            last `settle`.

    Raises:
        StackingError: this cannot be done; no run has moved. Says why.
    """

    def __init__(self, runs: Sequence[TorchRun], peak_lrs: Sequence[float]) -> None:
        _check_runs(runs, peak_lrs)
        self.lost: set[int] = set()
        self._runs = runs
        self._problem = runs[0].problem
        interiors = [run.interior(lr) for run, lr in zip(runs, peak_lrs, strict=True)]
        refuse(self._problem, interiors)
        self._streams = Streams(interiors)
        shared = self._streams.one
        seeds = _two([run.seed for run in runs])
        trained = proof(self._problem, seeds, min(peak_lrs), shared=shared)
        self._stack = Stack(self._problem, interiors, trained=trained, shared=shared)
        self._step = self._settled = runs[0].step
        self._last: Sequence[Multipliers] = ()

    def advance(self, multipliers: Sequence[Multipliers]) -> list[NDArray[np.float64]]:
        """Make the steps of the multipliers, and give the losses of each run.

        The runs themselves do not move yet. One that is `lost` gets no losses any more.

        Raises:
            StackingError: the program could not be vectorised.
            ProblemError: the problem's code failed.
            UsageError: the multipliers are not of the same steps, or of others than come next.
        """
        self._check(multipliers)
        count = len(multipliers[0]) * self._problem.accumulate
        with self._streams.drawing(count) as batches, traced():
            made = self._stack.advance(multipliers, batches)
        losses = [
            _until_broken(own) if k not in self.lost else own[:0] for k, own in enumerate(made)
        ]
        self.lost |= {k for k, own in enumerate(losses) if not np.isfinite(own).all()}
        self._step += len(multipliers[0])
        self._last = multipliers
        return losses

    def settle(self) -> None:
        """Bring every run that is not `lost` to the step that was reached."""
        if self._step == self._settled:
            return
        healthy = [k for k in range(len(self._runs)) if k not in self.lost]
        self._stack.settle(self._last, healthy)
        self._streams.settle(stay=self.lost)
        for k in healthy:
            self._runs[k].count(self._step - self._settled)
        self._settled = self._step

    def _check(self, multipliers: Sequence[Multipliers]) -> None:
        stretches = {(own.start, len(own)) for own in multipliers}
        if len(multipliers) != len(self._runs) or {s for s, _ in stretches} != {self._step}:
            raise UsageError(
                "multipliers that do not fit the runs",
                value=f"{len(multipliers)}, of (start, steps) {sorted(stretches)}",
                rule=f"{len(self._runs)}, one for each run, from step {self._step} on",
            )
        if len(stretches) > 1 or not len(multipliers[0]):
            raise UsageError(
                "multipliers of different numbers of steps, or of none",
                value=f"(start, steps) {sorted(stretches)}",
                rule="equally many steps for all runs, at least one",
            )
        if self.lost and self._step == self._settled:
            raise UsageError(
                "a lost run is still among those that go on",
                value=f"runs {sorted(self.lost)}",
                fix="Together(the others, their peak lrs)",
            )


def _until_broken(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    broken = np.flatnonzero(~np.isfinite(losses))
    return losses[: broken[0] + 1] if broken.size else losses


def _two(seeds: Sequence[int]) -> tuple[int, int]:
    """Two seeds that differ, if there are such."""
    return seeds[0], next((seed for seed in seeds if seed != seeds[0]), seeds[0])


def _check_runs(runs: Sequence[TorchRun], peak_lrs: Sequence[float]) -> None:
    if not runs or len(runs) != len(peak_lrs):
        raise UsageError(
            "not as many peak lrs as runs",
            value=f"{len(runs)} runs, {len(peak_lrs)} peak lrs",
            rule="one for every run, at least one run",
        )
    steps = sorted({run.step for run in runs})
    problems = {id(run.problem) for run in runs}
    if len({id(run) for run in runs}) < len(runs) or len(problems) > 1 or len(steps) > 1:
        raise UsageError(
            "runs that cannot advance together",
            value=f"{len(runs)} runs of {len(problems)} problems, at steps {steps}",
            rule="different runs of one TorchProblem object, all at the same step",
        )
