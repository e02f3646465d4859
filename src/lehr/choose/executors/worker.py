"""A worker process: trains the segments it is sent, and never outlives its driver."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors.workplace import Workplace
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import LehrError, ProblemError
from lehr.training import ProblemSource

_WATCH = 0.5


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a driver sends to a worker; the answer is a `SegmentResult` or the error.

    Attributes:
        source: the problem; the same one in every task that a worker gets.
        digest: the source's when the study began.
        checkpoints: where checkpoints are kept.
        segment: what is to be trained.
    """

    source: ProblemSource
    digest: str
    checkpoints: Checkpoints
    segment: Segment


def main(descriptor: int, driver: int) -> None:
    """Answer tasks until the driver closes the connection, or dies.

    Args:
        descriptor: file descriptor of the connection to the driver, inherited.
        driver: process id of the driver.
    """
    threading.Thread(target=_die_with, args=(driver,), daemon=True).start()
    # Ctrl-C is the driver's to answer; and a background process may write to any terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.set_inheritable(descriptor, False)
    workplace: Workplace | None = None
    # The end of the connection, whoever waits for whom, is how a driver says goodbye.
    with Connection(descriptor) as connection, contextlib.suppress(EOFError, ConnectionError):
        while True:
            task: Task = connection.recv()
            answer: SegmentResult | LehrError
            try:
                workplace = workplace or _workplace(task)
                answer = workplace.train(task.segment)
            except LehrError as error:
                answer = error
            connection.send(answer)


def _workplace(task: Task) -> Workplace:
    """Load the problem, if it still is the one that the study began with."""
    problem = task.source.load()
    if task.source.digest != task.digest:
        raise ProblemError(
            "the problem was changed while it was being trained",
            value=task.source.text,
            rule="a study is of one problem from its beginning to its end",
            fix="undo the change and run the same command again, or start over with `--fresh`",
        )
    return Workplace(problem, task.checkpoints)


def _die_with(driver: int) -> None:
    """End this process, and all it has started, when the driver is no longer its parent."""
    while os.getppid() == driver:
        time.sleep(_WATCH)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
