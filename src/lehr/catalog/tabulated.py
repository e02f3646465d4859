"""Your own function of the step, as a schedule: sampled once, and a value from then on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from operator import mul
from typing import SupportsIndex

from lehr.errors import ScheduleError
from lehr.schedule import Schedule
from lehr.schedule.checked import multiplier, whole
from lehr.schedule.joined import joined
from lehr.schedule.text import MOST_CHARACTERS


def tabulated(
    function: Callable[[int], float],
    *,
    horizon: SupportsIndex,
    tolerance: float = 1e-4,
    compounding: bool = False,
) -> Schedule:
    """Turn a function of the step into points joined by lines: torch's LambdaLR, but a value.

    The function is called once for every step and then forgotten: what is saved, compared and
    sent to another machine is numbers, never code.

    Args:
        function: step from 0 to `horizon` -> multiplier of the peak, 0 or more.
        horizon: optimizer steps of the run, at least 1.
        tolerance: how far a line may pass from the function's values, 0 or more. Default 1e-4 of
            the peak.
        compounding: multiply the function's values up from step 1 on (torch's MultiplicativeLR,
            whose first value is never asked for). Default False.

    Raises:
        ScheduleError: a value that is no multiplier, or more points than a text may hold.

    >>> s = tabulated(lambda t: min(1, t / 10), horizon=100)
    >>> s
    piecewise([10, 100], [0, 1, 1])
    >>> p = s.over(100)
    >>> p(0), p(5), p(10), p(100), p(500)
    (0.0, 0.5, 1.0, 1.0, 1.0)
    >>> tabulated(lambda t: 0.5, horizon=3, compounding=True).over(3).values().tolist()
    [1.0, 0.5, 0.25]
    """
    steps = whole(horizon, "horizon")
    allowed = multiplier(tolerance, "tolerance")
    if compounding:
        factors = (multiplier(function(t), f"the factor of step {t}") for t in range(1, steps + 1))
        values = list(accumulate(factors, mul, initial=1.0))
    else:
        values = [multiplier(function(t), f"the value of step {t}") for t in range(steps + 1)]
    schedule = joined(values, allowed)
    if len(repr(schedule)) > MOST_CHARACTERS:
        raise ScheduleError(
            "the function has too many corners",
            value=f"a text of {len(repr(schedule)):,} characters",
            rule=f"the text of a schedule has at most {MOST_CHARACTERS:,} characters",
            fix="a larger tolerance, or a Recipe of your own (CONTRIBUTING.md)",
        )
    return schedule
