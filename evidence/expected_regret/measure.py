"""What regret to expect from `lehr choose` at which budget.

    python evidence/expected_regret/measure.py            # replay the recorded curves: seconds
    python evidence/expected_regret/measure.py --record   # train them again: about an hour

Recorded: on each task every peak lr of the ladder (13, a factor 2 apart) with every shape of the
short list and the baseline's, full length, three seeds. Replayed: the search at each budget with
each of the seeds. The choice is valued on the *other* seeds, against the cell with the best mean on
those seeds (so the oracle enjoys a little luck that the choice does not, which makes the regret
larger, not smaller). Writes `rows.csv` and `summary.csv`, from which `lehr.choose.regret` is taken.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import platform
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import isotonic_regression

from lehr.choose.archive import curve_of, deepest
from lehr.choose.candidate import Candidate, Request
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.decision import Curve
from lehr.choose.executors.replay import ReplayExecutor
from lehr.choose.progress import Silent
from lehr.choose.session import baseline_of, open_session
from lehr.choose.settings import Settings
from lehr.choose.strategies import Brief, Race, Round
from lehr.choose.strategies.ladder import Ladder
from lehr.choose.study import cut_runs, drive
from lehr.choose.trainer import Memory, Trainer
from lehr.problems import BUILT_IN
from lehr.training import Problem, ProblemSource

HERE = Path(__file__).parent
TASKS = {"digits": {"steps": 400}, "tabular": {}, "text": {"steps": 400}}
SEEDS = (0, 1, 2)
BUDGETS = (0.3, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0)
OCTAVES = 6


def source(task: str) -> ProblemSource:
    target = next(entry.target for entry in BUILT_IN if entry.name == task)
    return ProblemSource.of(target, TASKS[task])


def race() -> Race:
    return Race(Settings().plans)


def lr_range(problem: Problem) -> tuple[float, float]:
    peak = baseline_of(problem).peak_lr
    return peak / 2**OCTAVES, peak * 2**OCTAVES


def cells(problem: Problem) -> list[Candidate]:
    baseline = baseline_of(problem)
    ladder = Ladder.around(baseline.peak_lr, lr_range(problem))
    lrs = [ladder.lr(rung) for rung in range(2 * OCTAVES + 1)]
    return [Candidate(plan, lr) for plan in race().plans(baseline) for lr in lrs]


def record(task: str, executor: str = "processes") -> None:
    class Shown(Silent):
        done, total = 0, 1

        def stage(self, name: str, steps_total: int) -> None:  # noqa: ARG002 - the protocol's
            self.total, self.done = max(1, steps_total), 0

        def advanced(self, steps: int) -> None:
            self.done += steps
            print(f"\r{task}: {self.done / self.total:.1%}", end="", flush=True)

    with (
        tempfile.TemporaryDirectory() as folder,
        open_session(
            source(task),
            directory=Path(folder),
            executor=executor,
            workers=None,
            fresh=False,
            disk=None,
            progress=Shown(),
        ) as session,
    ):
        problem = session.problem
        trainer = session.trainer(cut_runs(problem, race(), session.baseline))
        requests = tuple(
            Request(candidate=cell, seed=seed, until=problem.steps, stage="full")
            for seed in SEEDS
            for cell in cells(problem)
        )
        trainer.train(Round(name="record", requests=requests, alive=frozenset()))
        curves = [curve_of(trainer, *run) for run in deepest(trainer.asked)]
    with gzip.GzipFile(HERE / f"{task}.jsonl.gz", "wb", mtime=0) as file:
        for curve in curves:
            thin = slice(None, None, 20)
            thinned = curve.model_copy(
                update={
                    "loss_steps": [*curve.loss_steps[thin], *curve.loss_steps[-1:]],
                    "losses": [*curve.losses[thin], *curve.losses[-1:]],
                }
            )
            file.write(thinned.model_dump_json().encode() + b"\n")


def recorded(task: str) -> list[Curve]:
    with gzip.open(HERE / f"{task}.jsonl.gz", "rt") as file:
        return [Curve.model_validate_json(line) for line in file]


def finals(curves: list[Curve], objective: str) -> dict[tuple[str, float], dict[int, float]]:
    """(schedule, peak lr) -> seed -> objective at the end; infinite for a run that diverged."""
    table: dict[tuple[str, float], dict[int, float]] = defaultdict(dict)
    for curve in curves:
        last = curve.metrics[objective][-1] if curve.metrics.get(objective) else None
        value = np.inf if curve.diverged or last is None else last
        table[curve.schedule, curve.peak_lr][curve.seed] = value
    return table


def searched(
    problem: Problem, curves: list[Curve], seed: int, budget: float
) -> tuple[Candidate, float]:
    """The front-runner of a search on the recorded runs of one seed, and what it cost."""
    strategy, baseline = race(), baseline_of(problem)
    trainer = Trainer(
        cut_runs(problem, strategy, baseline),
        store=Memory(),
        checkpoints=Checkpoints(HERE / "no checkpoints"),
        executor=ReplayExecutor(curves),
        objective=problem.objective,
        quota=None,
        progress=Silent(),
    )
    brief = Brief(
        horizon=problem.steps,
        budget=budget,
        mode=problem.mode,
        baseline=baseline,
        lr_range=lr_range(problem),
        seed=seed,
        cost=trainer.ledger.cost,
    )
    ranking = drive(strategy.search(brief), trainer.train)
    return ranking.candidates[0], trainer.ledger.spent


def measure() -> None:
    rows: list[dict[str, object]] = []
    for task in TASKS:
        problem, curves = source(task).load(), recorded(task)
        table = finals(curves, problem.objective)
        for seed in SEEDS:
            others = [other for other in SEEDS if other != seed]
            means = {
                cell: np.mean([runs[other] for other in others]) for cell, runs in table.items()
            }
            best = min(means, key=means.__getitem__)
            baseline = baseline_of(problem)
            choices = {0.0: (baseline, 0.0)}
            choices |= {budget: searched(problem, curves, seed, budget) for budget in BUDGETS}
            for budget, (choice, cost) in choices.items():
                value = means[choice.record.schedule, choice.peak_lr]
                rows.append(
                    {
                        "task": task,
                        "seed": seed,
                        "budget": budget,
                        "cost": round(cost, 3),
                        "schedule": choice.record.schedule,
                        "peak_lr": choice.peak_lr,
                        "value": float(f"{value:.6g}"),
                        "best_schedule": best[0],
                        "best_peak_lr": best[1],
                        "best": float(f"{means[best]:.6g}"),
                        "regret": round(float(value / means[best] - 1), 5),
                    }
                )
    write("rows.csv", rows)
    summary: list[dict[str, object]] = []
    for budget in (0.0, *BUDGETS):
        group = [row for row in rows if row["budget"] == budget]
        regrets = {task: [row["regret"] for row in group if row["task"] == task] for task in TASKS}
        summary.append(
            {
                "budget": budget,
                "cost": round(float(np.mean([row["cost"] for row in group])), 2),
                "mean_regret": round(float(np.mean([row["regret"] for row in group])), 4),
                "worst_regret": max(row["regret"] for row in group),
                **{task: round(float(np.mean(values)), 4) for task, values in regrets.items()},
            }
        )
    pooled = isotonic_regression([row["mean_regret"] for row in summary], increasing=False).x
    for row, expected in zip(summary, pooled, strict=True):
        row["expected"] = round(float(expected), 4)
        print(row)
    write("summary.csv", summary)
    environment = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "seeds": SEEDS,
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true", help="train the curves again")
    if parser.parse_args().record:
        for name in TASKS:
            record(name)
    measure()
