"""Trial: a schedule at a peak lr, and the loss a law expects at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.law import Law
from lehr.laws.path import path
from lehr.schedule import Schedule

CAUTION = 1.0
"""Standard deviations that are added to a prediction before two are compared."""
BESIDE = 2.5
"""Misfits that the difference of two runs is uncertain by, besides the parameters.

Chosen so that 90 % intervals hold nine of ten differences between two runs left out
(evidence/laws/calibrate.py).
"""
NOTHING = np.empty(0)
"""Learning rates of a run that has not begun."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """A schedule that a law has been asked about.

    Attributes:
        schedule: what is run, over all updates that are left.
        peak_lr: what it multiplies.
        loss: expected at the end.
        sd: its standard deviation, of the parameters and of how far curves were from the law.
        slopes: derivatives of `loss` by the law's parameters, shape (parameters,).
    """

    schedule: Schedule
    peak_lr: float
    loss: float
    sd: float
    slopes: Array

    @property
    def score(self) -> float:
        """What trials are compared by: the loss that they hardly exceed."""
        return self.loss + CAUTION * self.sd

    def same(self, other: Trial) -> bool:
        """Say whether the other is of the same run."""
        return self.schedule == other.schedule and self.peak_lr == other.peak_lr


@dataclass(frozen=True, kw_only=True)
class Gain:
    """Predicted loss of the other minus that of the design, and its standard deviation."""

    mean: float
    sd: float


def trials(
    law: Law, schedule: Schedule, peaks: Sequence[float], horizon: int, past: Array
) -> list[Trial]:
    """Ask a law about a schedule at several peak lrs.

    Args:
        law: what is asked.
        schedule: over the updates after `past`.
        peaks: one or more; only one where there is a past.
        horizon: updates of the whole run.
        past: learning rates of the updates already made, shape (made,); may be empty.
    """
    lr = np.append(past / peaks[0], schedule.over(horizon - len(past)).values())
    cut = path(lr, np.array([float(horizon)]), law.weight_decay, law.unit)
    return [_trial(law, schedule, peak, *law.along(cut.times(peak))) for peak in peaks]


def _trial(law: Law, schedule: Schedule, peak: float, loss: Array, slopes: Array) -> Trial:
    variance = float(slopes[0] @ law.covariance @ slopes[0])
    return Trial(
        schedule=schedule,
        peak_lr=peak,
        loss=float(loss[0]),
        sd=float(np.sqrt(variance + (law.misfit * loss[0]) ** 2)),
        slopes=slopes[0],
    )


def gain(law: Law, other: Trial, chosen: Trial) -> Gain:
    """Compare two trials of one law.

    What they share of its uncertainty cancels; how far runs are from the law does not.
    """
    return mean_gain(law, [other], [chosen])


def mean_gain(law: Law, others: Sequence[Trial], chosen: Sequence[Trial]) -> Gain:
    """Compare trials pairwise, and return the mean; how far runs are from the law may be shared."""
    loss = float(np.mean([one.loss for one in chosen]))
    differ = np.mean([not a.same(b) for a, b in zip(others, chosen, strict=True)])
    return Gain(
        mean=float(np.mean([one.loss for one in others])) - loss,
        sd=float(np.hypot(doubt(law, others, chosen), differ * BESIDE * law.misfit * loss)),
    )


def doubt(law: Law, others: Sequence[Trial], chosen: Sequence[Trial]) -> float:
    """Return how uncertain the parameters leave the mean difference of expected losses."""
    apart = np.mean([a.slopes - b.slopes for a, b in zip(others, chosen, strict=True)], axis=0)
    return float(np.sqrt(apart @ law.covariance @ apart))
