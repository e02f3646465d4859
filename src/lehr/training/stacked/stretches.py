"""Train one stretch of several runs: `train_stretch` for runs that are one program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lehr.schedule import Multipliers
from lehr.training.divergence import diverged_at
from lehr.training.stacked.together import Together
from lehr.training.stretch import Stretch, check_stretch, pieces
from lehr.training.torch_run import TorchRun


def train_stretches(
    runs: Sequence[TorchRun],
    multipliers: Sequence[Multipliers],
    peak_lrs: Sequence[float],
    evaluate_at: Sequence[int],
    histories: Sequence[NDArray[np.float64]],
    horizon: int,
) -> list[Stretch]:
    """Train the same steps of several runs, each of them as `train_stretch` would.

    The same rule says of each run whether it diverged. Such a run leaves at the next evaluation;
    until then it goes along without disturbing the others.

    Args:
        runs: of one problem, at the first step of the multipliers.
        multipliers: of each run, all of the same steps.
        peak_lrs: of each run.
        evaluate_at: steps in (start, stop], ascending; the metrics after that many updates.
        histories: training losses of the steps before, of each run.
        horizon: optimizer steps of a full run.

    Raises:
        StackingError: these runs cannot be trained as one program.
        UsageError: `evaluate_at` or a history does not fit the stretch.
    """
    start, stop = multipliers[0].start, multipliers[0].start + len(multipliers[0])
    losses = list(histories)
    for history in histories:
        check_stretch(evaluate_at, history, start, stop)
    metrics: list[list[tuple[int, dict[str, float]]]] = [[] for _ in runs]
    fired: dict[int, int] = {}
    going = list(range(len(runs)))
    together = Together([runs[k] for k in going], [peak_lrs[k] for k in going])
    for begin, end in pieces(start, stop, evaluate_at, horizon):
        gave = together.advance([multipliers[k][begin - start : end - start] for k in going])
        for k, own in zip(going, gave, strict=True):
            losses[k] = np.concatenate([losses[k], own])
            at = diverged_at(losses[k], horizon) if k not in fired else None
            if at is not None:
                fired[k] = at
        if end == stop or end in evaluate_at or len(fired) == len(runs):
            together.settle()
            healthy = [k for k in going if k not in fired]
            if end in evaluate_at:
                for k in healthy:
                    metrics[k].append((end, runs[k].evaluate()))
            if not healthy:
                break
            if len(healthy) < len(going) and end < stop:
                going = healthy
                together = Together([runs[k] for k in going], [peak_lrs[k] for k in going])
    return [
        Stretch(
            losses=losses[k][start : fired[k] + 1] if k in fired else losses[k][start:],
            metrics=tuple(metrics[k]),
            diverged_at=fired.get(k),
        )
        for k in range(len(runs))
    ]
