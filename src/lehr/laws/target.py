"""How many steps a schedule needs until its run ends at a loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from lehr.errors import ScheduleError, UsageError
from lehr.laws.law import WITHIN, Law, Prediction
from lehr.schedule import Schedule

FARTHEST = 20
"""Times the longest run seen, beyond which no law is asked."""
HORIZONS = 40
"""Horizons that are tried, evenly spread over their logarithm, before the first is narrowed."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Horizons after which a run is expected to end at the loss.

    Attributes:
        horizon: the fewest steps by the expected loss; None if not within `FARTHEST` times the
            longest run that was seen.
        low: the fewest if the run ends as low as nine of ten intervals allow; None likewise.
        high: the fewest if it ends as high as they allow; None likewise.
    """

    horizon: int | None
    low: int | None
    high: int | None


def steps_to(law: Law, loss: float, schedule: Schedule, peak_lr: float) -> Reach:
    """Find the shortest run of a schedule that ends at a loss.

    A schedule of shares ("20%") keeps its form as the horizon grows; phases of a number of steps
    keep that number. Horizons a fifth apart are tried, so of a schedule whose longer runs may end
    higher (one that repeats) a shorter run may be missed.

    Args:
        law: fitted on runs of the same model and data.
        loss: to end at, above 0.
        schedule: what is run.
        peak_lr: what it multiplies.

    Raises:
        UsageError: a loss or a peak lr that is none.
        ScheduleError: a schedule that fits into no horizon that is asked about.

    >>> from lehr.laws import Curve, fit
    >>> from lehr.schedule import constant
    >>> steps = np.arange(100, 2001, 100)
    >>> law = fit([Curve(steps=steps, loss=2 + steps**-0.5, lr=np.full(2000, 1e-3))], "chinchilla")
    >>> abs(steps_to(law, 2.02, constant(), 1e-3).horizon - 2_500) <= 5
    True
    """
    for name, value in (("loss", loss), ("peak lr", peak_lr)):
        if not (np.isfinite(value) and value > 0):
            raise UsageError(f"not a {name}", value=f"{value:g}", rule="above 0")
    last = FARTHEST * law.seen_steps
    tried = np.unique(np.geomspace(1, last, HORIZONS).round()).astype(int).tolist()

    @cache
    def end(horizon: int) -> Prediction | None:
        """Return the loss at the end; None if the schedule does not fit or trains nothing."""
        try:
            lr = peak_lr * schedule.over(horizon).values()
        except ScheduleError:
            return None
        return law.predict(lr, [horizon]) if lr.any() else None

    if all(end(horizon) is None for horizon in tried):
        schedule.over(last)  # says why

    def fewest(sds: float) -> int | None:
        """Return the first horizon whose end, so many sds from the mean, is low enough."""

        def there(horizon: int) -> bool:
            said = end(horizon)
            return said is not None and float(said.quantile(sds)[0]) <= loss

        place = next((place for place, horizon in enumerate(tried) if there(horizon)), None)
        if place is None:
            return None
        low, high = tried[place - 1] if place else 0, tried[place]
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if there(middle) else (middle, high)
        return high

    return Reach(horizon=fewest(0.0), low=fewest(-WITHIN), high=fewest(WITHIN))
