"""When a training run is given up: one pure rule over its losses.

A run has diverged at step t if its loss at t is not finite, or if its smoothed loss has been above
the initial loss for 5 % of the horizon without a break, ending at t.

With `span = max(10, ⌈horizon / 100⌉)` steps:

* *initial* is the largest of the first `span` losses. The largest, not the mean: a slow warmup
  leaves the loss where it started, and noise around a mean would then look like divergence.
* *smoothed* starts as the mean of those losses, and is from there on the exponential moving
  average with weight 2 / (span + 1) for the newest loss.
* *5 % of the horizon* is `max(10, ⌈horizon / 20⌉)` steps.

The verdict is a function of the losses from step 0 on, so it is the same wherever a run was cut
into stretches.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_LEAST = 10


def diverged_at(losses: NDArray[np.float64], horizon: int) -> int | None:
    """Give the step at which a run is given up, or None while it is healthy.

    Args:
        losses: the training loss of every step from 0 on.
        horizon: optimizer steps of the full run.

    >>> diverged_at(np.array([2.0, 1.0, float("nan"), 1.0]), horizon=100)
    2
    >>> diverged_at(np.linspace(2.0, 1.0, 100), horizon=100)
    >>> diverged_at(np.linspace(1.0, 2.0, 100), horizon=100)
    23
    """
    broken = np.flatnonzero(~np.isfinite(losses))
    end = int(broken[0]) if broken.size else len(losses)
    risen = _risen_at(losses[:end], horizon)
    if risen is not None:
        return risen
    return end if broken.size else None


def _risen_at(losses: NDArray[np.float64], horizon: int) -> int | None:
    span = max(_LEAST, math.ceil(horizon / 100))
    patience = max(_LEAST, math.ceil(horizon / 20))
    if len(losses) <= span:
        return None
    initial = float(losses[:span].max())
    smoothed = min(float(losses[:span].mean()), initial)  # a mean of equals may round above them
    weight = 2.0 / (span + 1)
    above = 0
    for step, loss in enumerate(losses[span:].tolist(), start=span):
        smoothed += weight * (loss - smoothed)
        above = above + 1 if smoothed > initial else 0
        if above == patience:
            return step
    return None
