"""Executors: who trains the segments of a study, and where."""

from __future__ import annotations

import os
from pathlib import Path

from lehr.choose.checkpoints import Checkpoints
from lehr.choose.executors.base import Executor
from lehr.choose.executors.processes import ProcessesExecutor
from lehr.choose.executors.serial import SerialExecutor
from lehr.choose.executors.stacked import StackedExecutor
from lehr.errors import UsageError, did_you_mean
from lehr.training import Problem, ProblemSource

__all__ = [
    "EXECUTORS",
    "Executor",
    "ProcessesExecutor",
    "SerialExecutor",
    "StackedExecutor",
    "cpus",
    "open_executor",
    "slots_of",
]

EXECUTORS = ("serial", "processes", "stacked")
"""Names that `open_executor` knows."""


def open_executor(
    name: str,
    source: ProblemSource,
    *,
    problem: Problem,
    checkpoints: Path,
    workers: int | None = None,
) -> Executor:
    """Make the executor `name` for a problem.

    Args:
        name: one of `EXECUTORS`.
        source: where worker processes load the problem from.
        problem: the same problem, loaded.
        checkpoints: the directory of checkpoints.
        workers: processes at once; None: one for every `problem.threads` CPUs.

    Raises:
        UsageError: there is no such executor, or not with so many workers, or not for this problem.
    """
    slots = slots_of(name, threads=problem.threads, workers=workers)
    if name == "serial":
        return SerialExecutor(problem, Checkpoints(checkpoints))
    if name == "stacked":
        return StackedExecutor(problem, Checkpoints(checkpoints))
    return ProcessesExecutor(source, Checkpoints(checkpoints), workers=slots)


def slots_of(name: str, *, threads: int, workers: int | None = None) -> int:
    """How many times as fast as one run after another the executor `name` surely trains.

    What a program of many runs gains depends on the problem; nothing is counted on.

    Raises:
        UsageError: there is no such executor, or not with so many workers.
    """
    if name not in EXECUTORS:
        raise UsageError(
            "there is no such executor",
            value=repr(name),
            rule=did_you_mean(name, EXECUTORS),
            fix="--executor processes",
        )
    if workers is not None and workers < 1:
        raise UsageError(
            "the number of workers is not possible",
            value=f"workers = {workers}",
            rule="at least one process",
            fix="--workers 1, or leave it out",
        )
    if name == "processes":
        return max(1, cpus() // threads) if workers is None else workers
    if workers not in (None, 1):
        raise UsageError(
            f"the {name} executor has one worker",
            value=f"workers = {workers}",
            rule="several workers are several processes",
            fix="--executor processes",
        )
    return 1


def cpus() -> int:
    """How many CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
