"""Runs that gave nothing to compare: training diverged, or it was healthy and nothing measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from lehr.choose.outcome import Outcome

LOOK = "training was healthy, so look at how the objective is computed"
"""What to do where it is only the metric that is not finite."""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """How many of some runs gave nothing to compare, and why.

    Attributes:
        runs: how many there were.
        diverged: of those, training was given up.
        unmeasured: of those, training was healthy but the metric not finite.
    """

    runs: int
    diverged: int
    unmeasured: int

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Self:
        """Count among what some runs gave; one that reached the study's target is not lost."""
        known = list(outcomes)
        return cls(
            runs=len(known),
            diverged=sum(one.diverged for one in known),
            unmeasured=sum(one.unmeasured for one in known),
        )

    @property
    def count(self) -> int:
        """How many were lost, in either way."""
        return self.diverged + self.unmeasured

    def words(self, metric: str) -> str:
        """Say it after the candidate's name.

        >>> Lost(runs=3, diverged=1, unmeasured=0).words("loss")
        'diverged on 1'
        >>> Lost(runs=3, diverged=1, unmeasured=2).words("loss")
        'diverged on 1 and had no finite loss on 2'
        >>> Lost(runs=3, diverged=0, unmeasured=3).words("loss")
        'had no finite loss on any'
        >>> Lost(runs=3, diverged=0, unmeasured=0).words("loss")
        'had a finite loss on all'
        """
        if not self.count:
            return f"had a finite {metric} on all"
        told: list[str] = []
        if self.diverged:
            told.append(f"diverged on {'all' if self.diverged == self.runs else self.diverged}")
        if self.unmeasured:
            count = "any" if self.unmeasured == self.runs else self.unmeasured
            told.append(f"had no finite {metric} on {count}")
        return " and ".join(told)

    def fate(self, metric: str) -> str:
        """Say what became of them, where all were lost.

        >>> Lost(runs=3, diverged=3, unmeasured=0).fate("loss")
        'diverged'
        >>> Lost(runs=3, diverged=1, unmeasured=2).fate("loss")
        'diverged or had no finite loss'
        """
        ways = (("diverged", self.diverged), (f"had no finite {metric}", self.runs - self.diverged))
        return " or ".join(way for way, count in ways if count)
