"""The peak lrs that designs choose from: those that runs have seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lehr.errors import UsageError
from lehr.laws.law import Law

COUNT = 7
"""Peak lrs that are tried, evenly spread over the logarithm of what is allowed."""
BEYOND = 1.25
"""How far above the largest peak lr that was seen a design may go; what is beyond may diverge."""


def peaks(law: Law, asked: tuple[float, float] | None) -> list[float]:
    """Return the peak lrs to try, ascending.

    Args:
        law: that was fitted.
        asked: smallest and largest that may be chosen; None: those that the law was fitted on.

    Raises:
        UsageError: no range of peak lrs, or one that reaches more than a quarter above those seen.
    """
    low, high = law.seen_lr if asked is None else asked
    if not 0 < low <= high:
        raise UsageError("not a range of peak lrs", value=f"{low:g} to {high:g}", rule="0 < low")
    if high > BEYOND * law.seen_lr[1] * (1 + 1e-9):
        raise UsageError(
            "no law knows what happens above the peak lrs it has seen",
            value=f"up to {high:g}, seen up to {law.seen_lr[1]:g}",
            rule=f"at most {BEYOND:g} times the largest peak lr of the runs",
            fix="a run at a higher peak lr among the curves, even a short one",
        )
    return [low] if low == high else np.geomspace(low, high, COUNT).tolist()


def safest(law: Law, tried: Sequence[float]) -> float:
    """Return the peak lr of the best run, or what is nearest to it of what may be tried."""
    return min(max(law.best_lr, tried[0]), tried[-1])
