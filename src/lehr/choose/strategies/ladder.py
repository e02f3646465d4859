"""The peak lrs a search may try: rungs of a geometric ladder, half a rung apart at the finest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lehr.errors import UsageError

RATIO = 4.0
COARSE_AT_MOST = 7
NARROWEST = 1.01
"""Ends nearer than that leave rungs that six digits do not tell apart, or that nobody could."""


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Peak lrs `origin · ratio^(rung/2)`; even rungs are the coarse ladder.

    Args:
        origin: the peak lr of rung 0.
        ratio: between neighbouring coarse rungs.
        first: lowest rung that may be tried; None: no limit.
        last: highest rung that may be tried; None: no limit.
        end: peak lr of that rung, which rounding could put beyond the limit.

    >>> ladder = Ladder.around(0.1)
    >>> [ladder.lr(rung) for rung in ladder.coarse(3)]
    [0.025, 0.1, 0.4]
    """

    origin: float
    ratio: float = RATIO
    first: int | None = None
    last: int | None = None
    end: float | None = None

    @classmethod
    def around(cls, lr: float, lr_range: tuple[float, float] | None = None) -> Ladder:
        """Put a ladder around a customary lr, or fill a given range from end to end.

        Raises:
            UsageError: the range is not two positive finite numbers, the lower first and one per
                cent below the other at least.
        """
        if lr_range is None:
            return cls(origin=lr)
        low, high = lr_range
        if not (0 < low < high < math.inf):
            raise UsageError(
                "the range of peak lrs is not possible",
                value=f"lr_range = {low!r} to {high!r}",
                rule="two positive finite numbers, the lower first",
                fix="for example --lr-range 1e-4 1e-1",
            )
        if high / low < NARROWEST:
            raise UsageError(
                "the range of peak lrs is too narrow to search in",
                value=f"lr_range = {low!r} to {high!r}",
                rule=f"the higher is at least {NARROWEST:g} times the lower",
                fix=f"for example --lr-range {low / 2:.3g} {high * 2:.3g}",
            )
        wanted = math.ceil(math.log(high / low, RATIO) - 1e-9)
        intervals = min(max(wanted, 2), COARSE_AT_MOST - 1)
        ratio = (high / low) ** (1 / intervals)
        return cls(origin=low, ratio=ratio, first=0, last=2 * intervals, end=high)

    def lr(self, rung: int) -> float:
        """The peak lr of a rung; unless it was given, to six digits, so that it can be typed."""
        if rung == 0:
            return self.origin
        if rung == self.last and self.end is not None:
            return self.end
        return float(f"{self.origin * self.ratio ** (rung / 2):.6g}")

    def nearest(self, lr: float) -> int:
        """The coarse rung whose peak lr is nearest to `lr`, as a ratio."""
        return 2 * round(math.log(lr / self.origin) / math.log(self.ratio))

    def closest(self, lr: float) -> int:
        """The rung whose peak lr is closest to `lr`, as a ratio, within the limits."""
        rung = round(2 * math.log(lr / self.origin) / math.log(self.ratio))
        low = rung if self.first is None else max(rung, self.first)
        return low if self.last is None else min(low, self.last)

    def coarse(self, count: int) -> tuple[int, ...]:
        """At most `count` even rungs, spread evenly over the range or around the origin."""
        if self.first is None or self.last is None:
            return tuple(2 * (place - count // 2) for place in range(count))
        rungs = range(self.first, self.last + 1, 2)
        if len(rungs) <= count:
            return tuple(rungs)
        gaps = max(count - 1, 1)
        return tuple(rungs[round(place * (len(rungs) - 1) / gaps)] for place in range(count))

    def next_rungs(self, scores: Mapping[int, float]) -> tuple[int, ...]:
        """The untried rungs beside the best one; further down where everything diverged.

        The search so walks on while the best is at the end of what was tried.
        """
        best = min(scores, key=lambda rung: (scores[rung], rung))
        if math.isinf(scores[best]):
            lowest = min(scores)
            wanted = (lowest - 2, lowest - 4)
        else:
            wanted = (best - 1, best + 1)
        return tuple(rung for rung in wanted if rung not in scores and self.allows(rung))

    def allows(self, rung: int) -> bool:
        """Whether a rung lies within the limits."""
        above = self.first is None or rung >= self.first
        return above and (self.last is None or rung <= self.last)
