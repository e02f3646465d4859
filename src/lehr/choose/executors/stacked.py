"""The executor that trains many runs as one program, in this process."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast, final

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors.base import Executor
from lehr.choose.executors.serial import nothing_submitted
from lehr.choose.executors.workplace import Workplace, own_code, reach
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import LehrError, StackingError
from lehr.training import Problem, TorchProblem

if TYPE_CHECKING:
    from lehr.training.torch_run import TorchRun

T = TypeVar("T")

_MOST = 64  # runs in one program: beyond, their numbers leave the caches and nothing is gained
_LEAST = 4  # fewer are faster one by one


@final
class StackedExecutor(Executor):
    """Trains the segments that wait for the same steps as one program.

    For small models, whose steps cost more in dispatch than in arithmetic. Results agree with
    those of the other executors to rounding, not to the bit, so a study trained like this is
    one of its own (`lehr.choose.session.identity`).

    Args:
        problem: what is trained.
        checkpoints: where checkpoints are kept.

    Raises:
        StackingError: runs of this problem cannot be trained as one program; says why.
    """

    def __init__(self, problem: Problem, checkpoints: Checkpoints) -> None:
        self._workplace = Workplace(problem, checkpoints)
        self._problem = problem
        self._checkpoints = checkpoints
        with contextlib.redirect_stdout(sys.stderr):
            self._mixes_seeds = _mixes_seeds(problem)
        self._waiting: list[Segment] = []
        self._done: list[SegmentResult | LehrError] = []
        self._held: dict[str, TorchRun] = {}

    @property
    def slots(self) -> int:
        """The most runs of one program."""
        return _MOST

    def submit(self, segment: Segment) -> None:
        """Take a segment; it is trained with others when it is collected."""
        self._waiting.append(segment)

    def collect(self) -> SegmentResult:
        """Give a result at hand, else train the largest group of segments of the same steps."""
        if not self._done:
            if not self._waiting:
                raise nothing_submitted()
            with contextlib.redirect_stdout(sys.stderr):
                self._train(self._largest_group())
        answer = self._done.pop(0)
        if isinstance(answer, LehrError):
            raise answer
        return answer

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._done.clear()
        self._held.clear()

    def _largest_group(self) -> list[Segment]:
        """Take the segments out of those that wait which can be trained as one."""
        groups: dict[object, list[Segment]] = {}
        for segment in self._waiting:
            seed = None if self._mixes_seeds else segment.seed
            name = segment.start, segment.stop, segment.evaluate_at, seed
            groups.setdefault(name, []).append(segment)
        group = max(groups.values(), key=len)[:_MOST]
        taken = {segment.key for segment in group}
        self._waiting = [segment for segment in self._waiting if segment.key not in taken]
        return group

    def _train(self, group: Sequence[Segment]) -> None:
        """Train a group; what came out, results and errors, waits to be collected."""
        if len(group) < _LEAST:
            self._done += [_answer(self._workplace.train, segment) for segment in group]
            return
        reached = [(segment, _answer(self._reach, segment)) for segment in group]
        self._held.clear()
        self._done += [run for _, run in reached if isinstance(run, LehrError)]
        pairs = [(segment, run) for segment, run in reached if not isinstance(run, LehrError)]
        if not pairs:
            return
        try:
            self._done += self._trained(*zip(*pairs, strict=True))
        except LehrError as error:
            # The first answers for all; the others have not been trained and wait again.
            self._done.append(error)
            self._waiting = [*(segment for segment, _ in pairs[1:]), *self._waiting]

    def _reach(self, segment: Segment) -> TorchRun:
        """Continue a run at hand, or load or start one."""
        held = None if segment.parent is None else self._held.pop(segment.parent, None)
        return held or cast("TorchRun", reach(self._problem, segment, self._checkpoints))

    def _trained(
        self, segments: Sequence[Segment], runs: Sequence[TorchRun]
    ) -> list[SegmentResult]:
        from lehr.training.stacked import train_stretches

        began = time.perf_counter()
        try:
            stretches = train_stretches(
                runs,
                [segment.multipliers for segment in segments],
                [segment.peak_lr for segment in segments],
                segments[0].evaluate_at,
                [segment.history for segment in segments],
                self._problem.steps,
            )
        except LehrError:
            raise
        except (Exception, SystemExit) as error:
            raise own_code(segments[0], error) from error
        results: list[SegmentResult] = []
        for segment, run, stretch in zip(segments, runs, stretches, strict=True):
            saved = segment.save and stretch.diverged_at is None
            if saved and not self._checkpoints.has(segment.key):
                run.save(self._checkpoints.path(segment.key))
            if stretch.diverged_at is None:
                self._held[segment.key] = run
            results.append(
                SegmentResult(
                    key=segment.key,
                    losses=stretch.losses,
                    metrics=stretch.metrics,
                    diverged_at=stretch.diverged_at,
                    saved=saved,
                    seconds=(time.perf_counter() - began) / len(segments),
                )
            )
        return results


def _answer(work: Callable[[Segment], T], segment: Segment) -> T | LehrError:
    """Do the work for a segment; an error is an answer too."""
    try:
        return work(segment)
    except LehrError as error:
        return error


def _mixes_seeds(problem: Problem) -> bool:
    """Whether runs of several seeds can be one program; those of one seed must.

    Raises:
        StackingError: not even those.
    """
    if not isinstance(problem, TorchProblem):
        raise StackingError(
            "only runs of a torch problem can be trained as one program",
            value=f"{problem.name} is a {type(problem).__name__}",
            rule="a problem file that gives a TorchProblem",
            fix="--executor processes",
        )
    from lehr.training.stacked import proof

    peak_lr = problem.baseline[1]
    proof(problem, (0, 0), peak_lr, shared=True)
    try:
        proof(problem, (0, 1), peak_lr, shared=False)
    except StackingError:
        return False
    return True
