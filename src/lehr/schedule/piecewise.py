"""Piecewise: values at given steps, and a rule for what lies between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.base import Room, Schedule
from lehr.schedule.checked import choice, multiplier, number_text
from lehr.schedule.durations import Duration, DurationLike
from lehr.schedule.phases import Phase
from lehr.schedule.shapes import LINEAR, Curve
from lehr.schedule.track import Track

Between = Literal["linear", "cosine", "constant"]


@dataclass(frozen=True, repr=False)
class Piecewise(Phase):
    """Values at steps of an open phase; made by `piecewise`."""

    marks: tuple[Duration, ...]
    levels: tuple[float, ...]
    shape: Between
    duration = None

    def draw(self, room: Room) -> Track:
        """Go from value to value, then stay at the last.

        Raises:
            ScheduleError: steps that do not ascend within the phase.
        """
        steps = [mark.steps(room.scope, f"a step of {self}") for mark in self.marks]
        starts = [0, *steps]
        ascending = all(a < b for a, b in zip(starts, steps, strict=False))
        last = room.length - 1 if self.shape == "constant" else room.length
        if not ascending or starts[-1] > last:
            raise ScheduleError(
                "a value would never be used" if ascending else "the steps do not ascend",
                value=f"{self} at steps {steps} of {room.length}",
                rule="steps ascend and lie within the phase, counted from its first step",
                fix="lengthen the horizon, or leave out what lies beyond it",
            )
        curve = Curve("cosine") if self.shape == "cosine" else LINEAR
        goals = self.levels if self.shape == "constant" else (*self.levels[1:], self.levels[-1])
        begin = np.array(starts, np.int64)
        return Track(
            start=begin,
            origin=begin,
            length=np.diff(np.append(begin, begin[-1] + room.length)).astype(np.float64),
            first=np.array(self.levels),
            last=np.array(goals),
            curve=np.zeros(len(begin), np.int64),
            curves=(curve,),
        )

    def __repr__(self) -> str:
        marks = ", ".join(str(mark) for mark in self.marks)
        levels = ", ".join(number_text(level) for level in self.levels)
        shape = f', shape="{self.shape}"' if self.shape != "linear" else ""
        return f"piecewise([{marks}], [{levels}]{shape})"


def piecewise(
    steps: Iterable[DurationLike], values: Iterable[float], shape: Between = "linear"
) -> Schedule:
    """Use the first value at step 0 and one more at each given step.

    Between two of them the values go along a line or half a cosine, or stay; after the last step
    the last value holds. What you compute yourself, step by step, becomes such a schedule with
    `lehr.catalog.tabulated`.

    Args:
        steps: durations counted from the phase's first step, ascending, at least one.
        values: multipliers, 0 or more, one more than steps; those before are left out of account.
        shape: "linear" (default), "cosine", or "constant": the value changes at the step itself.

    Raises:
        ScheduleError: an impossible value, or numbers that do not match; at `.over()`, steps that
            do not ascend or lie beyond the phase.

    Source:
        The field's common stock; Ignite's PiecewiseLinear, Keras' PiecewiseConstantDecay.

    >>> piecewise([2, 4], [0, 1, 0.5]).over(6).values(0, 7).tolist()
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.5, 0.5]
    >>> piecewise(["50%"], [1, 0.1], shape="constant").over(4).values(0, 9).tolist()
    [1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    """
    known = cast("Between", choice(shape, "shape", get_args(Between)))
    marks = () if isinstance(steps, str) else tuple(Duration.of(mark, "a step") for mark in steps)
    levels = tuple(multiplier(value, "a value") for value in values)
    if not marks or len(levels) != len(marks) + 1:
        raise ScheduleError(
            "steps and values do not match",
            value=f"{len(marks)} steps, {len(levels)} values",
            rule="at least one step, and one value more than steps: the first is that of step 0",
            fix='piecewise(["30%", "80%"], [1, 0.1, 0.01])',
        )
    return Piecewise(marks, levels, known)
