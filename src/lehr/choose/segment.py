"""A segment: a stretch of steps that several runs share exactly, and what training it gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lehr.schedule import Multipliers

NO_LOSSES: NDArray[np.float64] = np.empty(0, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One stretch [start, stop) of optimizer steps to be trained, from its parent's checkpoint.

    Attributes:
        key: content address: everything that determines the weights at `stop`.
        parent: key of the segment that ends at `start`; None for the first of a run.
        seed: of initial weights and batches.
        peak_lr: the optimizer's own lr.
        multipliers: hyper-parameters of the steps [start, stop).
        evaluate_at: steps in (start, stop], ascending, after which the metrics are taken.
        save: whether a checkpoint at `stop` is wanted.
        history: training losses of the steps [0, start), for the divergence rule.
    """

    key: str
    parent: str | None
    seed: int
    peak_lr: float
    start: int
    stop: int
    multipliers: Multipliers
    evaluate_at: tuple[int, ...]
    save: bool
    history: NDArray[np.float64] = field(
        default_factory=lambda: NO_LOSSES, compare=False, repr=False
    )


@dataclass(frozen=True, kw_only=True)
class SegmentResult:
    """What training one segment gave.

    Attributes:
        losses: one training loss per step, float64; shorter than the segment if it diverged.
        metrics: (step, metrics) at each step of `evaluate_at` that was reached.
        diverged_at: the step at which training was given up, None for a healthy segment.
        saved: whether a checkpoint of `stop` now exists.
        seconds: wall time, for the time left; never part of a decision.
    """

    key: str
    losses: NDArray[np.float64]
    metrics: tuple[tuple[int, dict[str, float]], ...]
    diverged_at: int | None
    saved: bool
    seconds: float
