"""What noise alone costs: whoever was told the best cells has still to tell them apart by training.

For every task the best cells are those with the best means over the search's seeds, which no search
can know. They are trained to the end with one, two or three of these seeds, and the best by the
mean is valued on the fresh ones, as every choice here is. No probe is paid and nothing is shared.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from recorded import Recorded
from summary import Row

TOLD = (2, 3, 5, 9, 91)
SEEDS = (1, 2, 3)
APART = 7
"""Places between the seeds that are averaged, so that each is in as many means as any other."""


def told(curves: Recorded) -> Iterable[Row]:
    """The choices on one task: every number of cells told, every number of seeds."""
    finals = curves.finals.reshape(len(curves.finals), -1)
    order = np.argsort(finals.mean(0))
    places = np.arange(len(finals))
    for cells in TOLD:
        for seeds in SEEDS:
            for place, seed in zip(places, curves.searched, strict=True):
                own = (place + APART * np.arange(seeds)) % len(finals)
                best = order[:cells][np.argmin(finals[own][:, order[:cells]].mean(0))]
                shape, lr = np.unravel_index(best, curves.finals.shape[1:])
                yield Row(
                    task=curves.task,
                    rival=f"told the best {cells} cells",
                    budget=f"{seeds} {'seed' if seeds == 1 else 'seeds'} each",
                    seed=seed,
                    cost=cells * seeds,
                    regret=curves.regret(int(shape), int(lr)),
                )
