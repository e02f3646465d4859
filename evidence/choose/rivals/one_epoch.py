"""1-epoch: train all for one epoch, the best to the end.

Egele, Guyon, Vishwanath, Balaprakash (2023): "Is one epoch all you need for multi-fidelity
hyperparameter optimization?"
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from recorded import Choice, Recorded
from tasks import TASKS

from rivals.ledger import Ledger, all_cells, drawn
from rivals.rival import Rival


def one_epoch(
    recorded: Recorded, seed: int, random: np.random.Generator, *, count: int, kept: int
) -> Choice:
    """Keep the best of `count` cells by the loss at the first mark at or after the first epoch.

    Where an epoch is longer than the run, that mark is the end, and nothing is saved.
    """
    marks = len(recorded.marks)
    epoch = min(1.0, TASKS[recorded.task].epoch / recorded.horizon)
    rung = max(1, math.ceil(epoch * marks - 1e-9)) / marks
    ledger = Ledger(recorded, seed)
    early = {cell: ledger.train(*cell, rung) for cell in drawn(all_cells(recorded), count, random)}
    best = sorted(early, key=early.__getitem__)[:kept]
    final = {cell: ledger.train(*cell) for cell in best}
    return ledger.choice(min(final, key=final.__getitem__))


RIVALS = tuple(
    Rival(
        name=f"1-epoch, best {kept}",
        budget=f"{count} cells",
        choose=partial(one_epoch, count=count, kept=kept),
        repeats=1 if count == 91 else 5,
    )
    for kept in (1, 3, 5)
    for count in (10, 30, 91)
)
