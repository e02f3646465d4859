"""Choose, run, predict and protect the learning-rate schedule of a training run.

>>> from lehr import cosine, warmup
>>> p = (warmup("5%") >> cosine()).over(1_000)
>>> p(0), p(49), p(1_000)
(0.02, 1.0, 0.0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lehr.catalog import parse
from lehr.catalog.cyclic import triangular
from lehr.catalog.inverse_sqrt import inverse_sqrt
from lehr.catalog.one_cycle import one_cycle, one_cycle_momentum
from lehr.catalog.restarts import cosine_restarts
from lehr.catalog.wsd import wsd
from lehr.schedule import (
    BoundPlan,
    BoundSchedule,
    Clock,
    Plan,
    Schedule,
    absolute,
    constant,
    cosine,
    decay,
    exponential,
    glide,
    hold,
    linear,
    maximum,
    minimum,
    multi_step,
    polynomial,
    rex,
    rsqrt,
    step,
    take,
    total,
    warmup,
)

if TYPE_CHECKING:
    from lehr.report.plot import plot
    from lehr.training import trial

__all__ = [
    "BoundPlan",
    "BoundSchedule",
    "Clock",
    "Plan",
    "Schedule",
    "absolute",
    "constant",
    "cosine",
    "cosine_restarts",
    "decay",
    "exponential",
    "glide",
    "hold",
    "inverse_sqrt",
    "linear",
    "maximum",
    "minimum",
    "multi_step",
    "one_cycle",
    "one_cycle_momentum",
    "parse",
    "plot",
    "polynomial",
    "rex",
    "rsqrt",
    "step",
    "take",
    "total",
    "trial",
    "triangular",
    "warmup",
    "wsd",
]


def __getattr__(name: str) -> object:
    """Import what schedules do not need when it is asked for: pydantic, plotly."""
    if name == "plot":
        from lehr.report.plot import plot

        return plot
    if name == "trial":
        from lehr.training import trial

        return trial
    raise AttributeError(f"module 'lehr' has no attribute {name!r}")
