"""The lr range test: a growing lr, to see where training breaks."""

from __future__ import annotations

from typing import Literal

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, decay, linear
from lehr.schedule.checked import choice


def range_test(
    low: float = 1e-6, shape: Literal["exponential", "linear"] = "exponential"
) -> Schedule:
    """Grow from a small multiplier to the peak over the whole run: low^(1 − x) with x = t/T.

    Give the optimizer the largest lr of the test. `lehr.catalog.rows` has DeepSpeed's stairs.

    Args:
        low: multiplier of the first step, above 0. Default 1e-6: from 1e-6 to 1, as fastai's and
            Lightning's finders nearly do.
        shape: "exponential" (default), or "linear": low + (1 − low)·x.

    Raises:
        ScheduleError: an impossible number or word.

    Source:
        Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017, §3.3.

    >>> s = range_test(0.0001)
    >>> s
    decay(shape="geometric", final=1, start=0.0001)
    >>> p = s.over(4)
    >>> p(0), round(p(2), 12), round(p(3), 12), p(4), p(99)
    (0.0001, 0.01, 0.1, 1.0, 1.0)
    """
    if choice(shape, "shape", ("exponential", "linear")) == "linear":
        return linear(None, 1, start=low)
    return decay(None, "geometric", 1, start=low)


RECIPE = Recipe(
    build=range_test,
    formula="low^(1 − x), or low + (1 − low)·x",
    source="Smith, WACV 2017",
    also={
        "fastai": "lr_find",
        "lightning": "Tuner.lr_find",
        "deepspeed": "LRRangeTest",
        "torch-lr-finder": "LRFinder.range_test",
        "ignite": "FastaiLRFinder",
    },
    examples=("range_test()", 'range_test(0.001, "linear")'),
)
