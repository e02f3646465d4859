"""SWA's lr: train, come down to a constant, and average there."""

from __future__ import annotations

from typing import Literal

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, decay, hold
from lehr.schedule.durations import DurationLike


def swa(
    start: DurationLike = "75%",
    anneal: DurationLike = "5%",
    final: float = 0.05,
    shape: Literal["cosine", "linear"] = "cosine",
) -> Schedule:
    """Stay until `start`, come down to `final`, stay there while weights are averaged.

    1 for t < s, then final + (1 − final)·g((t − s)/a), then final; g is (1 + cos πx)/2 or 1 − x.
    Put another trunk in place of the first phase with `take(cosine(), "75%", of="100%") >> …`.

    Args:
        start: duration s before the descent. Default 75 %, as in the paper.
        anneal: duration a of the descent. Default 5 %.
        final: multiplier of the averaging phase, 0 or more. Default 0.05, the paper's 0.05 for a
            peak near 1; it should be high enough for the weights to keep moving.
        shape: "cosine" (default, torch's) or "linear".

    Raises:
        ScheduleError: an impossible duration, multiplier or shape.

    Source:
        Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, UAI
        2018.

    >>> s = swa(4, 2, final=0.5)
    >>> s
    hold(4) >> cosine(2, final=0.5) >> hold()
    >>> p = s.over(10)
    >>> p(0), p(4), p(5), p(6), p(10), p(99)
    (1.0, 1.0, 0.75, 0.5, 0.5, 0.5)
    """
    return hold(start) >> decay(anneal, shape, final) >> hold()


RECIPE = Recipe(
    build=swa,
    formula="1, then final + (1 − final)·g((t − s)/a), then final",
    source="Izmailov et al., UAI 2018",
    also={"torch": "swa_utils.SWALR", "lightning": "StochasticWeightAveraging"},
    examples=("swa()", 'swa("60%", 100, final=0.2, shape="linear")'),
)
