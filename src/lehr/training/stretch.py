"""Train one stretch of a run: advance, evaluate, and stop where the run diverges."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lehr.errors import UsageError
from lehr.schedule import Multipliers
from lehr.training.divergence import diverged_at
from lehr.training.problem import Reporting, Run


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What training the steps [start, stop) gave.

    Attributes:
        losses: one training loss per step, float64; ends with the step of `diverged_at`.
        metrics: (step, metrics) for each step of `evaluate_at` that was reached in health.
        diverged_at: the step at which training was given up (its loss is the last one); None
            for a stretch that was trained to its end.
    """

    losses: NDArray[np.float64]
    metrics: tuple[tuple[int, dict[str, float]], ...]
    diverged_at: int | None


def train_stretch(
    run: Run,
    multipliers: Multipliers,
    peak_lr: float,
    evaluate_at: Sequence[int],
    history: NDArray[np.float64],
    horizon: int,
) -> Stretch:
    """Train the steps of `multipliers`, in pieces of at most 2 % of the horizon.

    What comes out does not depend on the pieces, nor on where earlier stretches were cut:
    the rule of `lehr.training.divergence` sees all losses from step 0 on.

    Args:
        run: at step `multipliers.start`.
        multipliers: hyper-parameters of the steps.
        peak_lr: the optimizer's own lr.
        evaluate_at: steps in (start, stop], ascending; the metrics after that many updates.
        history: training losses of the steps [0, start).
        horizon: optimizer steps of the full run.

    Raises:
        UsageError: `evaluate_at` or `history` does not fit the stretch.
    """
    start, stop = multipliers.start, multipliers.start + len(multipliers)
    check_stretch(evaluate_at, history, start, stop)
    losses = history
    metrics: list[tuple[int, dict[str, float]]] = []
    whole = isinstance(run, Reporting)
    for begin, end in [(start, stop)] if whole else pieces(start, stop, evaluate_at, horizon):
        piece = run.advance(multipliers[begin - start : end - start], peak_lr)
        losses = np.concatenate([losses, piece])
        fired = diverged_at(losses, horizon)
        healthy = end if fired is None else fired
        metrics += [(step, _evaluate(run, step)) for step in evaluate_at if begin < step <= healthy]
        if fired is not None:
            kept = losses[start : fired + 1]
            return Stretch(losses=kept, metrics=tuple(metrics), diverged_at=fired)
    return Stretch(losses=losses[start:], metrics=tuple(metrics), diverged_at=None)


def pieces(
    start: int, stop: int, evaluate_at: Sequence[int], horizon: int
) -> list[tuple[int, int]]:
    """Cut the steps [start, stop) where they are evaluated, and at every 2 % of the horizon."""
    longest = max(1, horizon // 50)
    cuts = sorted({*range(start, stop, longest), *evaluate_at, stop})
    return list(itertools.pairwise(cuts))


def _evaluate(run: Run, step: int) -> dict[str, float]:
    return run.reported(step) if isinstance(run, Reporting) else run.evaluate()


def check_stretch(
    evaluate_at: Sequence[int], history: NDArray[np.float64], start: int, stop: int
) -> None:
    """Refuse a history or steps to evaluate at that do not fit the stretch [start, stop).

    Raises:
        UsageError: says which.
    """
    if len(history) != start:
        raise UsageError(
            "the history does not reach the stretch",
            value=f"{len(history)} losses, a stretch from step {start}",
            rule="one loss for every step before the stretch",
        )
    inside = all(start < step <= stop for step in evaluate_at)
    if not inside or list(evaluate_at) != sorted(set(evaluate_at)):
        raise UsageError(
            "steps to evaluate at that are not in the stretch, or not ascending",
            value=f"{list(evaluate_at)} in ({start}, {stop}]",
            rule="start < step ≤ stop, each step once, ascending",
        )
