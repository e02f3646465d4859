"""Schedules as values: durations, phases, algebra, plans, binding and the text form."""

from lehr.schedule.algebra import absolute, maximum, minimum, total
from lehr.schedule.base import Builder, Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.clock import Clock
from lehr.schedule.factors import (
    exponential,
    multi_step,
    polynomial_cycles,
    power_law,
    rsqrt,
    step,
)
from lehr.schedule.glide import glide
from lehr.schedule.maps import proportional, reciprocal
from lehr.schedule.multipliers import Multipliers
from lehr.schedule.noise import noisy
from lehr.schedule.phases import constant, hold, warmup
from lehr.schedule.piecewise import piecewise
from lehr.schedule.plan import BoundPlan, Plan
from lehr.schedule.ramps import cosine, decay, linear, polynomial, rex
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
    "noisy",
    "parse",
    "piecewise",
    "polynomial",
    "polynomial_cycles",
    "power_law",
    "proportional",
    "reciprocal",
    "rex",
    "rsqrt",
    "step",
    "take",
    "total",
    "warmup",
]
