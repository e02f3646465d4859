"""Runs that the user has trained already: they say where a search begins, instead of probes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lehr.choose.strategies import Start
from lehr.choose.strategies.search import mean_multiplier
from lehr.errors import UsageError
from lehr.laws.curve import per_step
from lehr.logs import read
from lehr.schedule import Plan

LEAST_RUNS, LEAST_SPAN = 3, 16.0
"""Fewer peak lrs, or nearer ones, say less than probes do (`evidence/known_runs`)."""
LEAST_BUDGET = 4.0
"""Full runs of a search below which probes are the better start (`evidence/known_runs`)."""
LONGER = 2.0
"""How many times longer or shorter than the problem's a run may be: the best lr moves with it."""
USUAL_NAMES = "a copy of the log whose columns are called step, lr and loss"
"""What to do about columns of other names, which `lehr choose` has no options for."""
END = 0.1
"""Part of a run whose mean loss is its final one."""


@dataclass(frozen=True, kw_only=True)
class KnownRun:
    """A run of the problem that was trained before, under any schedule.

    Attributes:
        name: what the user calls it: the path of its log.
        steps: optimizer steps that it made.
        mean_lr: mean of its learning rate over them.
        loss: in the end, small is good; infinite where it diverged.
    """

    name: str
    steps: int
    mean_lr: float
    loss: float


def read_run(path: Path) -> KnownRun:
    """Read what a search has to know of a run out of its log.

    Args:
        path: of a log that `lehr.logs` reads; its lr and its loss have usual names.

    Raises:
        UsageError: the log cannot be read, or has no lr or no loss.
    """
    try:
        log = read(path)
        lr, loss = log.course()
    except UsageError as error:
        if "-column" not in (error.fix or ""):
            raise
        raise UsageError(
            f"{path}: {error.problem}", value=error.value, rule=error.rule, fix=USUAL_NAMES
        ) from error
    steps = int(max(lr.steps[-1], loss.steps[-1])) + 1
    mean_lr = float(per_step((lr.steps, lr.values), steps, log.name).mean())
    last = loss.values[loss.steps >= (1 - END) * loss.steps[-1]]
    final = float(np.mean(last))
    return KnownRun(
        name=str(path),
        steps=steps,
        mean_lr=mean_lr,
        loss=final if math.isfinite(final) else math.inf,
    )


def start_of(
    runs: Sequence[KnownRun],
    *,
    leader: Plan,
    horizon: int,
    budget: float,
    lr_range: tuple[float, float] | None = None,
) -> tuple[Start | None, tuple[str, ...]]:
    """Say where the search begins, and remark on it; None where the runs tell too little.

    The leader begins at the peak lr that gives it the mean lr of the best run, and first goes
    towards the better of that run's neighbours.

    Args:
        runs: of the problem.
        leader: the schedule with which the peak lr is sought.
        horizon: optimizer steps of a full run.
        budget: full runs of the search.
        lr_range: lowest and highest peak lr that may be tried; None: no limit.

    Raises:
        UsageError: a run is much longer or shorter than the problem's, or all of them diverged.

    >>> lrs = {1e-4: 2.0, 1e-3: 1.0, 1e-2: 1.5}
    >>> runs = [KnownRun(name="a", steps=100, mean_lr=lr, loss=lrs[lr]) for lr in lrs]
    >>> from lehr import hold
    >>> start_of(runs, leader=Plan.of(hold()), horizon=100, budget=5.5)[0]
    Start(peak_lr=0.001, way=1)
    >>> start_of(runs[:2], leader=Plan.of(hold()), horizon=100, budget=5.5)[0] is None
    True
    """
    if not runs:
        return None, ()
    for run in runs:
        if not 1 / LONGER <= run.steps / horizon <= LONGER:
            raise UsageError(
                f"{run.name} says little about runs of this length",
                value=f"{run.steps} steps; a full run of the problem has {horizon}",
                rule=f"at most {LONGER:g} times as long or as short: the best lr moves with it",
                fix="leave it out",
            )
    if all(math.isinf(run.loss) for run in runs):
        raise UsageError("all runs that are known diverged", fix="leave them out")
    lrs = {run.mean_lr: run for run in sorted(runs, key=lambda run: -run.loss)}  # the best stays
    if len(lrs) < LEAST_RUNS or max(lrs) / min(lrs) < LEAST_SPAN * (1 - 1e-6):
        return None, (
            f"the known runs say too little to begin at: {len(lrs)} mean lrs from {min(lrs):.3g} "
            f"to {max(lrs):.3g}, where {LEAST_RUNS} over a factor {LEAST_SPAN:g} would do; "
            "probes say where to begin",
        )
    if budget < LEAST_BUDGET:
        return None, (
            f"on a search of {budget:g} full runs the known runs are left aside: below "
            f"{LEAST_BUDGET:g} probes tell more",
        )
    along = sorted(lrs)
    best = min(along, key=lambda lr: lrs[lr].loss)
    place = along.index(best)
    below = lrs[along[place - 1]].loss if place else -math.inf
    above = lrs[along[place + 1]].loss if place + 1 < len(along) else -math.inf
    mean = mean_multiplier(leader, horizon)
    if mean is None:
        raise UsageError(
            "known runs say nothing about a schedule that has no peak lr",
            value=leader.texts()["lr"],
            fix="leave --runs out, or name a schedule that multiplies a peak lr first",
        )
    remark = (
        f"no probes: the search begins where the best of {len(runs)} known runs did, "
        f"{lrs[best].name}"
    )
    peak_lr = best / mean
    if lr_range is not None and not lr_range[0] <= peak_lr <= lr_range[1]:
        low, high = lr_range
        end = low if peak_lr < low else high
        remark += (
            f", as near as the range of peak lrs allows: at {end:.3g}, where the run says "
            f"{peak_lr:.3g}; --lr-range {min(low, peak_lr):.3g} {max(high, peak_lr):.3g} would "
            "hold it"
        )
    return Start(peak_lr=peak_lr, way=-1 if below < above else 1), (remark,)
