"""One cycle of the lr, and the momentum that goes the other way."""

from __future__ import annotations

from typing import Literal

from lehr.catalog.recipe import Recipe
from lehr.errors import ScheduleError
from lehr.schedule import Schedule, absolute, decay
from lehr.schedule.durations import DurationLike


def one_cycle(
    peak_at: DurationLike = "30%",
    start: float = 0.04,
    final: float = 4e-6,
    shape: Literal["cosine", "linear"] = "cosine",
    *,
    phases: Literal[2, 3] = 2,
) -> Schedule:
    """Rise to the peak, then fall far below the start, in one cycle.

    start + (1 − start)·(1 − g(t/n)) for t < n, then final + (1 − final)·g((t − n)/(T − n)) with
    n = `peak_at`, T the horizon, and g(x) = (1 + cos πx)/2 or 1 − x. With three phases it comes
    back to `start` in as many steps as it rose, and only then falls to `final`.

    Args:
        peak_at: duration of the rise. Default 30 %.
        start: multiplier of the first step. Default 1/25, as in torch and fastai.
        final: multiplier at t = T. Default 4e-6 (1/25 of 1e-4), as in torch.
        shape: "cosine" (default) or "linear".
        phases: 2 (default, as in fastai), or 3, the paper's.

    Raises:
        ScheduleError: an impossible duration, shape, number of phases or multiplier.

    Source:
        Smith & Topin, Super-Convergence, 2018; the cosine form is fastai's.

    >>> s = one_cycle(peak_at=3, shape="linear")
    >>> s
    linear(3, final=1, start=0.04) >> linear(final=4e-06)
    >>> p = s.over(10)
    >>> p(0), p(3), round(p(9), 4), p(10), p(50)
    (0.04, 1.0, 0.1429, 4e-06, 4e-06)
    """
    if phases not in (2, 3):
        raise ScheduleError(
            "one cycle has two phases or three", value=repr(phases), rule="phases is 2 or 3"
        )
    rise, fall = decay(peak_at, shape, 1, start=start), decay(None, shape, final)
    return rise >> fall if phases == 2 else rise >> decay(peak_at, shape, start) >> fall


def one_cycle_momentum(
    low: float = 0.85,
    high: float = 0.95,
    peak_at: DurationLike = "30%",
    shape: Literal["cosine", "linear"] = "cosine",
) -> Schedule:
    """Mirror `one_cycle`: momentum falls to `low` while the lr rises, then comes back.

    high + (low − high)·(1 − g(t/n)) for t < n, then low + (high − low)·(1 − g((t − n)/(T − n))).
    The values are absolute: in a `Plan` they replace the optimizer's momentum.

    Args:
        low: momentum where the lr peaks. Default 0.85.
        high: momentum at both ends. Default 0.95.
        peak_at: duration until the lr peaks; give both recipes the same. Default 30 %.
        shape: "cosine" (default) or "linear".

    Raises:
        ScheduleError: an impossible duration, shape or value.

    Source:
        Smith, A disciplined approach to neural network hyper-parameters, 2018.

    >>> s = one_cycle_momentum(peak_at=4)
    >>> s
    absolute(cosine(4, final=0.85, start=0.95) >> cosine(final=0.95))
    >>> p = s.over(10)
    >>> p(0), p(4), p(10), p(50)
    (0.95, 0.85, 0.95, 0.95)
    """
    return absolute(decay(peak_at, shape, low, start=high) >> decay(None, shape, high))


RECIPE = Recipe(
    build=one_cycle,
    formula="start → 1 in n steps, then → final, along half cosines or lines",
    source="Smith & Topin 2018",
    also={
        "torch": "OneCycleLR",
        "optax": "cosine_onecycle_schedule, linear_onecycle_schedule",
        "fastai": "fit_one_cycle",
        "deepspeed": "OneCycle",
        "paddle": "OneCycleLR",
        "mmengine": "OneCycleLR",
    },
    examples=(
        "one_cycle()",
        'one_cycle(200, start=0.1, final=0, shape="linear")',
        'one_cycle("40%", phases=3)',
    ),
)

MOMENTUM = Recipe(
    build=one_cycle_momentum,
    formula="high → low in n steps, then → high (absolute values)",
    source="Smith 2018",
    also={"torch": "OneCycleLR(cycle_momentum=True)", "fastai": "fit_one_cycle(moms=...)"},
    examples=("one_cycle_momentum()", 'one_cycle_momentum(0.8, 0.9, peak_at=100, shape="linear")'),
)
