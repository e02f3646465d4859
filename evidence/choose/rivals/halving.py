"""Successive halving (Jamieson & Talwalkar, 2016): a third goes on at 10 % and at 35 %."""

from __future__ import annotations

from functools import partial

import numpy as np
from recorded import Choice, Recorded

from rivals.ledger import Ledger, all_cells, drawn
from rivals.rival import Rival

REDUCTION = 3
RUNGS = (0.10, 0.35, 1.0)
SHORT_LIST = ("linear", "wsd", "rex")


def halving(
    recorded: Recorded,
    seed: int,
    random: np.random.Generator,
    *,
    count: int,
    shapes: tuple[str, ...] | None = None,
) -> Choice:
    """Race `count` cells, drawn from all or from those of some shapes."""
    cells = [
        cell for cell in all_cells(recorded) if shapes is None or recorded.shapes[cell[0]] in shapes
    ]
    ledger = Ledger(recorded, seed)
    racing = drawn(cells, count, random)
    for rung in RUNGS:
        losses = {cell: ledger.train(*cell, rung) for cell in racing}
        racing = sorted(racing, key=losses.__getitem__)[: max(1, len(racing) // REDUCTION)]
    return ledger.choice(racing[0])


RIVALS = (
    *(
        Rival(
            name="successive halving",
            budget=f"{count} cells",
            choose=partial(halving, count=count),
            repeats=1 if count == 91 else 5,
        )
        for count in (3, 9, 18, 27, 54, 91)
    ),
    *(
        Rival(
            name="successive halving, linear wsd rex",
            budget=f"{count} cells",
            choose=partial(halving, count=count, shapes=SHORT_LIST),
            repeats=1 if count == 39 else 5,
        )
        for count in (3, 9, 18, 27, 39)
    ),
)
