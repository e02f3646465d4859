"""What runs that the user has trained already are worth to a search, on recorded runs.

    python evidence/known_runs/measure.py        # replays what is recorded: ten minutes

Uses the runs of `evidence/choose/curves`. A search is given none, or final losses of a seed that is
not its own, of cosine or linear at some peak lrs around the customary one. Writes `rows.csv.gz`
(one row a search) and `summary.csv` (what the README states).
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "choose"))

import numpy as np
from grid import SHAPES, TRUNK, plans
from lehr_choice import Study
from recorded import Recorded
from scipy import stats
from tasks import FRESH, LATER, SEEN, UNSEEN
from tasks.task import Task

from lehr.choose import KnownRun, known
from lehr.choose.ledger import Ledger
from lehr.choose.strategies import Brief, Start

HERE = Path(__file__).parent
HALVES = {"built on": (*SEEN, *UNSEEN, *FRESH), "held out": LATER}
BUDGETS = (3.0, 4.0, 5.5, 8.0)
OTHER_SEED = 7
"""How many seeds after the search's the known runs' lies."""
KNOWN = {
    "none": ("cosine", ()),
    "3 cosine over a factor 16": ("cosine", (-2, 0, 2)),
    "5 linear over a factor 16": ("linear", (-2, -1, 0, 1, 2)),
    "5 linear over a factor 256": ("linear", (-4, -2, 0, 2, 4)),
    "3 cosine over a factor 4": ("cosine", (-1, 0, 1)),
}
"""What is known -> its schedule, and its peak lrs in octaves from the customary one."""
LOST = 1.0
"""The most that one choice's regret counts in a paired difference."""


@dataclass(kw_only=True)
class Begun(Study):
    """Searches that begin at a known peak lr."""

    start: Start | None = None

    def brief(self, ledger: Ledger, budget: float) -> Brief:
        return replace(super().brief(ledger, budget), start=self.start)

    def starting(self, seed: int, shape: str, octaves: Sequence[int]) -> Start | None:
        curves, steps = self.recorded, self.problem.steps
        other = curves.searched[(curves.searched.index(seed) + OTHER_SEED) % len(curves.searched)]
        middle = self.cell(self.baseline)[1]
        mean = float(np.mean(plans()[shape].over(steps).multipliers().values["lr"]))
        runs = [
            KnownRun(
                name=f"{shape} {octave:+d}",
                steps=steps,
                mean_lr=mean * float(curves.peak_lrs[middle + octave]),
                loss=curves.objective(other, curves.shapes.index(shape), middle + octave),
            )
            for octave in octaves
            if 0 <= middle + octave < len(curves.peak_lrs)
        ]
        most = max(BUDGETS)  # small searches too begin here at known runs, which `choose` refuses
        leader = self.strategy.schedules[0]
        start, _ = known.start_of(runs, leader=leader, horizon=steps, budget=most)
        return start


def searched(half: str, task: Task) -> Iterable[dict[str, object]]:
    """Every search of one task."""
    study = Begun(problem=task.problem(), recorded=Recorded.load(task.name, SHAPES | TRUNK))
    for seed in study.recorded.searched:
        for what, (shape, octaves) in KNOWN.items():
            study.start = study.starting(seed, shape, octaves)
            for budget in BUDGETS:
                choice = study.choose(seed, budget)
                yield {
                    "half": half,
                    "task": task.name,
                    "seed": seed,
                    "known": what,
                    "budget": budget,
                    "cost": f"{choice.cost:.4f}",
                    "regret": f"{study.recorded.regret(choice.shape, choice.lr):.5f}",
                }


def summary(half: str, rows: Sequence[dict[str, object]]) -> Iterable[dict[str, object]]:
    rows = [row for row in rows if row["half"] == half]
    tasks = list(dict.fromkeys(str(row["task"]) for row in rows))
    for what in KNOWN:
        for budget in BUDGETS:
            ours = _by_task(rows, what, budget)
            none = _by_task(rows, "none", budget)
            medians = [np.median(ours[task]) for task in tasks]
            every = np.concatenate([ours[task] for task in tasks])
            gaps = [
                (np.minimum(ours[task], LOST) - np.minimum(none[task], LOST)).mean()
                for task in tasks
            ]
            width = stats.t.ppf(0.975, len(gaps) - 1) * stats.sem(gaps)
            costs = [
                float(str(row["cost"]))
                for row in rows
                if row["known"] == what and row["budget"] == budget
            ]
            yield {
                "half": half,
                "known": what,
                "budget": budget,
                "cost": f"{np.mean(costs):.2f}",
                "mean_of_medians": f"{np.mean(medians):.4f}",
                "worst_task": f"{np.max(medians):.4f}",
                "over_10": f"{(every > 0.10).mean():.4f}",
                "over_25": f"{(every > 0.25).mean():.4f}",
                "against_none": f"{np.mean(gaps):.4f}",
                "low": f"{np.mean(gaps) - width:.4f}",
                "high": f"{np.mean(gaps) + width:.4f}",
            }


def _by_task(
    rows: Sequence[dict[str, object]], what: str, budget: float
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    found: dict[str, list[float]] = {}
    for row in rows:
        if row["known"] == what and row["budget"] == budget:
            found.setdefault(str(row["task"]), []).append(float(str(row["regret"])))
    return {task: np.array(values) for task, values in found.items()}


def main() -> None:
    known.LEAST_SPAN = 1.0  # to see what runs near each other would do, which `choose` refuses
    rows: list[dict[str, object]] = []
    for half, tasks in HALVES.items():
        for task in tasks:
            rows += searched(half, task)
            print(task.name, flush=True)
    with gzip.GzipFile(HERE / "rows.csv.gz", "wb", mtime=0) as file:
        _write(io.TextIOWrapper(file, encoding="utf-8", newline=""), rows)
    with (HERE / "summary.csv").open("w", encoding="utf-8", newline="") as file:
        _write(file, [row for half in HALVES for row in summary(half, rows)])


def _write(file: io.TextIOBase, rows: Sequence[dict[str, object]]) -> None:
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.flush()


if __name__ == "__main__":
    main()
