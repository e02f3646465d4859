"""A made-up training for tests of strategies: the loss is a formula of lr, shape, seed and step."""

from __future__ import annotations

import hashlib
import math

import numpy as np

from lehr.choose.executors.base import Executor
from lehr.choose.segment import Segment, SegmentResult


class Landscape(Executor):
    """Answers segments from a formula: a parabola in log lr, and noise per seed.

    Schedules whose text contains `worse` are two per cent worse. Above `edge` times the best peak
    lr a run diverges halfway through its segment.
    """

    def __init__(
        self, best: float = 0.1, *, noise: float = 0.0, edge: float = 30.0, worse: str = "rex"
    ) -> None:
        self.best = best
        self.worse = worse
        self.noise = noise
        self.edge = edge
        self.trained: list[Segment] = []
        self._waiting: list[Segment] = []

    @property
    def slots(self) -> int:
        return 2

    def submit(self, segment: Segment) -> None:
        self._waiting.append(segment)

    def collect(self) -> SegmentResult:
        segment = self._waiting.pop()  # the last first: arrival in another order than submission
        self.trained.append(segment)
        diverges = segment.peak_lr > self.edge * self.best
        count = len(segment.multipliers)
        losses = np.linspace(2.0, 1.0, count)
        if diverges:
            losses = np.append(losses[: count // 2], np.nan)
        metrics = tuple(
            (step, {"val_loss": self.loss(segment, step)})
            for step in segment.evaluate_at
            if not diverges
        )
        return SegmentResult(
            key=segment.key,
            losses=losses,
            metrics=metrics,
            diverged_at=segment.start + count // 2 if diverges else None,
            saved=False,
            seconds=0.0,
        )

    def close(self) -> None:
        self._waiting.clear()

    def loss(self, segment: Segment, step: int) -> float:
        """Falls with the step; lower the nearer the peak lr is to the best one."""
        octaves = math.log2(segment.peak_lr / self.best)
        shape = 0.02 if self.worse in segment.multipliers.plan else 0.0
        told = f"{segment.seed} {segment.peak_lr} {segment.multipliers.plan} {step}"
        draw = int.from_bytes(hashlib.sha256(told.encode()).digest()[:4]) / 2**32 - 0.5
        return (1 + 0.05 * octaves**2 + shape) * (1 + self.noise * draw) * 100 / (100 + step)
