"""Weights instead of decay: averages of a run's checkpoints, and which decay they stand for.

Everything here is numbers; torch's `AveragedModel` does the averaging, with the function of
`lehr.adapters.torch.averaging`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import SupportsIndex

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule import BoundSchedule
from lehr.schedule.checked import positive, whole
from lehr.schedule.shapes import Values


def ema_decay(half_life: float) -> float:
    """Return the decay of an exponential moving average with a half-life: 2^(−1/half_life).

    Args:
        half_life: updates after which a contribution counts half, above 0.

    Raises:
        ScheduleError: it is not above 0.

    Source:
        Morales-Brotons et al., Exponential Moving Average of Weights in Deep Learning, TMLR 2024.

    >>> round(ema_decay(693), 6)
    0.999
    """
    return 0.5 ** (1 / positive(half_life, "half_life"))


def ema_half_life(decay: float) -> float:
    """Return the half-life in updates of an average with this decay: −1/log₂ decay.

    Args:
        decay: above 0 and below 1.

    Raises:
        ScheduleError: it is out of range.

    >>> round(ema_half_life(0.999), 1)
    692.8
    """
    if positive(decay, "decay") >= 1:
        raise ScheduleError(
            "an average with this decay forgets nothing",
            value=f"decay={decay}",
            rule="decay is above 0 and below 1",
            fix="0.999",
        )
    return -1 / math.log2(decay)


def ema_decay_at(update: SupportsIndex, decay: float) -> float:
    """Return the decay to use at an update, short at first: min(decay, (1 + t)/(10 + t)).

    Args:
        update: t, counted from 0.
        decay: the final one, above 0 and below 1.

    Raises:
        ScheduleError: a number out of range.

    Source:
        TensorFlow's ExponentialMovingAverage(num_updates=…), after Polyak & Juditsky, 1992.

    >>> ema_decay_at(0, 0.999), ema_decay_at(90, 0.999), ema_decay_at(10**6, 0.999)
    (0.1, 0.91, 0.999)
    """
    ema_half_life(decay)
    t = whole(update, "update", least=0)
    return min(decay, (1 + t) / (10 + t))


def latest(checkpoints: SupportsIndex, keep: SupportsIndex) -> Values:
    """Return the weights of LAWA: equal for the latest `keep` checkpoints, 0 for those before.

    Args:
        checkpoints: how many there are, at least 1.
        keep: how many of the latest are averaged, from 1 to all of them.

    Returns:
        float64 array of shape (checkpoints,), which sums to 1.

    Raises:
        ScheduleError: a number out of range.

    Source:
        Kaddour, Stop Wasting My Time! Saving Days of ImageNet and BERT Training with Latest
        Weight Averaging, 2022; Sanyal et al., Early Weight Averaging meets High Learning Rates,
        2023.

    >>> latest(4, 2).tolist()
    [0.0, 0.0, 0.5, 0.5]
    """
    count, kept = whole(checkpoints, "checkpoints"), whole(keep, "keep")
    if kept > count:
        raise ScheduleError(
            "more checkpoints are averaged than there are",
            value=f"keep={kept}, checkpoints={count}",
            rule="keep is at most checkpoints",
        )
    return np.where(np.arange(count) < count - kept, 0.0, 1.0 / kept)


def merge_weights(
    decayed: BoundSchedule, trunk: BoundSchedule, steps: Sequence[SupportsIndex]
) -> Values:
    """Return weights of a trunk's checkpoints whose average is, to first order, the decayed run.

    Between two checkpoints the trunk moves by the sum of its updates; the decayed run moves by
    d_k of that, d_k the ratio of the two lr sums. So the weight of checkpoint k is d_k − d_{k+1},
    that of the first 1 − d_1, that of the last d_n. First order: the updates are taken to be
    those of the trunk, times the lr. More checkpoints make the emulated decay smoother.

    Args:
        decayed: the schedule to emulate, which agrees with the trunk up to the first checkpoint.
        trunk: the schedule that was trained.
        steps: updates done at each checkpoint, ascending, at least two, within both horizons.

    Returns:
        float64 array of shape (checkpoints,), which sums to 1; none is negative where the ratio
        only falls.

    Raises:
        ScheduleError: steps that do not ascend or lie outside, schedules that differ before the
            first, or a trunk with lr 0 between two.

    Source:
        Tian et al., WSM: Decay-Free Learning Rate Schedule via Checkpoint Merging for LLM
        Pre-training, ICLR 2026; Sandler et al., Training trajectories, mini-batch losses and the
        curious role of the learning rate, 2023.

    >>> from lehr import hold, linear
    >>> decayed = (hold() >> linear(40)).over(100)
    >>> merge_weights(decayed, hold().over(100), [60, 70, 80, 90, 100]).round(4).tolist()
    [0.1125, 0.25, 0.25, 0.25, 0.1375]
    """
    marks = [whole(step, "a checkpoint's step", least=0) for step in steps]
    end = min(decayed.horizon, trunk.horizon)
    if len(marks) < 2 or any(a >= b for a, b in pairwise(marks)) or marks[-1] > end:
        raise ScheduleError(
            "the checkpoints are not in order",
            value=f"steps {marks} of {end}",
            rule="at least two, ascending, none after the end of either schedule",
            fix="[800, 900, 1_000]",
        )
    if not np.array_equal(decayed.values(0, marks[0]), trunk.values(0, marks[0])):
        raise ScheduleError(
            "the decay begins before the first checkpoint",
            value=f"{decayed} and {trunk} differ before step {marks[0]}",
            rule="the two schedules agree up to the first checkpoint",
            fix="an earlier first checkpoint, or a shorter decay",
        )
    done = np.array([_summed(decayed, a, b) for a, b in pairwise(marks)])
    whole_way = np.array([_summed(trunk, a, b) for a, b in pairwise(marks)])
    if not whole_way.all():
        raise ScheduleError(
            "the trunk stands still between two checkpoints",
            value=f"{trunk}, checkpoints at {marks}",
            rule="its lr is above 0 in every stretch",
        )
    shares = done / whole_way
    return -np.diff(shares, prepend=1.0, append=0.0)


def emulated_decay(weights: Sequence[float] | Values) -> Values:
    """Return the decay that an average of checkpoints stands for, one multiplier a stretch.

    The inverse of `merge_weights`: d_k is the sum of the weights from checkpoint k on, over all.

    Args:
        weights: one per checkpoint, in their order, at least two, with a sum above 0.

    Returns:
        float64 array of shape (checkpoints − 1,): multiplier of the trunk's lr between checkpoint
        k and k + 1.

    Raises:
        ScheduleError: too few weights, or a sum that is not above 0.

    Source:
        Tian et al., WSM, ICLR 2026.

    >>> emulated_decay([1, 1, 1, 1]).tolist()
    [0.75, 0.5, 0.25]
    """
    shares = np.asarray(weights, np.float64)
    if shares.ndim != 1 or len(shares) < 2 or not 0 < shares.sum() < math.inf:
        raise ScheduleError(
            "these are not the weights of an average",
            value=repr(weights),
            rule="at least two finite numbers with a sum above 0",
        )
    return np.cumsum(shares[::-1])[::-1][1:] / shares.sum()


def _summed(schedule: BoundSchedule, start: int, stop: int) -> float:
    return math.fsum(schedule.values(start, stop))
