"""Panels: what a picture shows of a schedule or a plan, one for each hyper-parameter."""

from __future__ import annotations

from collections.abc import Mapping

from lehr.schedule.algebra import Absolute
from lehr.schedule.base import Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.plan import BoundPlan

Panels = Mapping[str, BoundSchedule]
"""Hyper-parameter -> bound schedule, all over one horizon."""

ALONE = "value"
"""The name of an absolute schedule that no plan has given to a hyper-parameter yet."""


def panels(bound: BoundSchedule | BoundPlan) -> Panels:
    """Return the panels of a plan, and of a schedule its only one: the lr's, if it may be one.

    >>> from lehr import absolute, constant, linear
    >>> panels(linear().over(10)), panels(absolute(constant(0.9)).over(10))
    ({'lr': <linear() over 10 steps>}, {'value': <absolute(constant(0.9)) over 10 steps>})
    """
    if isinstance(bound, BoundPlan):
        return bound.schedules
    return {ALONE if is_absolute(bound.schedule) else "lr": bound}


def is_absolute(schedule: Schedule) -> bool:
    """Say whether the values replace the optimizer's own."""
    return isinstance(schedule, Absolute)
