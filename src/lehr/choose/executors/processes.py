"""The executor of several processes on this machine."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from multiprocessing.connection import wait
from typing import final

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors.base import Executor
from lehr.choose.executors.serial import nothing_submitted
from lehr.choose.executors.worker import Task
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import LehrError, ProblemError, UsageError
from lehr.training import ProblemSource

_LOOK = 1.0
_GRACE = 1.0
_ATTEMPTS = 2

# The user's script is not the worker's: importing it again, as multiprocessing's spawn does, would
# run a script without a main guard again. So a worker is a plain interpreter of its own, with the
# driver's import path.
_BOOTSTRAP = """
import json, sys
given = json.loads(sys.argv[1])
sys.path[:], sys.argv[:] = given["path"], given["argv"]
from lehr.choose.executors.worker import main
main(given["descriptor"], given["driver"])
"""


@final
class ProcessesExecutor(Executor):
    """Trains in long-lived worker processes, each of which loads the problem once.

    A segment goes to the worker that holds its parent's run, if that one is free. A segment whose
    process died (out of memory, a crash in native code) is tried once more in a fresh one.
    Workers write to stderr only, never see Ctrl-C, and end when this process does, however it
    does.

    Args:
        source: the problem.
        checkpoints: where checkpoints are kept.
        workers: how many processes at most; they are started when they are needed.

    Raises:
        UsageError: fewer than one worker, or a system on which workers cannot be had.
    """

    def __init__(self, source: ProblemSource, checkpoints: Checkpoints, *, workers: int) -> None:
        if workers < 1:
            raise UsageError(
                "the number of workers is not possible",
                value=f"workers = {workers}",
                rule="at least one worker",
                fix="leave it out, and there are as many as the machine has room for",
            )
        if sys.platform == "win32":
            raise UsageError(
                "worker processes need a POSIX system",
                value=sys.platform,
                fix="--executor serial",
            )
        self._source = source
        self._digest = source.digest
        self._checkpoints = checkpoints
        self._slots = workers
        self._workers: list[_Worker] = []
        self._waiting: dict[str, Segment] = {}
        self._deaths: Counter[str] = Counter()

    @property
    def slots(self) -> int:
        """The number of workers."""
        return self._slots

    def submit(self, segment: Segment) -> None:
        """Give a segment to a worker, or let it wait for one."""
        self._waiting[segment.key] = segment
        self._hand_out()

    def collect(self) -> SegmentResult:
        """Wait for the first worker to finish."""
        while True:
            self._hand_out()
            busy = [
                (worker, segment)
                for worker in self._workers
                if (segment := worker.segment) is not None
            ]
            if not busy:
                raise nothing_submitted()
            answered = wait([worker.connection for worker, _ in busy], timeout=_LOOK)
            for worker, segment in busy:
                # A child of a dead worker may keep the connection open, so both are looked at.
                if worker.connection in answered or worker.process.poll() is not None:
                    answer = self._answer(worker, segment)
                    if isinstance(answer, LehrError):
                        raise answer
                    if answer is not None:
                        return answer

    def close(self) -> None:
        """Stop all workers: those at work at once, the others after a moment to tidy up."""
        deadline = time.monotonic() + _GRACE
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            if worker.segment is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.process.wait(max(0.0, deadline - time.monotonic()))
        for worker in self._workers:
            worker.kill()
        self._workers.clear()
        self._waiting.clear()

    def _hand_out(self) -> None:
        """Give waiting segments to free workers."""
        self._workers = [worker for worker in self._workers if not worker.ended_idle()]
        while self._waiting and (match := self._match()) is not None:
            segment, worker = match
            del self._waiting[segment.key]
            worker.take(
                Task(
                    source=self._source,
                    digest=self._digest,
                    checkpoints=self._checkpoints,
                    segment=segment,
                )
            )

    def _match(self) -> tuple[Segment, _Worker] | None:
        """A segment and the free worker that is best placed for it, None if all are busy."""
        free = [worker for worker in self._workers if worker.segment is None]
        for segment in self._waiting.values():
            for worker in free:
                if worker.stands_at is not None and worker.stands_at == segment.parent:
                    return segment, worker
        without_run = [worker for worker in free if worker.stands_at is None]
        if not without_run and len(self._workers) < self._slots:
            without_run = [_Worker()]
            self._workers += without_run
        candidates = without_run or free
        first = next(iter(self._waiting.values()))
        return (first, candidates[0]) if candidates else None

    def _answer(self, worker: _Worker, segment: Segment) -> SegmentResult | LehrError | None:
        """What a worker has to say; None if it died and its segment is tried once more."""
        if worker.process.poll() is not None:
            # Its children hold the connection too; without them, its end can be read.
            worker.kill()
        try:
            answer: SegmentResult | LehrError = worker.connection.recv()
        except (EOFError, OSError):
            worker.kill()
            worker.connection.close()
            self._workers.remove(worker)
            self._deaths[segment.key] += 1
            if self._deaths[segment.key] < _ATTEMPTS:
                self._waiting = {segment.key: segment, **self._waiting}
                return None
            return _died(segment, worker.process.returncode)
        worker.segment = None
        healthy = isinstance(answer, SegmentResult) and answer.diverged_at is None
        worker.stands_at = segment.key if healthy else None
        return answer


class _Worker:
    """A worker process as the driver sees it."""

    def __init__(self) -> None:
        self.segment: Segment | None = None
        self.stands_at: str | None = None
        self.connection, theirs = multiprocessing.Pipe()
        given = {
            "path": [str(place) for place in sys.path],
            "argv": [str(word) for word in sys.argv],
            "descriptor": theirs.fileno(),
            "driver": os.getpid(),
        }
        with theirs:
            # A group of its own: Ctrl-C does not reach it, and it ends with all it has started.
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-P", "-c", _BOOTSTRAP, json.dumps(given)],
                stdin=subprocess.DEVNULL,
                stdout=2,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )

    def take(self, task: Task) -> None:
        """Send a task; that the worker is dead shows when its answer is awaited."""
        self.segment = task.segment
        self.stands_at = None
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def ended_idle(self) -> bool:
        """Whether the process ended while it had nothing to do."""
        if self.segment is not None or self.process.poll() is None:
            return False
        self.kill()
        self.connection.close()
        return True

    def kill(self) -> None:
        """End the process and all it has started, and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _died(segment: Segment, code: int) -> ProblemError:
    if code < 0:
        how = f"killed by {signal.Signals(-code).name}"
        how += ", which is how Linux ends what takes too much memory" if code == -9 else ""
    else:
        how = f"ended with exit code {code}"
    return ProblemError(
        f"the process that trained the steps {segment.start} to {segment.stop} at peak lr "
        f"{segment.peak_lr:.6g}, seed {segment.seed}, died {_ATTEMPTS} times",
        value=how,
        rule="a problem's code neither ends nor crashes its process",
        fix="look at what it wrote to stderr; with fewer workers each has more memory "
        "(--workers 1)",
    )
