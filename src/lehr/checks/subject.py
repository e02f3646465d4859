"""Subject: what a rule looks at, a planned curve or a logged one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lehr.checks.run_log import RunLog
from lehr.checks.setting import Setting
from lehr.errors import ScheduleError
from lehr.logs import superseded
from lehr.schedule import BoundPlan, BoundSchedule, Plan, Schedule
from lehr.schedule.shapes import Steps, Values

MOST_VALUES = 100_000
"""A longer schedule is looked at in so many places, both ends in full."""
ENDS = 1_000
FEWEST = 3
"""Values without which a curve has no shape."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A curve of learning rates and what is known about its run.

    Attributes:
        steps: step of each value, ascending, shape (n,).
        lr: multiplier of the peak (planned) or learning rate (logged) of each step, finite and
            at least 0, shape (n,); empty where the schedule could not be bound.
        setting: what is known besides.
        horizon: steps that were planned, None where a log does not say.
        plan: what is planned; None for a log.
        bound: the plan over its horizon; None for a log, or where it could not be bound.
        refusal: why it could not be bound.
        log: what was logged; None for a plan.
    """

    steps: Steps
    lr: Values
    setting: Setting
    horizon: int | None
    plan: Plan | None = None
    bound: BoundPlan | None = None
    refusal: ScheduleError | None = None
    log: RunLog | None = None

    @classmethod
    def planned(cls, plan: Plan, horizon: int, setting: Setting) -> Subject:
        """Look at a plan over a horizon."""
        try:
            bound = plan.over(horizon, setting.clock)
        except ScheduleError as refusal:
            nothing = np.empty(0)
            return cls(
                steps=nothing.astype(np.int64),
                lr=nothing,
                setting=setting,
                horizon=horizon,
                plan=plan,
                refusal=refusal,
            )
        steps = _places(horizon)
        lr = bound.schedules["lr"].at(steps)
        return cls(steps=steps, lr=lr, setting=setting, horizon=horizon, plan=plan, bound=bound)

    @classmethod
    def logged(cls, log: RunLog, setting: Setting) -> Subject:
        """Look at a log: rows that a resumed run wrote again count in their last form."""
        rows = usable(log)
        if setting.steps_per_epoch is None and log.steps_per_epoch is not None:
            clock = replace(setting.clock, steps_per_epoch=log.steps_per_epoch)
            setting = replace(setting, clock=clock)
        return cls(
            steps=log.steps[rows].astype(np.int64),
            lr=log.lr[rows].astype(np.float64),
            setting=setting,
            horizon=log.horizon,
            log=log,
        )

    @property
    def has_shape(self) -> bool:
        """Whether there is enough of a curve to judge."""
        return self.bound is not None or len(self.lr) >= FEWEST

    @cached_property
    def relative(self) -> Values:
        """The values as fractions of the largest; all 0 if none is above 0."""
        top = float(self.lr.max())
        return self.lr / top if top > 0 else np.zeros(len(self.lr))

    @property
    def peak_lr(self) -> float | None:
        """The largest learning rate, None where nobody said what the plan multiplies."""
        top = float(self.lr.max())
        if self.log is not None:
            return top
        return None if self.setting.peak_lr is None else self.setting.peak_lr * top

    @property
    def length(self) -> int:
        """Steps of the run: all that are planned, or all that were trained.

        A log that does not say how many these were is followed for one row more.
        """
        if self.bound is not None:
            return self.bound.horizon
        if self.log is not None and self.log.end is not None:
            return max(self.log.end, int(self.steps[-1]))
        return int(self.steps[-1]) + self.interval

    @property
    def span(self) -> int:
        """Steps of the run or of its horizon, whichever is longer."""
        return max(self.length, self.horizon or 0)

    @cached_property
    def interval(self) -> int:
        """Steps from row to row, the usual one."""
        return max(1, int(np.median(np.diff(self.steps)))) if len(self.steps) > 1 else 1

    @cached_property
    def end(self) -> float:
        """Where the curve ends, as a fraction of its largest value.

        A log that falls to its last row is followed for one row more.
        """
        top = float(self.lr.max())
        if self.curve is not None and top > 0:
            return self.curve(self.curve.horizon) / top
        last = float(self.relative[-1])
        fall = float(self.relative[-2]) - last if len(self.relative) > 1 else 0.0
        return max(0.0, last - max(0.0, fall))

    @property
    def curve(self) -> BoundSchedule | None:
        """The lr's bound schedule; None for a log."""
        return None if self.bound is None else self.bound.schedules["lr"]

    @property
    def schedule(self) -> Schedule | None:
        """The lr's schedule; None for a log."""
        return None if self.plan is None else self.plan.schedules["lr"]

    @cached_property
    def top(self) -> int:
        """Index of the first value within a thousandth of the largest."""
        return int(np.argmax(self.relative >= 0.999))

    @cached_property
    def rise(self) -> float:
        """Share of the span that the lr takes to rise to its largest value; 0 if it falls first."""
        if not self.top or bool((np.diff(self.lr[: self.top + 1]) < 0).any()):
            return 0.0
        return float(self.steps[self.top]) / self.span

    def over(self, plan: Plan) -> Subject:
        """Look at another plan in the same setting."""
        return Subject.planned(plan, self.horizon or 1, self.setting)

    def plans(self, *lrs: Schedule | None) -> tuple[Plan, ...]:
        """Return the plan with each of these schedules as its lr; None is left out."""
        others = {} if self.plan is None else dict(self.plan.items[1:])
        return tuple(Plan(lr=lr, **others) for lr in lrs if lr is not None)


def usable(log: RunLog) -> NDArray[np.bool_]:
    """Mark rows whose lr is one, and that no later row supersedes."""
    return np.isfinite(log.lr) & (log.lr >= 0) & ~superseded(log.steps)


def _places(horizon: int) -> Steps:
    if horizon <= MOST_VALUES:
        return np.arange(horizon, dtype=np.int64)
    between = np.linspace(0, horizon - 1, MOST_VALUES // 2).astype(np.int64)
    first, last = np.arange(ENDS), np.arange(horizon - ENDS, horizon)
    return np.unique(np.concatenate([first, between, last]))
