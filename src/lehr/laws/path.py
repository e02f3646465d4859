"""Path: a learning-rate curve cut into stretches of one lr each, as the laws integrate it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lehr.laws.curve import Array, Curve

STRETCHES = 120
"""Cuts from the start to the end, once evenly and once in geometric steps."""
CHANGE = 1 / 40
"""Part of the largest lr by which it may change between two cuts, so that short decays are seen.

The last loss of a decay is then within 1e-4 of what ever finer cuts give, however short it is.
"""
MOST = 2_000
"""Cuts for changes of the lr; where there are more, each stretch changes by more."""
LEAST = 1e-9
"""What a law takes for a learning rate of 0, in its unit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """What a law sees of a run up to its last observation.

    Attributes:
        lr: mean lr of each stretch in the law's unit, shape (k,), at least `LEAST`.
        length: optimizer steps of each stretch, shape (k,).
        seen: index of the cut at which each observation lies, shape (n,); 0 is the start.
        decay: the unit × weight decay, the rate at which weights shrink at lr 1.
    """

    lr: Array
    length: Array
    seen: np.ndarray[tuple[int], np.dtype[np.int64]]
    decay: float

    @property
    def steps(self) -> Array:
        """Updates made at each observation, shape (n,)."""
        return np.append(0.0, np.cumsum(self.length))[self.seen]

    def times(self, factor: float) -> Path:
        """Return the path of the same curve at another peak."""
        return replace(self, lr=np.maximum(factor * self.lr, LEAST))


def path(lr: Array, at: Array, weight_decay: float, unit: float = 1e-3) -> Path:
    """Cut the lr curve at every observation, and between them where it may bend.

    Args:
        lr: learning rate of each step from 0, shape (≥ at[-1],).
        at: steps of the observations, ascending, from 1, shape (n,).
        weight_decay: decoupled coefficient.
        unit: learning rate that counts as 1, so that a law's parameters are of order one.

    >>> cut = path(np.full(100, 1e-3), np.array([50.0, 100.0]), 0.1)
    >>> float(cut.length.sum()), cut.steps.tolist()
    (100.0, [50.0, 100.0])
    """
    end = int(at[-1])
    cuts = np.concatenate(
        [[0.0, end], at, np.linspace(0, end, STRETCHES), np.geomspace(1, end, STRETCHES)]
    )
    changes = np.abs(np.diff(lr[:end], prepend=lr[:1])) / lr[:end].max()
    jumps = np.flatnonzero(changes > 2 * CHANGE)
    changed: Array = np.cumsum(changes)
    count = min(MOST, math.ceil(changed[-1] / CHANGE))
    levels = np.linspace(0.0, float(changed[-1]), count + 1)[1:-1]
    bends = np.searchsorted(changed, levels)
    cuts = np.unique(np.round(np.concatenate([cuts, jumps, bends])))
    area = np.append(0.0, np.cumsum(lr[:end]))[cuts.astype(np.int64)]
    length = np.diff(cuts)
    mean = np.maximum(np.diff(area) / length / unit, LEAST)
    return Path(
        lr=mean,
        length=length,
        seen=np.searchsorted(cuts, at).astype(np.int64),
        decay=unit * weight_decay,
    )


def thinned(curve: Curve, most: int) -> Curve:
    """Join observations into at most `most`, evenly spread over the square root of the step.

    Step and loss of each are the means of those it stands for, so that losses of single batches
    lose their noise.
    """
    if len(curve.steps) <= most:
        return curve
    root = np.sqrt(curve.steps)
    edges = np.linspace(float(root[0]), float(root[-1]), most + 1)[1:-1]
    _, part = np.unique(np.searchsorted(edges, root), return_inverse=True)
    count = np.bincount(part)
    return curve.observed(
        np.floor(np.bincount(part, curve.steps) / count + 0.5),
        np.bincount(part, curve.loss) / count,
    )
