"""Choose, run, predict and protect the learning-rate schedule of a training run.

>>> from lehr import cosine, warmup
>>> p = (warmup("5%") >> cosine()).over(1_000)
>>> p(0), p(49), p(1_000)
(0.02, 1.0, 0.0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lehr.catalog import parse
    from lehr.catalog.chebyshev import chebyshev
    from lehr.catalog.cyclic import exp_range, slanted_triangular, triangular, triangular2
    from lehr.catalog.inverse_sqrt import inverse_sqrt
    from lehr.catalog.linear_cosine import linear_cosine, noisy_linear_cosine
    from lehr.catalog.noam import noam
    from lehr.catalog.one_cycle import one_cycle, one_cycle_momentum
    from lehr.catalog.range_test import range_test
    from lehr.catalog.rates import geometric, inverse_time, natural_exponential
    from lehr.catalog.restarts import cosine_restarts, polynomial_restarts, sgdr
    from lehr.catalog.swa import swa
    from lehr.catalog.tanh import tanh
    from lehr.catalog.trapezoids import knee, trapezoid, tri_stage
    from lehr.catalog.trunks import anytime, power_scheduler, wsd_s
    from lehr.catalog.warmed import budgeted, half_cosine, step_warmup, warmup_cosine
    from lehr.catalog.wsd import wsd
    from lehr.report.plot import plot
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
        noisy,
        piecewise,
        polynomial,
        polynomial_cycles,
        power_law,
        proportional,
        reciprocal,
        rex,
        rsqrt,
        step,
        take,
        total,
        warmup,
    )
    from lehr.training import trial

__all__ = [
    "BoundPlan",
    "BoundSchedule",
    "Clock",
    "Plan",
    "Schedule",
    "absolute",
    "anytime",
    "budgeted",
    "chebyshev",
    "constant",
    "cosine",
    "cosine_restarts",
    "decay",
    "exp_range",
    "exponential",
    "geometric",
    "glide",
    "half_cosine",
    "hold",
    "inverse_sqrt",
    "inverse_time",
    "knee",
    "linear",
    "linear_cosine",
    "maximum",
    "minimum",
    "multi_step",
    "natural_exponential",
    "noam",
    "noisy",
    "noisy_linear_cosine",
    "one_cycle",
    "one_cycle_momentum",
    "parse",
    "piecewise",
    "plot",
    "polynomial",
    "polynomial_cycles",
    "polynomial_restarts",
    "power_law",
    "power_scheduler",
    "proportional",
    "range_test",
    "reciprocal",
    "rex",
    "rsqrt",
    "sgdr",
    "slanted_triangular",
    "step",
    "step_warmup",
    "swa",
    "take",
    "tanh",
    "total",
    "trapezoid",
    "tri_stage",
    "trial",
    "triangular",
    "triangular2",
    "warmup",
    "warmup_cosine",
    "wsd",
    "wsd_s",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that `import lehr` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'lehr' has no attribute {name!r}")
    value = globals()[name] = _found(name)
    return value


def _found(name: str) -> object:
    if name == "plot":
        from lehr.report.plot import plot

        return plot
    if name == "trial":
        from lehr.training import trial

        return trial
    from lehr import catalog, schedule

    if name == "parse":
        return catalog.parse
    recipes = {recipe.name: recipe.build for recipe in catalog.RECIPES}
    return recipes[name] if name in recipes else getattr(schedule, name)
