"""The cooldowns that designs choose from: a share of the horizon, a power and a floor."""

from __future__ import annotations

from collections.abc import Iterator

from lehr.errors import ScheduleError, UsageError
from lehr.schedule import Schedule, decay, hold, linear, polynomial, warmup

SHARES = ("10%", "20%", "30%", "40%", "50%", "60%", "70%", "80%", "90%")
"""Lengths that are tried; `linear()` after the warmup is the longest."""
POWERS = (1.0, 1.5, 2.0)
FLOORS = (0.0, 0.03, 0.1)


def warmed(steps: int, tail: Schedule) -> Schedule:
    """Return a schedule after a warmup of some steps, none of 0."""
    return warmup(steps) >> tail if steps else tail


def warmup_for(horizon: int, steps: int | None) -> int:
    """Return the steps of a run's warmup.

    Args:
        horizon: optimizer steps of the run.
        steps: what was asked for; None: 1 % of the horizon, and at least one.

    Raises:
        UsageError: it leaves no step to design.

    >>> warmup_for(1_000, None), warmup_for(1_000, 0)
    (10, 0)
    """
    warm = max(1, round(0.01 * horizon)) if steps is None else steps
    if warm >= horizon:
        raise UsageError(
            "the warmup leaves nothing to design",
            value=f"{warm} of {horizon} steps",
            rule="a warmup is shorter than the run",
            fix=f"a warmup of at most {horizon - 1} steps" if horizon > 1 else "a longer horizon",
        )
    return warm


def cooldowns(share: str, warm: int, steps: int) -> Iterator[Schedule]:
    """Yield every warmup, hold and cooldown of one length that fits.

    Args:
        share: length of the cooldown, as a part of all steps.
        warm: steps of the warmup, 0 for none.
        steps: of warmup, hold and cooldown.

    >>> len(list(cooldowns("20%", 100, 1000))), list(cooldowns("90%", 100, 1000))
    (10, [])
    """
    if not fits(warmed(warm, hold() >> linear(share)), steps):
        return
    tails = [polynomial(share, power=power, final=end) for power in POWERS for end in FLOORS]
    for tail in (*tails, decay(share, shape="1-sqrt")):
        yield warmed(warm, hold() >> tail)


def fits(schedule: Schedule, steps: int) -> bool:
    """Say whether a schedule finds room in so many steps."""
    try:
        schedule.over(steps)
    except ScheduleError:
        return False
    return True
