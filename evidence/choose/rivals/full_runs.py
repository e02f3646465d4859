"""Rivals that train every candidate to the end: the customary lr, random search, grids."""

# ruff: noqa: ARG001 - a rival that needs no luck is offered it all the same

from __future__ import annotations

from functools import partial

import numpy as np
from recorded import Choice, Recorded

from rivals.ledger import Ledger, all_cells, drawn
from rivals.rival import Rival


def customary(recorded: Recorded, seed: int, random: np.random.Generator) -> Choice:
    """The optimizer's customary lr under warmup and cosine: one run, no question asked."""
    ledger = Ledger(recorded, seed)
    cell = recorded.shapes.index("cosine"), len(recorded.peak_lrs) // 2
    ledger.train(*cell)
    return ledger.choice(cell)


def random_search(
    recorded: Recorded, seed: int, random: np.random.Generator, *, runs: int
) -> Choice:
    """The best of distinct cells drawn evenly (Bergstra & Bengio, 2012)."""
    return best_of(recorded, seed, drawn(all_cells(recorded), runs, random))


def one_shape(
    recorded: Recorded, seed: int, random: np.random.Generator, *, shape: str, stride: int
) -> Choice:
    """One schedule at every `stride`-th lr, the customary one among them."""
    middle = len(recorded.peak_lrs) // 2
    lrs = range(middle % stride, len(recorded.peak_lrs), stride)
    return best_of(recorded, seed, [(recorded.shapes.index(shape), lr) for lr in lrs])


def exhaustive(recorded: Recorded, seed: int, random: np.random.Generator) -> Choice:
    return best_of(recorded, seed, all_cells(recorded))


def best_of(recorded: Recorded, seed: int, cells: list[tuple[int, int]]) -> Choice:
    ledger = Ledger(recorded, seed)
    losses = {cell: ledger.train(*cell) for cell in cells}
    return ledger.choice(min(losses, key=losses.__getitem__))


LISTED = tuple(
    Rival(
        name="lr grid, 40 % cooldown",
        budget=f"{runs} lrs",
        choose=partial(one_shape, shape="wsd 40", stride=stride),
    )
    for runs, stride in ((3, 4), (5, 3), (7, 2), (13, 1))
)
"""Grids of the schedule that lehr's list begins with."""

RIVALS = (
    Rival(name="customary lr, cosine", budget="1 run", choose=customary),
    *(
        Rival(
            name="random search",
            budget=f"{runs} run{'s' * (runs > 1)}",
            choose=partial(random_search, runs=runs),
            repeats=5,
        )
        for runs in (1, 2, 4, 8, 12, 16, 20)
    ),
    *(
        Rival(
            name=f"lr grid, {shape}",
            budget=f"{runs} lrs",
            choose=partial(one_shape, shape=shape, stride=stride),
        )
        for shape in ("linear", "cosine")
        for runs, stride in ((3, 4), (5, 3), (7, 2), (13, 1))
    ),
    Rival(name="exhaustive grid", budget="91 cells", choose=exhaustive),
)
