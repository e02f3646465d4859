"""What many single choices amount to: the same few figures for every way to choose."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable
from dataclasses import dataclass

CAP = 10.0
"""A loss eleven times the best, or one that diverged, counts as this regret and no more, so that
means stay finite."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One choice.

    Attributes:
        task: what was chosen for.
        rival: who chose.
        budget: with how much, in the rival's own words.
        seed: of the search.
        cost: distinct steps trained, in full runs.
        regret: excess over the best cell on fresh seeds, as a fraction; infinite where it diverges.
    """

    task: str
    rival: str
    budget: str
    seed: int
    cost: float
    regret: float


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One rival with one budget, over some tasks; regrets are fractions, at most `CAP`.

    Attributes:
        rival: who chose.
        budget: with how much.
        tasks: how many.
        choices: single choices, all tasks together.
        mean_cost: in full runs; every task counts the same here and below.
        mean_of_medians: the median regret of a task, averaged over tasks.
        worst_task: the largest median, and whose it is.
        worst_name: its name.
        mean_regret: of single choices.
        off_10: share of single choices whose regret is above 10 %.
        off_25: above 25 %.
        worst_choice: the largest single regret.
    """

    rival: str
    budget: str
    tasks: int
    choices: int
    mean_cost: float
    mean_of_medians: float
    worst_task: float
    worst_name: str
    mean_regret: float
    off_10: float
    off_25: float
    worst_choice: float


def summarise(rows: Iterable[Row], tasks: Collection[str]) -> list[Summary]:
    """Sum up each rival and budget over those of its rows that are of `tasks`, in order of arrival.

    For the two halves apart: `summarise(rows, [task.name for task in SEEN])`, likewise `UNSEEN`.
    """
    groups: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows:
        if row.task in tasks:
            group = groups.setdefault((row.rival, row.budget), {})
            group.setdefault(row.task, []).append(row)
    return [_summary(*key, by_task) for key, by_task in groups.items()]


def _summary(rival: str, budget: str, by_task: dict[str, list[Row]]) -> Summary:
    regrets = {task: [min(row.regret, CAP) for row in rows] for task, rows in by_task.items()}
    medians = {task: statistics.median(values) for task, values in regrets.items()}
    worst = max(medians, key=medians.__getitem__)
    return Summary(
        rival=rival,
        budget=budget,
        tasks=len(by_task),
        choices=sum(map(len, regrets.values())),
        mean_cost=statistics.fmean(
            statistics.fmean(row.cost for row in rows) for rows in by_task.values()
        ),
        mean_of_medians=statistics.fmean(medians.values()),
        worst_task=medians[worst],
        worst_name=worst,
        mean_regret=statistics.fmean(map(statistics.fmean, regrets.values())),
        off_10=_share(regrets, 0.10),
        off_25=_share(regrets, 0.25),
        worst_choice=max(map(max, regrets.values())),
    )


def _share(regrets: dict[str, list[float]], limit: float) -> float:
    return statistics.fmean(
        statistics.fmean(value > limit for value in values) for values in regrets.values()
    )
