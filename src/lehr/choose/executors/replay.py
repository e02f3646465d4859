"""The executor that trains nothing: it answers from recorded curves.

With it a strategy is tested on real training in milliseconds, and repeated with any seeds for
nothing. Each recorded run must have been evaluated at the steps that are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import final

import numpy as np

from lehr.catalog import names
from lehr.choose.decision import Curve
from lehr.choose.executors.base import Executor
from lehr.choose.executors.serial import nothing_submitted
from lehr.choose.segment import Segment, SegmentResult
from lehr.errors import StudyError
from lehr.schedule import Plan

RunName = tuple[str, float, int]


@final
class ReplayExecutor(Executor):
    """Answers segments from recorded runs.

    Args:
        curves: the recorded runs, for example those of a `StudyRecord`.
        seeds: seed asked for -> seed recorded, so that a study can be repeated on other
            recorded seeds; a seed that is not named stands for itself.
    """

    def __init__(self, curves: Iterable[Curve], seeds: Mapping[int, int] | None = None) -> None:
        self._curves = {run_name(curve): curve for curve in curves}
        self._seeds = dict(seeds or {})
        self._waiting: list[Segment] = []

    @property
    def slots(self) -> int:
        """One: recorded runs take no time."""
        return 1

    def submit(self, segment: Segment) -> None:
        """Take a segment."""
        self._waiting.append(segment)

    def collect(self) -> SegmentResult:
        """Look up the segment that was submitted first.

        Raises:
            StudyError: the run, or one of the steps to be evaluated, was not recorded.
        """
        if not self._waiting:
            raise nothing_submitted()
        segment = self._waiting.pop(0)
        seed = self._seeds.get(segment.seed, segment.seed)
        curve = self._curves.get((segment.multipliers.plan, segment.peak_lr, seed))
        if curve is None:
            raise _not_recorded(
                f"{segment.multipliers.plan} at peak lr {segment.peak_lr:.6g}, seed {seed}"
            )
        return replay(curve, segment)

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


def replay(curve: Curve, segment: Segment) -> SegmentResult:
    """Cut a segment out of a recorded run.

    Args:
        curve: the run.
        segment: which steps; its `evaluate_at` must have been recorded as far as the run went.

    Raises:
        StudyError: a step to be evaluated was not recorded.
    """
    end = curve.loss_steps[-1] + 1 if curve.diverged and curve.loss_steps else segment.stop
    diverged_at = end if curve.diverged and end <= segment.stop else None
    steps = np.arange(segment.start, min(end, segment.stop))
    heights = [np.nan if loss is None else loss for loss in curve.losses]
    losses = np.interp(steps, curve.loss_steps, heights) if curve.loss_steps else np.empty(0)
    rows = {step: place for place, step in enumerate(curve.metric_steps)}
    metrics: list[tuple[int, dict[str, float]]] = []
    for step in segment.evaluate_at:
        if diverged_at is not None and step >= diverged_at:
            break
        if step not in rows:
            raise _not_recorded(f"step {step} of {curve.schedule} at {curve.peak_lr:.6g}")
        values = {name: column[rows[step]] for name, column in curve.metrics.items()}
        metrics.append(
            (step, {name: np.nan if value is None else value for name, value in values.items()})
        )
    return SegmentResult(
        key=segment.key,
        losses=losses.astype(np.float64),
        metrics=tuple(metrics),
        diverged_at=diverged_at,
        saved=False,
        seconds=0.0,
    )


def run_name(curve: Curve) -> RunName:
    """What a recorded run is found by: its plan's text, its peak lr and its seed."""
    return repr(Plan.from_texts(curve.plan, names())), curve.peak_lr, curve.seed


def _not_recorded(what: str) -> StudyError:
    return StudyError(
        "a replayed study asks for what was not recorded",
        value=what,
        rule="every run and every evaluated step that is asked for is among the recorded ones",
        fix="record it, or give the strategy the recorded schedules, peak lrs and marks",
    )
