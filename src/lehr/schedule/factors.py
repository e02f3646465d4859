"""Open phases that multiply the level again and again: exponential, step, power laws, …."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.base import Room, Schedule
from lehr.schedule.checked import choice, multiplier, number_text, positive
from lehr.schedule.durations import Duration, DurationLike
from lehr.schedule.phases import Phase, call
from lehr.schedule.pieces import Piece, join
from lehr.schedule.shapes import LINEAR, Curve
from lehr.schedule.track import Track

PowerForm = Literal["shifted", "stairs", "held"]

_ONE_STEP = Duration.of(1, "every")
_FORMS = {"power_law": "shifted", "power_stairs": "stairs", "tail": "held"}
"""Curve -> form of a power law."""


@dataclass(frozen=True, repr=False)
class Falling(Phase):
    """final + (level − final)·g(t/every) with an unbounded curve g."""

    curve: Curve
    every: Duration
    final: float = 0.0
    duration = None

    def draw(self, room: Room) -> Track:
        """Fall from `level` towards `final` (or rise, with a factor above 1)."""
        every = self.every.steps(room.scope, f"the period of {self}")
        return Track.single(self.curve, length=every, first=room.level, last=self.final)

    def __repr__(self) -> str:
        factor = number_text(self.curve.parameter)
        if self.curve.shape == "exponential":
            every = f", every={self.every}" if self.every != _ONE_STEP else ""
            return f"exponential({factor}{every})"
        if self.curve.shape == "step":
            return f"step({self.every}{_unless_tenth(self.curve.parameter)})"
        if self.curve.shape == "rsqrt":
            return f"rsqrt({self.every})"
        words = {"power": factor}
        if self.curve.shape == "catching_up":
            words["final"] = number_text(self.final) if self.final else ""
            return call("polynomial_cycles", self.every, words)
        rate, form = self.curve.parameters[1], _FORMS[self.curve.shape]
        words["rate"] = number_text(rate) if rate != 1 else ""
        words["form"] = f'"{form}"' if form != "shifted" else ""
        return call("power_law", self.every, words)


@dataclass(frozen=True, repr=False)
class MultiStep(Phase):
    """level·factor^(number of milestones passed)."""

    milestones: tuple[Duration, ...]
    factor: float
    duration = None

    def draw(self, room: Room) -> Piece:
        """Hold between milestones.

        Raises:
            ScheduleError: milestones that do not ascend within the phase.
        """
        steps = [mark.steps(room.scope, f"a milestone of {self}") for mark in self.milestones]
        starts = [0, *steps]
        ascending = all(a < b for a, b in zip(starts, steps, strict=False))
        if not ascending or starts[-1] >= room.length:
            raise ScheduleError(
                "a milestone would never fire" if ascending else "milestones do not ascend",
                value=f"{self} at steps {steps} of {room.length}",
                rule="milestones ascend and lie within the phase, counted from its first step",
                fix="lengthen the horizon, or leave out what lies beyond it",
            )
        gains = self.factor ** np.arange(len(starts), dtype=np.float64)
        flat = Track.single(LINEAR, length=room.length, first=room.level, last=room.level)
        return join(starts, [0] * len(starts), [flat], gains)

    def __repr__(self) -> str:
        marks = ", ".join(str(mark) for mark in self.milestones)
        return f"multi_step([{marks}]{_unless_tenth(self.factor)})"


def exponential(factor: float, every: DurationLike = 1) -> Schedule:
    """Multiply the level by `factor` every `every` steps, smoothly: level·factor^(t/every).

    Args:
        factor: above 0; below 1 decays, above 1 grows (an lr range test).
        every: duration in which the level changes by `factor`. Default 1 step.

    Raises:
        ScheduleError: an impossible factor or duration; at `.over()`, growth beyond float64.

    >>> p = exponential(0.5, every=2).over(4)
    >>> p(0), round(p(1), 4), p(2), round(p(3), 4), p(4), p(9)
    (1.0, 0.7071, 0.5, 0.3536, 0.25, 0.25)
    """
    return Falling(Curve("exponential", (positive(factor, "factor"),)), Duration.of(every, "every"))


def step(every: DurationLike, factor: float = 0.1) -> Schedule:
    """Multiply the level by `factor` at every `every`-th step: level·factor^⌊t/every⌋.

    Args:
        every: duration between two drops, counted from the phase's first step.
        factor: above 0. Default 0.1, the field's habit since ImageNet.

    Raises:
        ScheduleError: an impossible factor or duration.

    >>> p = step(2, factor=0.5).over(5)
    >>> p(0), p(1), p(2), p(4), p(5), p(9)
    (1.0, 1.0, 0.5, 0.25, 0.25, 0.25)
    """
    return Falling(Curve("step", (positive(factor, "factor"),)), Duration.of(every, "every"))


def multi_step(milestones: Iterable[DurationLike], factor: float = 0.1) -> Schedule:
    """Multiply the level by `factor` at each milestone: level·factor^#{milestones ≤ t}.

    A milestone k takes effect at step k of the phase (as in torch and Optax).

    Args:
        milestones: at least one duration, ascending, each counted from the phase's first step.
        factor: above 0. Default 0.1.

    Raises:
        ScheduleError: no milestones, or an impossible value; at `.over()`, milestones that do not
            ascend or would never fire.

    Source:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016.

    >>> p = multi_step(["50%", "75%"]).over(8)
    >>> p(0), p(3), p(4), round(p(7), 9), round(p(99), 9)
    (1.0, 1.0, 0.1, 0.01, 0.01)
    """
    marks = () if isinstance(milestones, str) else tuple(milestones)
    if not marks:
        raise ScheduleError(
            "there is no milestone",
            value=repr(milestones),
            rule="milestones is a list of at least one duration",
            fix='multi_step(["50%", "75%"])',
        )
    durations = tuple(Duration.of(mark, "a milestone") for mark in marks)
    return MultiStep(durations, positive(factor, "factor"))


def rsqrt(timescale: DurationLike) -> Schedule:
    """Fall with the inverse square root of time: level·√(τ/(τ + t)).

    After `warmup(w)`, `rsqrt(w)` is the classical √(w/t) with t counted from the run's start.

    Args:
        timescale: duration τ; the level has fallen to 1/√2 after it.

    Raises:
        ScheduleError: an impossible duration.

    Source:
        Zhai et al., Scaling Vision Transformers, CVPR 2022 (with timescale).

    >>> p = rsqrt(3).over(9)
    >>> p(0), round(p(3), 4), p(9), p(99)
    (1.0, 0.7071, 0.5, 0.5)
    """
    return Falling(Curve("rsqrt"), Duration.of(timescale, "timescale"))


def power_law(
    timescale: DurationLike, power: float = 0.5, *, rate: float = 1, form: PowerForm = "shifted"
) -> Schedule:
    """Fall with a power of time: level·(1 + rate·t/τ)^(−power).

    Args:
        timescale: duration τ.
        power: exponent above 0. Default ½, where it is `rsqrt`.
        rate: how much of τ a step counts for, above 0. Default 1.
        form: "shifted" (default) is the formula above; "stairs" counts whole τ only,
            (1 + rate·⌊t/τ⌋)^(−power); "held" stays at the level until rate·t/τ is 1, then falls
            as its power: max(1, rate·t/τ)^(−power).

    Raises:
        ScheduleError: an impossible duration, number or form.

    Source:
        Shen et al., Power Scheduler, 2024 (power 0.51); OLMo-core's power_lr.

    >>> p = power_law(2, power=1).over(6)
    >>> p(0), round(p(1), 4), p(2), p(6), p(99)
    (1.0, 0.6667, 0.5, 0.25, 0.25)
    >>> power_law(2, form="held").over(8).values(0, 9).round(3).tolist()
    [1.0, 1.0, 1.0, 0.816, 0.707, 0.632, 0.577, 0.535, 0.5]
    """
    curve = {word: curve for curve, word in _FORMS.items()}[choice(form, "form", _FORMS.values())]
    numbers = positive(power, "power"), positive(rate, "rate")
    return Falling(Curve(curve, numbers), Duration.of(timescale, "timescale"))


def polynomial_cycles(every: DurationLike, power: float = 1, final: float = 0) -> Schedule:
    """Fall to `final` by step `every`, and again from wherever a longer fall would be by then.

    final + (level − final)·(1 − t/(n·⌈t/n⌉))^power with n = `every`: the horizon of the fall is
    the next multiple of n. Cycle k begins at a k-th of the height.

    Args:
        every: duration n.
        power: exponent above 0. Default 1.
        final: multiplier at every multiple of n, 0 or more. Default 0.

    Raises:
        ScheduleError: an impossible duration or number.

    Source:
        TensorFlow's `polynomial_decay(cycle=True)`.

    >>> polynomial_cycles(2).over(6).values(0, 8).round(3).tolist()
    [1.0, 0.5, 0.0, 0.25, 0.0, 0.167, 0.0, 0.0]
    """
    curve = Curve("catching_up", (positive(power, "power"),))
    return Falling(curve, Duration.of(every, "every"), multiplier(final, "final"))


def _unless_tenth(factor: float) -> str:
    return f", factor={number_text(factor)}" if factor != 0.1 else ""
