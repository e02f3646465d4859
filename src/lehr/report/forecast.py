"""Forecast: what a law says of some schedules, beside the runs that it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lehr.laws import Curve, Law, Prediction
from lehr.laws.curve import Array
from lehr.laws.path import thinned
from lehr.report import numerals
from lehr.schedule import Schedule
from lehr.schedule.outline import outline, thin

STATED = 21
"""Steps at which a forecast states the loss, evenly from the first to the last."""

DRAWN = 200
"""Steps at which a line is drawn."""

EARLY = 0.25
"""Part of a run whose losses do not count: they would flatten all others."""

MEASURED = 300
"""Losses of a run that are drawn at the most."""


@dataclass(frozen=True, kw_only=True)
class Within:
    """A number that is expected, and the interval that holds it nine times of ten."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """A value by step, at the few steps that draw it."""

    steps: Array
    values: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """A run that the law was fitted on.

    Attributes:
        name: what it is called.
        peak_lr: its largest lr.
        horizon: its last step with a loss.
        steps: of the losses, thinned, shape (n,).
        losses: as they were measured, shape (n,).
        said: the loss by the law at these steps, shape (n,).
        law: the loss by the law from the first of them to the last.
        lr: its lr.
    """

    name: str
    peak_lr: float
    horizon: int
    steps: Array
    losses: Array
    said: Array
    law: Line
    lr: Line

    @property
    def off(self) -> float:
        """How far the law's last loss is above the measured one, as a part of it."""
        return float(self.said[-1] / self.losses[-1] - 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Expected:
    """What the law expects of one schedule.

    Attributes:
        name: what it is to the reader, beside its text: `design`, or nothing.
        schedule: its text.
        peak_lr: what it multiplies.
        steps: at which the loss is expected, ascending, shape (n,); the last is the horizon.
        mean: expected loss, shape (n,).
        sd: its standard deviation, shape (n,).
        end: the loss at the horizon.
        slopes: derivatives of the loss at the horizon by the law's parameters.
        lr: its lr.
    """

    name: str
    schedule: str
    peak_lr: float
    steps: Array
    mean: Array
    sd: Array
    end: Within
    slopes: Array
    lr: Line

    @property
    def horizon(self) -> int:
        """Its optimizer steps."""
        return int(self.steps[-1])

    @property
    def peak(self) -> str:
        """The peak lr, as one types it."""
        return numerals.lr(self.peak_lr, 3)

    @property
    def label(self) -> str:
        """The candidate, as `lehr compare` takes it."""
        return f"{self.schedule} @ {self.peak}"

    @property
    def said(self) -> Prediction:
        """The losses at all `steps`."""
        return Prediction(mean=self.mean, sd=self.sd)

    @property
    def low(self) -> Array:
        """What nineteen of twenty such losses exceed, shape (n,)."""
        return self.said.low

    @property
    def high(self) -> Array:
        """What nineteen of twenty such losses do not exceed, shape (n,)."""
        return self.said.high

    def at(self, steps: Array) -> Prediction:
        """The loss at some of `steps`."""
        places = np.searchsorted(self.steps, steps)
        return Prediction(mean=self.mean[places], sd=self.sd[places])


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast:
    """What a law says.

    Attributes:
        law: that was fitted.
        runs: that it was fitted on.
        expected: of the schedules that were asked about, in the order of the legend.
    """

    law: Law
    runs: tuple[Fitted, ...]
    expected: tuple[Expected, ...]

    @property
    def horizon(self) -> int:
        """Optimizer steps of the longest run that is expected."""
        return max(one.horizon for one in self.expected)

    @property
    def stretch(self) -> float:
        """How many times the horizon is as long as the longest run seen."""
        return self.horizon / self.law.seen_steps

    def drawn(self, one: Expected) -> NDArray[np.bool_]:
        """Mark the steps that are drawn, shape (n,): from the first that any run logged on.

        Of a run so short that this is late or never, what is not early.
        """
        first = min(float(run.steps[0]) for run in self.runs)
        return one.steps >= min(first, EARLY * one.horizon)

    @property
    def best(self) -> Expected:
        """The schedule that is expected to end lowest."""
        return min(self.expected, key=lambda one: one.end.mean)


def stated(horizon: int) -> Array:
    """Return the steps at which a forecast states the loss."""
    return np.unique(np.linspace(1, horizon, STATED).round())


def forecast(law: Law, curves: Sequence[Curve], expected: Sequence[Expected]) -> Forecast:
    """Put together what a law says and what it was fitted on.

    Args:
        law: fitted on the curves.
        curves: at least one.
        expected: at least one.
    """
    return Forecast(
        law=law,
        runs=tuple(_fitted(law, curve) for curve in curves),
        expected=tuple(expected),
    )


def expect(
    law: Law,
    schedule: Schedule,
    *,
    peak_lr: float,
    horizon: int,
    text: str | None = None,
    past: Array | None = None,
) -> Expected:
    """Ask a law about a schedule.

    Args:
        law: what is asked.
        schedule: of the lr.
        peak_lr: what it multiplies.
        horizon: optimizer steps of the run.
        text: what the reader knows it by, a plan for example. None (default): its own text.
        past: learning rates of the updates before the schedule begins; None (default): none.

    Raises:
        ScheduleError: the schedule does not fit the horizon.
    """
    made = np.empty(0) if past is None else past
    bound = schedule.over(horizon - len(made))
    seen = [min(law.seen_steps, horizon)]
    steps = np.unique(np.concatenate([_drawn(1, horizon), stated(horizon), seen]))
    rates = np.append(made, peak_lr * bound.values())
    said = law.predict(rates, steps)
    at, multipliers = outline(bound, even=DRAWN)
    before = thin(made, even=DRAWN) if len(made) else np.empty(0, np.int64)
    return Expected(
        name="",
        schedule=str(schedule) if text is None else text,
        peak_lr=peak_lr,
        steps=steps,
        mean=said.mean,
        sd=said.sd,
        end=within(float(said.mean[-1]), float(said.sd[-1])),
        slopes=law.evaluate(rates, np.array([float(horizon)]))[1][0],
        lr=Line(
            steps=np.append(before, len(made) + at).astype(np.float64),
            values=np.append(made[before], peak_lr * multipliers),
        ),
    )


def within(mean: float, sd: float) -> Within:
    """Return a loss with its interval."""
    said = Prediction(mean=np.array([mean]), sd=np.array([sd]))
    return Within(mean=mean, low=float(said.low[0]), high=float(said.high[0]))


def _fitted(law: Law, curve: Curve) -> Fitted:
    kept = thinned(curve, MEASURED)
    drawn = _drawn(float(curve.steps[0]), float(curve.steps[-1]))
    steps = np.union1d(drawn, kept.steps)
    said = law.predict(curve.lr, steps, curve.weight_decay).mean
    at = thin(curve.lr, even=DRAWN)
    return Fitted(
        name=curve.name,
        peak_lr=float(curve.lr.max()),
        horizon=int(curve.steps[-1]),
        steps=kept.steps,
        losses=kept.loss,
        said=said[np.searchsorted(steps, kept.steps)],
        law=Line(steps=steps, values=said),
        lr=Line(steps=at.astype(np.float64), values=curve.lr[at]),
    )


def _drawn(first: float, last: float) -> Array:
    """Return the steps at which a line is drawn: closer where losses fall fast."""
    even, early = np.linspace(first, last, DRAWN), np.geomspace(first, last, DRAWN // 4)
    return np.unique(np.concatenate([even, early]).round())
