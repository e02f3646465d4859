"""Schedules as values: durations, phases, algebra, plans, binding and the text form."""

from lehr.schedule.algebra import absolute, maximum, minimum
from lehr.schedule.base import Builder, Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.clock import Clock
from lehr.schedule.factors import exponential, multi_step, rsqrt, step
from lehr.schedule.multipliers import Multipliers
from lehr.schedule.phases import (
    constant,
    cosine,
    decay,
    hold,
    linear,
    polynomial,
    rex,
    warmup,
)
from lehr.schedule.plan import BoundPlan, Plan
from lehr.schedule.text import PRIMITIVES, parse

__all__ = [
    "PRIMITIVES",
    "BoundPlan",
    "BoundSchedule",
    "Builder",
    "Clock",
    "Multipliers",
    "Plan",
    "Schedule",
    "absolute",
    "constant",
    "cosine",
    "decay",
    "exponential",
    "hold",
    "linear",
    "maximum",
    "minimum",
    "multi_step",
    "parse",
    "polynomial",
    "rex",
    "rsqrt",
    "step",
    "warmup",
]
