"""Ended: a run that a law was fitted on, and where it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lehr.laws.cooldowns import SHARES, cooldowns, fits, warmed
from lehr.laws.curve import SINGLE, Array, Curve
from lehr.schedule import Schedule, constant, cosine, linear
from lehr.schedule.joined import joined
from lehr.schedule.text import MOST_CHARACTERS

SAME_LENGTH = 0.01
"""Part of a horizon that a run may be shorter or longer than it and still be of that horizon."""
NEAR = 5e-3
"""How far a schedule may be from what a run was trained with, in parts of its peak lr."""
DIGITS = 6
"""Decimals of an lr in parts of its peak."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ended:
    """A run, and the loss at its end.

    Attributes:
        curve: the run.
        loss: where it ended: what the law says of its last step, moved by how far the run was from
            the law, in the mean over its last tenth. So a single noisy loss does not decide.
    """

    curve: Curve
    loss: float

    @property
    def peak_lr(self) -> float:
        """Return the highest learning rate."""
        return float(self.curve.lr.max())

    def of(self, horizon: int) -> bool:
        """Say whether it was trained for so many steps, give or take one in a hundred."""
        return abs(len(self.curve.lr) - horizon) <= SAME_LENGTH * horizon

    def trained_with(self, horizon: int, warm: int) -> tuple[Schedule, float] | None:
        """Return its schedule and peak lr: a customary schedule if one is near, else lines.

        Near counts where an lr was logged, with its update or, as some trackers do, with the step
        after it; the peak may lie between two. None where the lrs have too many corners for a
        schedule's text.

        Args:
            horizon: optimizer steps that it is for.
            warm: steps of warmup, if that was over before the first lr was logged.
        """
        values = np.round(self.curve.lr / self.peak_lr, DIGITS)
        length = max(len(values), horizon)  # a run that is longer is run over its own length
        for late in (0, 1):
            at = self.curve.logged - late
            at, own = at[at >= 0], values[self.curve.logged[at >= 0]]
            for shape in _customary(_warmup(at, own, warm), length) if len(own) else ():
                drawn = shape.over(length).values()[at]
                scale = float(own @ drawn / (drawn @ drawn))
                if np.abs(scale * drawn - own).max() < NEAR:
                    exact = abs(scale - 1) < NEAR
                    return shape, self.peak_lr * (1.0 if exact else scale)
        _fill_head(values, int(self.curve.logged[0]), warm)
        if len(values) > horizon:
            values = values[np.round(np.linspace(0, len(values) - 1, horizon)).astype(np.int64)]
        lines = joined(np.round(values, DIGITS).tolist(), NEAR)
        return (lines, self.peak_lr) if len(repr(lines)) <= MOST_CHARACTERS else None


def lowest(runs: Sequence[Ended]) -> Ended:
    """Return the run that ended at the lowest loss."""
    return min(runs, key=lambda run: run.loss)


def _warmup(at: NDArray[np.int64], values: Array, warm: int) -> int:
    """Return the length of a linear warmup, by the last lr that was logged of it.

    Args:
        at: steps of the lrs, ascending.
        values: lrs in parts of the peak.
        warm: its length if none was logged.
    """
    top = int(np.argmax(values >= 1 - SINGLE)) if len(values) else 0
    if top == 0:
        return min(warm, int(at[0]) + 1) if len(at) and at[0] > 0 else 0
    return round((int(at[top - 1]) + 1) / values[top - 1]) if values[top - 1] > 0 else int(at[top])


def _fill_head(values: Array, first: int, warm: int) -> None:
    """Warm up to the first lr that was logged; of what was before it nobody knows."""
    steps = min(warm, first) if values[first] >= 1 - NEAR else first
    values[:steps] = values[first] * np.arange(1, steps + 1) / (steps + 1)


def _customary(warm: int, horizon: int) -> Iterator[Schedule]:
    """Yield what runs are usually trained with, after a warmup of so many steps."""
    plain = (warmed(warm, tail) for tail in (constant(), linear(), cosine()))
    yield from (shape for shape in plain if fits(shape, horizon))
    for share in SHARES:
        yield from cooldowns(share, warm, horizon)
