"""What became of two candidates' runs on the fresh seeds that they share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from lehr.choose.decision import Decision, RunRecord
from lehr.report.evidence import Trained, key


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
    def of(cls, runs: Iterable[RunRecord]) -> Self:
        """Count among the runs of one candidate."""
        known = list(runs)
        diverged = sum(run.diverged for run in known)
        lost = sum(run.objective is None and run.metric is None for run in known)
        return cls(runs=len(known), diverged=diverged, unmeasured=max(lost - diverged, 0))

    @property
    def some(self) -> bool:
        """Whether any was lost."""
        return self.diverged + self.unmeasured > 0

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
        if not self.some:
            return f"had a finite {metric} on all"
        told: list[str] = []
        if self.diverged:
            told.append(f"diverged on {'all' if self.diverged == self.runs else self.diverged}")
        if self.unmeasured:
            count = "any" if self.unmeasured == self.runs else self.unmeasured
            told.append(f"had no finite {metric} on {count}")
        return " and ".join(told)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A choice and its rival on the fresh seeds on which both were trained, one seed at least."""

    seeds: int
    ours: Lost
    other: Lost

    @property
    def lost(self) -> bool:
        """Whether a run of either gave nothing to compare."""
        return self.ours.some or self.other.some


def compared(decision: Decision, rival: Trained | None) -> Compared | None:
    """Look at a decision's choice and a rival; None where they share no fresh seed."""
    if rival is None or key(rival) == key(decision):
        return None
    ours, other = _fresh(decision, decision), _fresh(decision, rival)
    shared = ours.keys() & other.keys()
    if not shared:
        return None
    return Compared(
        seeds=len(shared),
        ours=Lost.of(ours[seed] for seed in shared),
        other=Lost.of(other[seed] for seed in shared),
    )


def confirmed(decision: Decision) -> Lost | None:
    """Look at a decision's choice alone; None where it was trained on no fresh seed."""
    runs = _fresh(decision, decision)
    return Lost.of(runs.values()) if runs else None


def _fresh(decision: Decision, candidate: Trained) -> dict[int, RunRecord]:
    """A candidate's confirming runs by their seeds."""
    name = key(candidate)
    return {run.seed: run for run in decision.runs if run.stage == "confirm" and key(run) == name}
