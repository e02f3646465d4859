"""Port: another library's schedule as a value of lehr's, with its peak lr and horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from lehr.errors import ScheduleError
from lehr.schedule import Schedule
from lehr.schedule.algebra import Absolute, Clip, Extremum, Product, Scaled, Sequence
from lehr.schedule.checked import whole
from lehr.schedule.durations import Scope
from lehr.schedule.factors import MultiStep
from lehr.schedule.piecewise import Piecewise
from lehr.schedule.shapes import Values
from lehr.schedule.wrapper import Wrapper


@dataclass(frozen=True, kw_only=True)
class Port:
    """What another library's scheduler does, said in lehr's own algebra.

    Attributes:
        schedule: multipliers of `peak_lr`; its text spells out the library's conventions.
        peak_lr: the lr that the multipliers are relative to.
        horizon: optimizer steps of the run, past which the last value holds; None where the
            library's scheduler goes on for ever.
        momentum: schedule of the momentum (absolute values) where the scheduler has one.
        library: whose scheduler it is.
        name: what the library calls it.

    >>> from lehr.catalog import ports
    >>> port = ports.torch("StepLR", base_lr=0.1, step_size=30)
    >>> port.schedule, port.peak_lr, port.horizon, port.lr(30)
    (step(30), 0.1, None, 0.010000000000000002)
    >>> port.lr([0, 29, 60]).round(4).tolist()
    [0.1, 0.1, 0.001]
    """

    schedule: Schedule
    peak_lr: float
    horizon: int | None = None
    momentum: Schedule | None = None
    library: str = ""
    name: str = ""

    @overload
    def lr(self, step: SupportsIndex) -> float: ...
    @overload
    def lr(self, step: list[int] | NDArray[np.int64]) -> Values: ...
    def lr(self, step: SupportsIndex | list[int] | NDArray[np.int64]) -> float | Values:
        """Return the lr that update `step` (from 0) uses; an array for an array of steps.

        Raises:
            ScheduleError: a step that is negative or not whole.
        """
        if isinstance(step, (list, np.ndarray)):
            steps = np.asarray(step)
            top = int(steps.max()) if steps.size and steps.dtype.kind in "iu" else 0
            return self.peak_lr * self.schedule.over(self.steps(top)).at(steps)
        t = whole(step, "the step", least=0)
        return self.peak_lr * self.schedule.over(self.steps(t))(t)

    def steps(self, last: int) -> int:
        """Return a horizon in which step `last` has its value: the library's, or long enough."""
        return self.horizon or max(least(self.schedule), last + 1)


def least(schedule: Schedule) -> int:
    """Return the smallest horizon a schedule with whole-step durations can be bound to.

    >>> from lehr import exponential, linear, warmup
    >>> least(warmup(5) >> exponential(0.9) >> linear(3)), least(exponential(0.9))
    (9, 1)
    """
    match schedule:
        case Sequence(parts=parts):
            return sum(least(part) for part in parts)
        case Product(parts=parts) | Extremum(parts=parts):
            return max(least(part) for part in parts)
        case Scaled(part=part) | Clip(part=part) | Absolute(part=part) | Wrapper(part=part):
            return least(part)
        case MultiStep(milestones=marks) | Piecewise(marks=marks):
            return marks[-1].steps(Scope(span=1), "the last milestone") + 1
        case _:
            steps = schedule.length(Scope(span=1))
            return 1 if steps is None else steps


def positive_peak(value: float, words: str) -> float:
    """Return the lr that multipliers are relative to, if it is above 0.

    Raises:
        ScheduleError: it is 0.
    """
    if value <= 0:
        raise ScheduleError(
            "the lr is 0 throughout",
            value=words,
            rule="a schedule multiplies a peak lr above 0",
            fix="give an lr above 0",
        )
    return value
