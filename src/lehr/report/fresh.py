"""What became of two candidates' runs on the fresh seeds that they share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lehr.choose.decision import Decision, RunRecord
from lehr.choose.lost import Lost
from lehr.report.evidence import Trained, key


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A choice and its rival on the fresh seeds on which both were trained, one seed at least."""

    seeds: int
    ours: Lost
    other: Lost

    @property
    def lost(self) -> bool:
        """Whether a run of either gave nothing to compare."""
        return self.ours.count + self.other.count > 0


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
        ours=_lost(ours[seed] for seed in shared),
        other=_lost(other[seed] for seed in shared),
    )


def confirmed(decision: Decision) -> Lost | None:
    """Look at a decision's choice alone; None where it was trained on no fresh seed."""
    runs = _fresh(decision, decision)
    return _lost(runs.values()) if runs else None


def _fresh(decision: Decision, candidate: Trained) -> dict[int, RunRecord]:
    """A candidate's confirming runs by their seeds."""
    name = key(candidate)
    return {run.seed: run for run in decision.runs if run.stage == "confirm" and key(run) == name}


def _lost(runs: Iterable[RunRecord]) -> Lost:
    known = list(runs)
    diverged = sum(run.diverged for run in known)
    lost = sum(run.objective is None and run.metric is None for run in known)
    return Lost(runs=len(known), diverged=diverged, unmeasured=max(lost - diverged, 0))
