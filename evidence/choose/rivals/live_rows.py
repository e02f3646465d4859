"""What the rivals that were trained live are worth: against the best cell, on the same seeds."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

from recorded import Recorded
from summary import Row

LIVE = Path(__file__).parents[1] / "live"
UNSEARCHED = -1
"""In place of a search seed where nothing is searched before training."""


def live_rows(recorded: Mapping[str, Recorded]) -> Iterator[Row]:
    """One row per choice: an lr that a search seed led to, or a rival that has no choice.

    A choice is worth the mean over the fresh seeds that it was trained on; so is the best cell.
    """
    for task, curves in recorded.items():
        choices: dict[tuple[str, int], list[dict[str, str]]] = {}
        for row in kept(task):
            seed = int(row["search_seed"] or UNSEARCHED)
            choices.setdefault((row["rival"], seed), []).append(row)
        for (rival, seed), trainings in choices.items():
            yield Row(
                task=task,
                rival=rival,
                budget=BUDGETS.get(rival, "1 run"),
                seed=seed,
                cost=statistics.fmean(float(row["cost"]) for row in trainings),
                regret=regret(curves, trainings),
            )


BUDGETS = {
    "fastai lr_find valley, one-cycle": "100 steps, 1 run",
    "Lightning lr_find, cosine": "100 steps, 1 run",
    "AutoLRS": "10 lrs a stage",
}


def regret(recorded: Recorded, trainings: list[dict[str, str]]) -> float:
    """Excess of the mean over the best cell's."""
    first = len(recorded.seeds) - len(recorded.fresh)
    places = [recorded.seeds.index(int(row["fresh_seed"])) - first for row in trainings]
    own = statistics.fmean(float(row["val"]) for row in trainings)
    return own / float(recorded.fresh[(places, *recorded.oracle)].mean()) - 1


def kept(task: str) -> list[dict[str, str]]:
    """The trainings recorded of a task, as they are in its file."""
    file = LIVE / f"{task}.csv"
    if not file.exists():
        return []
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))
