"""Trains a round: every distinct segment once, parents first, and nothing that is already known."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lehr.choose.candidate import Candidate, Request
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.decision import Target
from lehr.choose.executors.base import Executor
from lehr.choose.ledger import Ledger
from lehr.choose.progress import Progress
from lehr.choose.segment import NO_LOSSES, Segment, SegmentResult
from lehr.choose.strategies.base import Outcome, Round
from lehr.choose.target import steps_to_target
from lehr.choose.tree import SegmentTree
from lehr.errors import CheckpointError

ATTEMPTS = 3
"""How often a round is tried where checkpoints turn out to be damaged."""


class Results(Protocol):
    """Where results are kept: the study store, or a `Memory`."""

    def result(self, key: str) -> SegmentResult | None:
        """The result of a segment, None if it is not known."""
        ...

    def put_result(self, segment: Segment, result: SegmentResult) -> None:
        """Keep a result."""
        ...


class Memory:
    """Keeps results as long as it lives; for replays, which have nothing to resume."""

    def __init__(self) -> None:
        self._results: dict[str, SegmentResult] = {}

    def result(self, key: str) -> SegmentResult | None:
        """The result of a segment, None if it is not known."""
        return self._results.get(key)

    def put_result(self, segment: Segment, result: SegmentResult) -> None:
        """Keep a result."""
        self._results[segment.key] = result


class Trainer:
    """Answers rounds from the store where it can, and through an executor where it must.

    Args:
        tree: how runs are cut into segments.
        store: where results are kept; a result there is never trained again.
        checkpoints: where segments start from.
        executor: who trains.
        objective: the metric that outcomes carry.
        quota: bytes that checkpoints may take; None: no limit. A checkpoint evicted for want of
            room is made again from an earlier one, which costs time but changes no result.
        progress: who watches.
        target: what outcomes say the steps to; None: none.
    """

    def __init__(
        self,
        tree: SegmentTree,
        *,
        store: Results,
        checkpoints: Checkpoints,
        executor: Executor,
        objective: str,
        quota: int | None,
        progress: Progress,
        target: Target | None = None,
    ) -> None:
        self._tree = tree
        self._store = store
        self._checkpoints = checkpoints
        self._executor = executor
        self._objective = objective
        self._quota = quota
        self._progress = progress
        self._target = target
        self.ledger = Ledger(tree)
        self._results: dict[str, SegmentResult] = {}
        self.asked: dict[Request, Outcome] = {}

    def train(self, round_: Round) -> Mapping[Request, Outcome]:
        """Train a round's requests and return what each gave."""
        self.ledger.pay(round_.requests)
        todo = self._missing(round_.requests)
        self._progress.stage(round_.name, steps_of(todo.values()))
        for attempt in range(ATTEMPTS):
            try:
                self._run(todo, round_.alive)
                break
            except CheckpointError as error:
                if attempt == ATTEMPTS - 1:
                    raise
                self._progress.note(f"{error.problem}; training again from an earlier checkpoint")
                todo = self._missing(round_.requests)
        outcomes = {request: self._outcome(request) for request in round_.requests}
        self.asked |= outcomes
        return outcomes

    def checkpoint(self, request: Request) -> Path | None:
        """Where the last weights of a trained run lie; made again where they were evicted.

        None where runs leave no checkpoints.
        """
        if not self._tree.shared:
            return None
        path = self._tree.path(request)
        last = path[-1].key
        if not self._checkpoints.has(last):
            todo = self._from_checkpoint(path, len(path) - 1)
            self._progress.stage("make the weights again", steps_of(todo.values()))
            self._run(todo, {(request.candidate, request.seed)}, spared=last)
        return self._checkpoints.path(last)

    def losses(self, request: Request) -> NDArray[np.float64]:
        """Training losses of a request's run, one a step, shorter where it diverged."""
        trained = self._trained(self._tree.path(request))
        return np.concatenate([NO_LOSSES, *(result.losses for result in trained)])

    def metrics(self, request: Request) -> list[tuple[int, dict[str, float]]]:
        """The evaluations of a request's run, in order."""
        trained = self._trained(self._tree.path(request))
        return [evaluation for result in trained for evaluation in result.metrics]

    def _outcome(self, request: Request) -> Outcome:
        path = self._tree.path(request)
        trained = self._trained(path)
        diverged = len(trained) < len(path) or trained[-1].diverged_at is not None
        objective = None if diverged else _finite(trained[-1].metrics[-1][1][self._objective])
        reached = None
        if self._target is not None:
            evaluations = [evaluation for result in trained for evaluation in result.metrics]
            reached = steps_to_target(evaluations, self._target)
        return Outcome(objective=objective, diverged=diverged, steps_to_target=reached)

    def _trained(self, path: Sequence[Segment]) -> list[SegmentResult]:
        """Results along a path, up to and with the segment that diverged."""
        results: list[SegmentResult] = []
        for segment in path:
            result = self._result(segment.key)
            if result is None:
                break
            results.append(result)
            if result.diverged_at is not None:
                break
        return results

    def _result(self, key: str) -> SegmentResult | None:
        if key not in self._results:
            stored = self._store.result(key)
            if stored is None:
                return None
            self._results[key] = stored
        return self._results[key]

    def _missing(self, requests: Iterable[Request]) -> dict[str, Segment]:
        """Segments to train, parents first; with them, ancestors whose checkpoints are gone."""
        todo: dict[str, Segment] = {}
        for request in requests:
            path = self._tree.path(request)
            known = self._trained(path)
            over = bool(known) and known[-1].diverged_at is not None
            if not over and len(known) < len(path):
                todo |= self._from_checkpoint(path, len(known))
        return todo

    def _from_checkpoint(self, path: Sequence[Segment], wanted: int) -> dict[str, Segment]:
        """The segments of a path after its last checkpoint before the segment `wanted`."""
        here = [place for place in range(wanted) if self._checkpoints.has(path[place].key)]
        first = here[-1] + 1 if here else 0
        return {segment.key: segment for segment in path[first:]}

    def _run(
        self,
        todo: dict[str, Segment],
        alive: Collection[tuple[Candidate, int]],
        spared: str | None = None,
    ) -> None:
        """Keep the executor busy until nothing that can be trained is left.

        Children of what has just finished go first, so that a worker continues the run it holds.
        """
        waiting = dict(todo)
        running: dict[str, Segment] = {}
        finished: set[str] = set()
        while True:
            ready = [
                segment
                for segment in waiting.values()
                if segment.parent is None
                or segment.parent in finished
                or segment.parent not in todo
            ]
            ready.sort(key=lambda segment: segment.parent not in finished)
            for segment in ready[: self._executor.slots - len(running)]:
                del waiting[segment.key]
                running[segment.key] = segment
                self._executor.submit(dataclasses.replace(segment, history=self._before(segment)))
            if not running:
                return
            try:
                result = self._collect(running)
            except CheckpointError:
                for _ in range(len(running) - 1):
                    with contextlib.suppress(CheckpointError):  # children of the same one
                        self._collect(running)
                raise
            segment = todo[result.key]
            if result.diverged_at is None:
                finished.add(result.key)
            else:
                waiting = self._without_descendants(waiting, result.key, segment)
            self._evict(waiting, {*running, spared}, alive)

    def _collect(self, running: dict[str, Segment]) -> SegmentResult:
        """Wait for a result and keep it."""
        result = self._executor.collect()
        segment = running.pop(result.key)
        self._store.put_result(segment, result)
        self._results.setdefault(result.key, result)
        self._progress.advanced(len(segment.multipliers))
        return result

    def _without_descendants(
        self, waiting: Mapping[str, Segment], lost: str, segment: Segment
    ) -> dict[str, Segment]:
        """Drop what can no longer be trained because an ancestor diverged."""
        gone = {lost}
        for child in waiting.values():
            if child.parent in gone:
                gone.add(child.key)
        self._progress.advanced(steps_of(waiting[key] for key in gone if key in waiting))
        self._progress.note(
            f"peak lr {segment.peak_lr:.6g}, seed {segment.seed}: diverged before step "
            f"{segment.stop}; the run ends there"
        )
        return {key: child for key, child in waiting.items() if key not in gone}

    def _before(self, segment: Segment) -> NDArray[np.float64]:
        """The training losses of all steps before a segment."""
        parts: list[NDArray[np.float64]] = []
        parent = segment.parent
        while parent is not None:
            result = self._result(parent)
            if result is None:
                break
            parts.append(result.losses)
            parent = self._tree.parents[parent]
        return np.concatenate([NO_LOSSES, *reversed(parts)])

    def _evict(
        self,
        waiting: Mapping[str, Segment],
        spared: Collection[str | None],
        alive: Collection[tuple[Candidate, int]],
    ) -> None:
        """Drop the checkpoints that nothing to come starts from, then those beyond the quota.

        A segment that is being trained is spared with its parent: it may just have been saved.
        """
        parents = {self._tree.parents.get(key) for key in spared if key is not None}
        in_use = {*spared, *parents, *(segment.parent for segment in waiting.values())}
        needed = {key for run in alive if (key := self._deepest(*run)) is not None}
        for key in self._checkpoints.keys() - in_use - needed:
            self._checkpoints.evict(key)
        if self._quota is None:
            return
        for key in sorted(self._checkpoints.keys() - in_use):
            if self._checkpoints.bytes() <= self._quota:
                return
            self._checkpoints.evict(key)

    def _deepest(self, candidate: Candidate, seed: int) -> str | None:
        """The last segment of a run that has been trained: where it would go on from."""
        whole = Request(candidate=candidate, seed=seed, until=self._tree.horizon, stage="full")
        trained = self._trained(self._tree.path(whole))
        return trained[-1].key if trained else None


def steps_of(segments: Iterable[Segment]) -> int:
    """Optimizer steps of some segments."""
    return sum(len(segment.multipliers) for segment in segments)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
