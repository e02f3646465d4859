"""Which number of a Keras optimizer follows which schedule of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import keras
import numpy as np

from lehr.errors import ScheduleError, did_you_mean
from lehr.schedule import BoundPlan, BoundSchedule

# What Keras calls the hyper-parameters of a plan; the first that an optimizer has is meant.
_ATTRIBUTES = {"lr": ("learning_rate",), "momentum": ("momentum", "beta_1"), "betas": ("beta_1",)}


@dataclass(frozen=True)
class Scheduling:
    """One number of an optimizer and what it follows.

    Attributes:
        attribute: of the optimizer.
        own: what the schedule multiplies, 1 if the schedule is absolute.
        bound: the schedule.
    """

    attribute: str
    own: float
    bound: BoundSchedule

    def used_by(self, update: int) -> float:
        """Give the value of an update, counted from 0."""
        return self.own * self.bound(update)


def schedulings(optimizer: keras.optimizers.Optimizer, plan: BoundPlan) -> tuple[Scheduling, ...]:
    """Find the number of an optimizer that each schedule of a plan means, the lr first.

    Raises:
        ScheduleError: the optimizer has no such number, or two schedules mean the same.
    """
    numbers = _numbers(optimizer)
    found: dict[str, Scheduling] = {}
    for name, bound in plan.items:
        attribute = _attribute(name, numbers)
        if attribute in found:
            raise ScheduleError(
                "two schedules for one hyper-parameter",
                value=f"{name}, which is {attribute} in Keras",
                rule="momentum and betas are one thing where an optimizer has beta_1",
                fix="schedule one of them",
            )
        own = _own(attribute, numbers[attribute], absolute=name in plan.absolute)
        found[attribute] = Scheduling(attribute, own, bound)
    return tuple(found.values())


def _numbers(optimizer: keras.optimizers.Optimizer) -> dict[str, object]:
    """Read what an optimizer was made with; None where a number could stand, or a schedule does."""
    lr = optimizer.learning_rate
    numbers: dict[str, object] = {"learning_rate": None}
    if isinstance(lr, keras.Variable):
        # Keras keeps the lr in float32: 0.1 comes back as 0.10000000149, and is meant as 0.1.
        value: Any = keras.ops.convert_to_tensor(lr)
        numbers["learning_rate"] = float(str(np.float32(value)))
    public = {name: value for name, value in vars(optimizer).items() if not name.startswith("_")}
    return numbers | {name: v for name, v in public.items() if v is None or _is_number(v)}


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _attribute(name: str, numbers: Mapping[str, object]) -> str:
    for attribute in _ATTRIBUTES.get(name, (name,)):
        if attribute in numbers:
            return attribute
    raise ScheduleError(
        f"the optimizer has no hyper-parameter {name!r} to schedule",
        value=f"an optimizer with {', '.join(sorted(numbers))}",
        rule="a plan schedules numbers that the optimizer was made with",
        fix=did_you_mean(name, [*numbers, *_ATTRIBUTES]),
    )


def _own(attribute: str, value: object, *, absolute: bool) -> float:
    if attribute == "momentum" and value == 0:
        raise ScheduleError(
            "an optimizer without momentum has none to schedule",
            value="momentum = 0",
            rule="Keras keeps no momentum for an optimizer that was made without",
            fix="give the optimizer momentum=0.9",
        )
    if absolute:
        return 1.0
    if not isinstance(value, Real):
        raise ScheduleError(
            f"a schedule has no {attribute} to multiply",
            value=repr(value),
            rule="each schedule of a plan multiplies the optimizer's own number",
            fix=f"give the optimizer {attribute}=0.1, or absolute(…) in the plan to replace it",
        )
    return float(value)
