"""The segment tree: which stretches of training several runs share, exactly.

A run is cut at a fixed set of steps: where plans of the study part, where strategies compare, and
every tenth of the horizon (so that an interruption loses little). Each stretch between two cuts is
a segment, named by a hash of everything that determines the weights at its end: the seed, the peak
lr and every multiplier from step 0 on. Runs that agree up to a cut thus name the same segments, and
the tree needs no bookkeeping: sharing is equality of names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from lehr.choose.candidate import Candidate, Request
from lehr.choose.segment import Segment
from lehr.schedule import Multipliers, Plan

PIECES = 10


class SegmentTree:
    """Cuts runs into segments.

    Args:
        plans: every plan the study may ask for; runs are cut where two of them part.
        horizon: optimizer steps of a full run.
        marks: steps at which runs are compared.
        evaluate_every: steps between evaluations; marks are evaluated too.
        shared: False trains each request from step 0 by itself, for problems that cannot be
            forked.
    """

    def __init__(
        self,
        plans: Iterable[Plan],
        *,
        horizon: int,
        marks: Sequence[int],
        evaluate_every: int,
        shared: bool = True,
    ) -> None:
        self.horizon = horizon
        self.shared = shared
        tenths = {round(horizon * piece / PIECES) for piece in range(1, PIECES + 1)}
        steps = tenths | set(marks) | partings(plans, horizon)
        self.cuts = tuple(sorted(step for step in steps if 0 < step <= horizon))
        grid = {*range(evaluate_every, horizon + 1, evaluate_every), *marks, horizon}
        self.evaluations = tuple(sorted(step for step in grid if 0 < step <= horizon))
        self.parents: dict[str, str | None] = {}
        self._paths: dict[tuple[Candidate, int, int], tuple[Segment, ...]] = {}

    def path(self, request: Request) -> tuple[Segment, ...]:
        """The chain of segments from step 0 to the request's last step."""
        run = (request.candidate, request.seed, request.until)
        if run not in self._paths:
            self._paths[run] = self._cut(*run)
        return self._paths[run]

    def distinct(self, requests: Iterable[Request]) -> dict[str, Segment]:
        """The segments of all requests, each once, parents before children."""
        return {segment.key: segment for request in requests for segment in self.path(request)}

    def _cut(self, candidate: Candidate, seed: int, until: int) -> tuple[Segment, ...]:
        multipliers = candidate.plan.over(self.horizon).multipliers(0, until)
        stops = [step for step in self.cuts if step < until] if self.shared else []
        content = hashlib.sha256(_heading(candidate, seed, multipliers, shared=self.shared))
        segments: list[Segment] = []
        start, parent = 0, None
        for stop in (*stops, until):
            stretch = multipliers[start:stop]
            content.update(_rows(stretch))
            evaluate_at = tuple(step for step in self.evaluations if start < step <= stop)
            key = hashlib.sha256(
                f"{content.hexdigest()} {start} {evaluate_at}".encode()
            ).hexdigest()
            segments.append(
                Segment(
                    key=key,
                    parent=parent,
                    seed=seed,
                    peak_lr=candidate.peak_lr,
                    start=start,
                    stop=stop,
                    multipliers=stretch,
                    evaluate_at=evaluate_at,
                    save=self.shared,
                )
            )
            self.parents[key] = parent
            start, parent = stop, key
        return tuple(segments)


def partings(plans: Iterable[Plan], horizon: int) -> set[int]:
    """The steps at which any two plans first differ; after such a step nothing is shared."""
    runs = [plan.over(horizon).multipliers() for plan in dict.fromkeys(plans)]
    return {
        parting(first, second) for place, first in enumerate(runs) for second in runs[place + 1 :]
    }


def parting(first: Multipliers, second: Multipliers) -> int:
    """The first step whose hyper-parameters differ; the length where none does."""
    if set(first.values) != set(second.values) or first.absolute != second.absolute:
        return 0
    differs = np.zeros(len(first), dtype=bool)
    for name, values in first.values.items():
        differs |= values != second.values[name]
    return int(np.argmax(differs)) if differs.any() else len(first)


def _heading(candidate: Candidate, seed: int, multipliers: Multipliers, *, shared: bool) -> bytes:
    kinds = {name: name in multipliers.absolute for name in sorted(multipliers.values)}
    alone = "" if shared else repr(candidate.plan)
    return f"{seed} {candidate.peak_lr.hex()} {kinds} {alone}".encode()


def _rows(stretch: Multipliers) -> bytes:
    """The hyper-parameters step by step, so that the bytes do not depend on where a run is cut."""
    columns = [stretch.values[name] for name in sorted(stretch.values)]
    return np.stack(columns, axis=1).astype("<f8").tobytes()
