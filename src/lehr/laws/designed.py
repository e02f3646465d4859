"""Design the schedule that a fitted law thinks best, and only as far as the law can know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lehr.errors import UsageError
from lehr.laws.curve import Array
from lehr.laws.law import Law
from lehr.schedule import Schedule, cosine, decay, hold, linear, polynomial, warmup

FRACTIONS = ("10%", "20%", "30%", "40%", "50%", "60%", "70%", "80%", "90%")
"""Cooldowns that are tried; `linear()` after the warmup is the longest."""
POWERS = (1.0, 1.5, 2.0)
FLOORS = (0.0, 0.03, 0.1)
PEAKS = 7
"""Peak lrs that are tried, evenly spread over the logarithm of what is allowed."""
BEYOND = 1.25
"""How far above the largest peak lr that was seen a design may go; what is beyond may diverge."""
CAUTION = 1.0
"""Standard deviations that are added to a prediction before two are compared."""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """Predicted loss of the other minus that of the design, and its standard deviation."""

    mean: float
    sd: float


@dataclass(frozen=True, kw_only=True)
class Design:
    """A schedule and a peak lr.

    Attributes:
        schedule: what to run.
        peak_lr: what it multiplies.
        predicted: loss at the horizon.
        sd: its standard deviation.
        over_linear: gain over linear decay at its own best peak lr.
        over_cosine: gain over cosine decay at its own best peak lr.
        fell_back: the best found was not better than linear by more than the law can tell, so
            this is linear; or the law does not hold, then this is linear at the peak lr of the best
            run that it was fitted on.
        at_edge: the peak is the largest of several that were considered, so a larger one may be
            better still; a run there would tell.
    """

    schedule: Schedule
    peak_lr: float
    predicted: float
    sd: float
    over_linear: Gain
    over_cosine: Gain
    fell_back: bool
    at_edge: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tried:
    schedule: Schedule
    peak_lr: float
    loss: float
    sd: float
    slopes: Array

    @property
    def score(self) -> float:
        return self.loss + CAUTION * self.sd


def design(
    law: Law,
    *,
    horizon: int,
    peak_lr: tuple[float, float] | None = None,
    warmup_steps: int | None = None,
) -> Design:
    """Design a schedule: warmup, hold, and a decay of the best length, power and floor.

    Args:
        law: a law that was fitted on runs with at least the weight of a schedule in them.
        horizon: optimizer steps of the run.
        peak_lr: smallest and largest peak lr that may be chosen; None (default): those seen.
        warmup_steps: updates of the warmup, kept as it is; None (default): 1 % of the horizon,
            0 none.

    Raises:
        UsageError: a range that is none, or reaches more than a quarter above the peaks seen.

    >>> from lehr.laws import Curve, fit
    >>> steps = np.arange(100, 2001, 100)
    >>> law = fit([Curve(steps=steps, loss=2 + steps**-0.5, lr=np.full(2000, 1e-3))], "momentum")
    >>> design(law, horizon=4000).peak_lr
    0.001
    """
    peaks = _peaks(law, peak_lr)
    warm = max(1, round(0.01 * horizon)) if warmup_steps is None else warmup_steps
    begin = warmup(warm) if warm else None

    def after(tail: Schedule) -> Schedule:
        return tail if begin is None else begin >> tail

    def best(shapes: Sequence[Schedule]) -> _Tried:
        tried = [_try(law, shape, peak, horizon) for shape in shapes for peak in peaks]
        return min(tried, key=lambda one: one.score)

    straight = best([after(linear())])
    if not law.holds:
        near = min(peaks, key=lambda peak: abs(np.log(peak / law.best_lr)))
        peak = law.best_lr if peaks[0] <= law.best_lr <= peaks[-1] else near
        straight = _try(law, after(linear()), peak, horizon)
    customary = best([after(cosine())])
    tails = [polynomial(f, power=p, final=end) for f in FRACTIONS for p in POWERS for end in FLOORS]
    tails += [decay(f, shape="1-sqrt") for f in FRACTIONS]
    found = best([after(hold() >> tail) for tail in tails])
    gain = _gain(law, straight, found)
    fell_back = not law.holds or gain.mean <= gain.sd
    chosen = straight if fell_back else found
    return Design(
        schedule=chosen.schedule,
        peak_lr=chosen.peak_lr,
        predicted=chosen.loss,
        sd=chosen.sd,
        over_linear=_gain(law, straight, chosen),
        over_cosine=_gain(law, customary, chosen),
        fell_back=fell_back,
        at_edge=len(peaks) > 1 and chosen.peak_lr == peaks[-1],
    )


def _peaks(law: Law, asked: tuple[float, float] | None) -> list[float]:
    low, high = law.seen_lr if asked is None else asked
    if not 0 < low <= high:
        raise UsageError("not a range of peak lrs", value=f"{low:g} to {high:g}", rule="0 < low")
    if high > BEYOND * law.seen_lr[1] * (1 + 1e-9):
        raise UsageError(
            "no law knows what happens above the peak lrs it has seen",
            value=f"up to {high:g}, seen up to {law.seen_lr[1]:g}",
            rule=f"at most {BEYOND:g} times the largest peak lr of the runs",
            fix="a run at a higher peak lr among the curves, even a short one",
        )
    return [low] if low == high else np.geomspace(low, high, PEAKS).tolist()


def _try(law: Law, schedule: Schedule, peak: float, horizon: int) -> _Tried:
    lr = peak * schedule.over(horizon).values()
    loss, slopes = law.evaluate(lr, np.array([float(horizon)]))
    variance = float(slopes[0] @ law.covariance @ slopes[0])
    return _Tried(
        schedule=schedule,
        peak_lr=peak,
        loss=float(loss[0]),
        sd=float(np.sqrt(variance + (law.misfit * loss[0]) ** 2)),
        slopes=slopes[0],
    )


def _gain(law: Law, other: _Tried, chosen: _Tried) -> Gain:
    """Compare two predictions of one law: what they share of its uncertainty cancels."""
    apart = other.slopes - chosen.slopes
    sd = float(np.sqrt(apart @ law.covariance @ apart))
    return Gain(mean=other.loss - chosen.loss, sd=sd)
