"""Quasi-random search in two rounds, as Google's Deep Learning Tuning Playbook advises.

Half of the runs explore all schedules and the whole range of peak lrs by a scrambled Halton
sequence; the other half does the same within a factor 4 of the best lr.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from recorded import Choice, Recorded
from scipy.stats import qmc

from rivals.ledger import Ledger
from rivals.rival import Rival

NEAR = 2
"""Rungs of a factor 2 to either side."""


def two_rounds(recorded: Recorded, seed: int, random: np.random.Generator, *, runs: int) -> Choice:
    ledger = Ledger(recorded, seed)
    losses: dict[tuple[int, int], float] = {}
    low, high = 0, len(recorded.peak_lrs) - 1
    for count in (runs - runs // 2, runs // 2):
        points = qmc.Halton(2, rng=random).random(count)
        for shape, lr in points * (len(recorded.shapes), high - low + 1):
            cell = int(shape), low + int(lr)
            losses[cell] = ledger.train(*cell)
        _, best = min(losses, key=losses.__getitem__)
        low, high = max(0, best - NEAR), min(len(recorded.peak_lrs) - 1, best + NEAR)
    return ledger.choice(min(losses, key=losses.__getitem__))


RIVALS = tuple(
    Rival(
        name="quasi-random, two rounds",
        budget=f"{runs} runs",
        choose=partial(two_rounds, runs=runs),
        repeats=5,
    )
    for runs in (4, 8, 16, 20)
)
