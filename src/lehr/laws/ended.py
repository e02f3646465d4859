"""Ended: a run that a law was fitted on, and where it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lehr.laws.cooldowns import SHARES, cooldowns, fits, warmed
from lehr.laws.curve import SINGLE, Array
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
        name: what messages call it.
        lr: the learning rate of each update up to its last loss.
        loss: where it ended: what the law says of its last step, moved by how far the run was from
            the law, in the mean over its last tenth. So a single noisy loss does not decide.
    """

    name: str
    lr: Array
    loss: float

    @property
    def peak_lr(self) -> float:
        """Return the highest learning rate."""
        return float(self.lr.max())

    def of(self, horizon: int) -> bool:
        """Say whether it was trained for so many steps, give or take one in a hundred."""
        return abs(len(self.lr) - horizon) <= SAME_LENGTH * horizon

    def schedule(self, horizon: int) -> Schedule | None:
        """Return what it was trained with: a customary schedule if one is near, else lines.

        Also one that is near if each lr was logged with the step after its update, as some trackers
        do. None where its lrs have too many corners for a schedule's text.
        """
        values = np.round(self.lr[:horizon] / self.peak_lr, DIGITS)
        for late in (0, 1):
            own = values[late:]
            for shape in _customary(int(np.argmax(own >= 1 - SINGLE)), horizon):
                apart = shape.over(horizon).values()[: len(own)] - own
                if np.abs(apart).max() < NEAR:
                    return shape
        lines = joined(values.tolist(), NEAR)
        return lines if len(repr(lines)) <= MOST_CHARACTERS else None


def lowest(runs: Sequence[Ended]) -> Ended:
    """Return the run that ended at the lowest loss."""
    return min(runs, key=lambda run: run.loss)


def _customary(warm: int, horizon: int) -> Iterator[Schedule]:
    """Yield what runs are usually trained with, after a warmup of about so many steps."""
    for steps in dict.fromkeys((warm, warm + 1)):
        plain = (warmed(steps, tail) for tail in (constant(), linear(), cosine()))
        yield from (shape for shape in plain if fits(shape, horizon))
        for share in SHARES:
            yield from cooldowns(share, steps, horizon)
