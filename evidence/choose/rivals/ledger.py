"""What a search has trained: distinct steps, in full runs."""

from __future__ import annotations

from functools import cache

import numpy as np
from grid import plans
from numpy.typing import NDArray
from recorded import Choice, Recorded


class Ledger:
    """Recorded runs, handed out under one search seed and counted.

    Runs of one peak lr share the steps up to which their schedules agree; a run that diverged costs
    what was asked for; asking twice costs nothing.
    """

    def __init__(self, recorded: Recorded, seed: int) -> None:
        self._recorded = recorded
        self._seed = seed
        self._shared = shared_steps(recorded.shapes, recorded.horizon)
        self._reached: dict[int, dict[int, int]] = {}
        self._steps = 0

    def train(self, shape: int, lr: int, part: float = 1.0) -> float:
        """Train a run as far as a part of the horizon (a multiple of 5 %); give its loss there."""
        stop = int(self._recorded.marks[round(part * len(self._recorded.marks)) - 1])
        reached = self._reached.setdefault(lr, {})
        common = [min(self._shared[shape, other], steps) for other, steps in reached.items()]
        self._steps += max(0, stop - max(common, default=0))
        reached[shape] = max(stop, reached.get(shape, 0))
        return self._recorded.objective(self._seed, shape, lr, part)

    @property
    def cost(self) -> float:
        """Distinct steps so far, in full runs."""
        return self._steps / self._recorded.horizon

    def choice(self, cell: tuple[int, int]) -> Choice:
        return Choice(shape=cell[0], lr=cell[1], cost=self.cost)


@cache
def shared_steps(shapes: tuple[str, ...], horizon: int) -> NDArray[np.int64]:
    """Steps from 0 on for which two schedules agree, (shapes, shapes)."""
    all_plans = plans()
    factors = [all_plans[name].over(horizon).multipliers().values["lr"] for name in shapes]
    return np.array([[int(np.cumprod(one == other).sum()) for other in factors] for one in factors])


def all_cells(recorded: Recorded) -> list[tuple[int, int]]:
    """Every (shape, lr), shape by shape."""
    return [
        (shape, lr) for shape in range(len(recorded.shapes)) for lr in range(len(recorded.peak_lrs))
    ]


def drawn(
    cells: list[tuple[int, int]], count: int, random: np.random.Generator
) -> list[tuple[int, int]]:
    """`count` distinct cells."""
    return [cells[place] for place in random.choice(len(cells), count, replace=False)]
