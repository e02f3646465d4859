"""fastai's `lr_find` with its `valley` rule, and its `fit_one_cycle` at the lr that it suggests.

Re-created after fastai 2.8.12, `fastai/callback/schedule.py` and `fastai/learner.py`, with all
defaults; `check.py` compares with that file.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lehr.training import TorchProblem
from rivals.trained.plain import Outcome, Trained, absolute, started, trained

FIRST_LR, LAST_LR, STEPS = 1e-7, 10.0, 100
SMOOTHING, STOP = 0.98, 4.0


def lr_find(problem: TorchProblem, seed: int) -> float:
    """The lr that the range test suggests for a run of this seed."""
    lrs = FIRST_LR * (LAST_LR / FIRST_LR) ** (np.arange(STEPS) / STEPS)
    losses = np.full(STEPS, np.nan)
    made = started(problem, seed).advance(absolute({"lr": lrs}, 0, problem.steps), 1.0)
    losses[: len(made)] = made
    return valley(*seen(lrs, smoothed(losses)))


def smoothed(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """The average with the weight of old losses fading, corrected for its start at 0."""
    average = np.empty_like(losses)
    value = 0.0
    for index, loss in enumerate(losses):
        value = SMOOTHING * value + (1 - SMOOTHING) * loss
        average[index] = value / (1 - SMOOTHING ** (index + 1))
    return average


def seen(
    lrs: NDArray[np.float64], losses: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What of the curve the rule looks at.

    The test stops after the first loss above four times the lowest; the first tenth and the last
    five are left out; what is not a number ends the curve.
    """
    risen = np.flatnonzero(losses > STOP * np.fmin.accumulate(losses))
    end = int(risen[0]) + 1 if risen.size else len(losses)
    part = slice(STEPS // 10, max(end - 5, 0))
    lrs, losses = lrs[:end][part], losses[:end][part]
    broken = np.flatnonzero(np.isnan(losses))
    end = int(broken[0]) if broken.size else len(losses)
    return lrs[:end], losses[:end]


def valley(lrs: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
    """A point half way down the longest falling subsequence of losses."""
    length = [1] * len(losses)
    end = start = 0
    for i in range(1, len(losses)):
        for j in range(i):
            if losses[i] < losses[j] and length[i] < length[j] + 1:
                length[i] = length[j] + 1
            if length[end] < length[i]:
                end = i
                start = end - length[end]
    third = (end - start) / 3
    return float(lrs[start + int(third) + int(third / 2)])


def one_cycle(horizon: int) -> dict[str, NDArray[np.float64]]:
    """Lr as a multiple of its largest, and momentum (or first beta), of every step."""
    place = np.arange(horizon) / horizon
    return {
        "lr": _up_and_down(place, 1 / 25, 1.0, 1e-5),
        "momentum": _up_and_down(place, 0.95, 0.85, 0.95),
    }


def _up_and_down(
    place: NDArray[np.float64], start: float, middle: float, end: float, at: float = 0.25
) -> NDArray[np.float64]:
    up = _cosine(start, middle, place / at)
    return np.where(place < at, up, _cosine(middle, end, (place - at) / (1 - at)))


def _cosine(start: float, end: float, place: NDArray[np.float64]) -> NDArray[np.float64]:
    return start + (1 + np.cos(np.pi * (1 - place))) * (end - start) / 2


def fit_one_cycle(problem: TorchProblem, seed: int, lr: float | None) -> Outcome:
    assert lr is not None
    cycle = one_cycle(problem.steps)
    values = {"lr": lr * cycle["lr"], "momentum": cycle["momentum"]}
    cost = 1 + STEPS / problem.steps
    return trained(problem, seed, absolute(values, 0, problem.steps), lr, cost=cost)


RIVAL = Trained(
    name="fastai lr_find valley, one-cycle", search=lr_find, train=fit_one_cycle, fresh=5
)
