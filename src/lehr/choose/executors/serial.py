"""The executor without other processes: one segment at a time, in this one."""

from __future__ import annotations

import contextlib
import sys
from typing import final

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors.base import Executor
from lehr.choose.executors.workplace import Workplace
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import StudyError
from lehr.training import Problem


@final
class SerialExecutor(Executor):
    """Trains in this process; what the problem prints goes to stderr.

    Args:
        problem: what is trained.
        checkpoints: where checkpoints are kept.
    """

    def __init__(self, problem: Problem, checkpoints: Checkpoints) -> None:
        self._workplace = Workplace(problem, checkpoints)
        self._waiting: list[Segment] = []

    @property
    def slots(self) -> int:
        """One."""
        return 1

    def submit(self, segment: Segment) -> None:
        """Take a segment; it is trained when it is collected."""
        self._waiting.append(segment)

    def collect(self) -> SegmentResult:
        """Train a segment: one that continues the run at hand, else the first submitted."""
        if not self._waiting:
            raise nothing_submitted()
        held = self._workplace.stands_at
        place = next(
            (p for p, s in enumerate(self._waiting) if held is not None and s.parent == held), 0
        )
        with contextlib.redirect_stdout(sys.stderr):
            return self._workplace.train(self._waiting.pop(place))

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


def nothing_submitted() -> StudyError:
    """Explain a `collect` that would wait for ever."""
    return StudyError(
        "there is nothing to collect",
        value="no segment waits or is being trained",
        rule="each collect() follows a submit()",
    )
