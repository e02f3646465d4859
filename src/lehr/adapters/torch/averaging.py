"""Averages of a run's checkpoints by given weights, for torch's `AveragedModel`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

import torch

from lehr.errors import ScheduleError

Parameters = Sequence[torch.Tensor]
Average = Callable[[Parameters, Parameters, torch.Tensor | int], None]
"""What `AveragedModel` calls: averaged and current parameters, number of updates so far."""


def weighted_average(weights: Sequence[float]) -> Average:
    """Return the `multi_avg_fn` that averages checkpoints by `weights`, one per update.

    After update k the averaged model is the average of the checkpoints 0 to k by their weights,
    so after the last it is that of all. With `lehr.catalog.averaging.merge_weights` it emulates a
    decay that was not trained, with `latest` it is LAWA, with equal weights it is SWA; for an
    exponential average torch has `get_ema_multi_avg_fn(lehr.catalog.averaging.ema_decay(…))`.

    Args:
        weights: of the checkpoints in their order, finite, 0 or more, with a sum above 0. Until
            the first above 0 the averaged model is the current one.

    Raises:
        ScheduleError: weights that are no average; while training, an update more than weights.

    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> average = weighted_average([1, 1, 2])
    >>> averaged = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=average)
    >>> for value in (1.0, 2.0, 4.0):
    ...     _ = torch.nn.init.constant_(model.weight, value)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item()
    2.75
    """
    shares = [float(weight) for weight in weights]
    if not all(0 <= share < math.inf for share in shares) or not sum(shares) > 0:
        raise ScheduleError(
            "these are not the weights of an average",
            value=repr(shares),
            rule="finite numbers of 0 or more with a sum above 0",
            fix="a decay that only falls has no negative weights",
        )
    totals = list(accumulate(shares))

    @torch.no_grad()
    def average(averaged: Parameters, current: Parameters, updates: torch.Tensor | int) -> None:
        k = int(updates)
        if k >= len(shares):
            raise ScheduleError(
                "there are more checkpoints than weights",
                value=f"update {k} of {len(shares)} weights",
                rule="one weight per call of update_parameters",
            )
        part = shares[k] / totals[k] if totals[k] else 1.0
        for mine, theirs in zip(averaged, current, strict=True):
            if mine.is_floating_point() or mine.is_complex():
                mine.lerp_(theirs.to(mine), part)
            else:
                mine.copy_(theirs)

    return average
