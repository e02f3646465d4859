"""Which short run would tell most about what a law does not know yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.fitting import information
from lehr.laws.law import Law
from lehr.schedule import Schedule, hold, linear, warmup

SHAPES = (
    warmup("1%") >> hold(),
    warmup("1%") >> hold() >> linear("20%"),
    warmup("1%") >> hold() >> linear("50%"),
    warmup("1%") >> linear(),
)
LENGTHS = (0.125, 0.25, 0.5, 1.0)
"""Lengths that are considered, of the longest run seen."""
LOSSES = 20
"""Losses that a probe is expected to log."""
ENOUGH = 0.8
"""Share of the most that any probe would tell, with which the shortest such probe is taken."""
WORTHWHILE = 0.1
"""Smallest part of the standard deviation that a probe must take away to be worth its steps."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A run that has not been trained.

    Attributes:
        schedule: what to run.
        peak_lr: what it multiplies, one that was seen or between two.
        horizon: its optimizer steps.
        before: standard deviation of what was asked about, as it is.
        after: what it would be with the probe's curve among the fitted.
    """

    schedule: Schedule
    peak_lr: float
    horizon: int
    before: float
    after: float


def most_telling(law: Law, question: Array) -> Probe | None:
    """Find the cheapest run that would tell much about a question.

    What a run tells does not depend on what it will measure: a law that is linear around its fit
    is known better by the slopes of the run's losses (Chaloner and Verdinelli 1995, Bayesian
    experimental design).

    Args:
        law: what is known.
        question: derivatives by the law's parameters, shape (parameters,), of what is asked: those
            of a predicted loss, or the difference of two.

    Returns:
        The shortest run that tells at least `ENOUGH` of what the best one would; None where none
        takes away `WORTHWHILE`.
    """
    before = float(np.sqrt(question @ law.covariance @ question))
    known = np.linalg.pinv(law.covariance, hermitian=True).astype(np.float64)
    found = [
        Probe(
            schedule=schedule,
            peak_lr=peak,
            horizon=horizon,
            before=before,
            after=_after(known, question, told_by(law, schedule, peak, horizon)),
        )
        for schedule in SHAPES
        for peak in _peaks(law)
        for horizon in _horizons(law)
    ]
    most = before - min(probe.after for probe in found)
    if most <= WORTHWHILE * before:
        return None
    telling = [probe for probe in found if before - probe.after >= ENOUGH * most]
    return min(telling, key=lambda probe: (probe.horizon, probe.after))


def told_by(law: Law, schedule: Schedule, peak_lr: float, horizon: int) -> Array:
    """Return the precision that a run would add, shape (parameters, parameters)."""
    at = np.unique(np.linspace(max(1, horizon // LOSSES), horizon, LOSSES).round())
    loss, slopes = law.evaluate(peak_lr * schedule.over(horizon).values(), at)
    return information(slopes / loss[:, None], law.misfit)


def _after(known: Array, question: Array, told: Array) -> float:
    return float(np.sqrt(question @ np.linalg.solve(known + told, question)))


def _peaks(law: Law) -> Sequence[float]:
    low, high = law.seen_lr
    return [low] if low == high else np.geomspace(low, high, 3).tolist()


def _horizons(law: Law) -> Sequence[int]:
    return sorted({max(100, int(float(f"{share * law.seen_steps:.2g}"))) for share in LENGTHS})
