"""Where segments are trained one after another: the run at hand, and what goes wrong with it."""

from __future__ import annotations

import time
import traceback
from typing import final

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import CheckpointError, ProblemError
from lehr.training import Problem, Run, set_threads, train_stretch
from lehr.training.user_code import last_lines


@final
class Workplace:
    """Trains segments of one problem in this process, and keeps the last run where it stands.

    A segment that starts where that run stands continues it, which gives the same bits as loading
    its parent's checkpoint and saves the time. The process gets the problem's number of threads.
    """

    def __init__(self, problem: Problem, checkpoints: Checkpoints) -> None:
        set_threads(problem)
        self._problem = problem
        self._checkpoints = checkpoints
        self._run: Run | None = None
        self.stands_at: str | None = None

    def train(self, segment: Segment) -> SegmentResult:
        """Train a segment.

        Raises:
            ProblemError: the problem's own code raised.
            CheckpointError: the parent's checkpoint is missing or altered; it is removed. Or the
                segment's own could not be written.
        """
        live = self._run if self.stands_at == segment.parent else None
        self._run = self.stands_at = None
        try:
            result, run = train_segment(self._problem, segment, self._checkpoints, live)
        except (ProblemError, CheckpointError):
            raise
        except (Exception, SystemExit) as error:
            raise own_code(segment, error) from error
        if result.diverged_at is None:
            self._run, self.stands_at = run, segment.key
        return result


def train_segment(
    problem: Problem, segment: Segment, checkpoints: Checkpoints, live: Run | None = None
) -> tuple[SegmentResult, Run]:
    """Train one segment and save its checkpoint if that is wanted.

    Args:
        problem: what is trained.
        segment: which steps of which run.
        checkpoints: where the parent's checkpoint lies, and the segment's own will.
        live: a run that stands at the end of the segment's parent; without one, the parent's
            checkpoint is loaded, or a run started.

    Returns:
        the result, and the run as it stands at the end of the segment.

    Raises:
        CheckpointError: the parent's checkpoint is missing or altered; it is removed.
        ProblemError: the run is not at the segment's first step.
    """
    began = time.perf_counter()
    run = live if live is not None else reach(problem, segment, checkpoints)
    if run.step != segment.start:
        raise ProblemError(
            "a run is not at the step at which it was left",
            value=f"step {run.step}, left at {segment.start}",
            rule="load() restores what save() kept, the step included",
        )
    stretch = train_stretch(
        run,
        segment.multipliers,
        segment.peak_lr,
        segment.evaluate_at,
        segment.history,
        segment.multipliers.horizon,
    )
    saved = segment.save and stretch.diverged_at is None
    if saved and not checkpoints.has(segment.key):
        run.save(checkpoints.path(segment.key))
    result = SegmentResult(
        key=segment.key,
        losses=stretch.losses,
        metrics=stretch.metrics,
        diverged_at=stretch.diverged_at,
        saved=saved,
        seconds=time.perf_counter() - began,
    )
    return result, run


def reach(problem: Problem, segment: Segment, checkpoints: Checkpoints) -> Run:
    """Start a run, or load the one that the segment continues.

    Raises:
        CheckpointError: the parent's checkpoint is missing or altered; it is removed.
    """
    run = problem.start(segment.seed)
    if segment.parent is None:
        return run
    try:
        run.load(checkpoints.path(segment.parent))
    except CheckpointError as error:
        # Without its name the next attempt sees that these steps have to be trained again.
        checkpoints.evict(segment.parent)
        raise CheckpointError(
            error.problem,
            value=error.value,
            rule=error.rule,
            fix="run the same command again; the steps before it are trained again",
        ) from error
    return run


def own_code(segment: Segment, error: BaseException) -> ProblemError:
    """Say what the problem's own code raised, and in which run."""
    lines = last_lines("".join(traceback.format_exception(error)))
    return ProblemError(
        f"the problem raised {type(error).__name__} in the steps {segment.start} to "
        f"{segment.stop} at peak lr {segment.peak_lr:.6g}, seed {segment.seed}",
        value="\n        ".join(lines),
        fix="mend the problem, and run the same command again",
    )
