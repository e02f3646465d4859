"""Replay every rival on recorded tasks: one row per choice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
from grid import SEARCH_SEEDS
from recorded import Recorded
from summary import Row

from rivals import RIVALS
from rivals.rival import Rival


def replay(
    tasks: Iterable[Recorded],
    *,
    rivals: Sequence[Rival] = RIVALS,
    seeds: Sequence[int] = SEARCH_SEEDS,
    only: Collection[str] | None = None,
) -> Iterator[Row]:
    """Let every rival choose with every search seed.

    All rivals meet the same random numbers, so that those which share a study share it here.

    Args:
        tasks: recorded runs; their oracle values the choices.
        rivals: who chooses.
        seeds: of searches.
        only: names of the schedules that they may choose from; None (default): the task's own.
    """
    for task in tasks:
        recorded = task if only is None else task.of(only)
        for seed in seeds:
            for rival in rivals:
                for repeat in range(rival.repeats):
                    random = np.random.default_rng((seed, repeat))
                    choice = rival.choose(recorded, seed, random)
                    shape = task.shapes.index(recorded.shapes[choice.shape])
                    yield Row(
                        task=recorded.task,
                        rival=rival.name,
                        budget=rival.budget,
                        seed=seed,
                        cost=choice.cost,
                        regret=task.regret(shape, choice.lr),
                    )
