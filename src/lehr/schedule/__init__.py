"""Schedules as values: durations, phases, algebra, plans, binding and the text form."""

from lehr.schedule.algebra import absolute, maximum, minimum, total
from lehr.schedule.base import Builder, Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.clock import Clock
from lehr.schedule.factors import exponential, multi_step, rsqrt, step
from lehr.schedule.glide import glide
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
from lehr.schedule.take import take
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
    "glide",
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
    "take",
    "total",
    "warmup",
]
