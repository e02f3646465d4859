"""How well `lehr choose` chooses, at what cost, beside its rivals.

    python evidence/choose/measure.py   # replay what is recorded: twenty minutes of one core
    python evidence/choose/record.py    # train the grids again: two hours on two cores
    python evidence/choose/live.py      # train the rivals that choose no cell again

Writes `rows.csv.gz` (one row a choice), `summary.csv` (one row a rival, budget and half),
`tasks.csv` (lehr at its default, task by task), `decisions.csv` (with confirmation), `regret.csv`
(what `lehr.choose.regret` tells users), `alike.csv` (decisions where all candidates are alike),
`short_list.csv` (what each schedule loses at its best peak lr), `noise_floor.csv` (what whoever
knew the best cells would lose) and `environment.json`.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import noise_floor
import numpy as np
import short_list
import torch
from grid import SHAPES, TRUNK
from lehr_choice import Study
from recorded import Recorded
from rivals import LISTED
from rivals.live_rows import live_rows
from rivals.table import replay
from scipy.optimize import isotonic_regression
from summary import Row, summarise
from tasks import FRESH, LATER, LONG, SEEN, TASKS, UNSEEN
from written import rounded, write

HERE = Path(__file__).parent
BUDGETS = (0.3, 0.5, 1, 2, 3, 4, 5, 5.5, 6, 7, 8, 10, 12, 16, 20)
DEFAULT, TOTAL = 5.5, 12.0
LEHRS_LIST = ("linear", "wsd", *TRUNK)
HALVES = {
    "seen": [task.name for task in SEEN],
    "unseen at first": [task.name for task in UNSEEN],
    "fresh": [task.name for task in FRESH],
    "later": [task.name for task in LATER],
    "long": [task.name for task in LONG],
}
BUILT_ON = ("seen", "unseen at first")
GRIDS = (*BUILT_ON, "fresh", "later")


def studies() -> dict[str, Study]:
    """One for every task whose curves are complete."""
    found = [name for name in TASKS if (HERE / "curves" / f"{name}.npz").exists()]
    everything = SHAPES | TRUNK
    return {
        name: Study(problem=TASKS[name].problem(), recorded=Recorded.load(name, everything))
        for name in found
    }


def searched(name: str, study: Study) -> Iterable[Row]:
    """Lehr's choices on one task, at every budget with every seed."""
    for budget in BUDGETS:
        for seed in study.recorded.searched:
            choice = study.choose(seed, budget)
            yield Row(
                task=name,
                rival="lehr",
                budget=f"{budget:g} runs",
                seed=seed,
                cost=choice.cost,
                regret=study.recorded.regret(choice.shape, choice.lr),
            )


def decided(name: str, study: Study) -> Iterable[dict[str, object]]:
    """Decisions at the default budget of 12, and what they are worth on the fresh seeds."""
    curves = study.recorded
    baseline = study.cell(study.baseline)
    for seed in curves.searched:
        made = study.decide(seed, TOTAL)
        ours, other = (curves.fresh[:, *cell] for cell in (made.choice, baseline))
        yield {
            "task": name,
            "seed": seed,
            "verdict": made.verdict,
            "front_regret": curves.regret(*made.front),
            "regret": curves.regret(*made.choice),
            "baseline_regret": curves.regret(*baseline),
            "stated_gain": None if made.gain is None else made.gain.mean,
            "stated_low": None if made.gain is None else made.gain.low,
            "stated_high": None if made.gain is None else made.gain.high,
            "true_gain": float(1 - np.exp(np.log(ours).mean() - np.log(other).mean())),
            "search": made.search,
            "confirm": made.confirm,
        }


def expected(rows: Sequence[Row]) -> list[dict[str, float]]:
    """Mean cost and regret by budget on the tasks built on, made monotone in the cost."""
    known = {name for half in BUILT_ON for name in HALVES[half]}
    seen = [row for row in rows if row.rival == "lehr" and row.task in known]
    table = []
    for budget in BUDGETS:
        own = [row for row in seen if row.budget == f"{budget:g} runs"]
        table.append(
            (np.mean([row.cost for row in own]), np.mean([min(row.regret, 1) for row in own]))
        )
    costs, regrets = (np.array(column) for column in zip(*table, strict=True))
    pooled = isotonic_regression(regrets, increasing=False).x
    return [
        {
            "budget": budget,
            "cost": round(float(cost), 2),
            "regret": round(float(regret), 4),
            "expected": round(float(level), 4),
        }
        for budget, cost, regret, level in zip(BUDGETS, costs, regrets, pooled, strict=True)
    ]


def main() -> None:
    known = studies()
    curves = {name: Recorded.load(name) for name in known}
    rows = [row for name, study in known.items() for row in searched(name, study)]
    table = expected(rows)
    write(HERE / "regret.csv", table)
    rows += replay([curves[name] for half in GRIDS for name in HALVES[half]])
    rows += replay(
        [known[name].recorded for half in GRIDS for name in HALVES[half]],
        rivals=LISTED,
        only=LEHRS_LIST,
    )
    rows += live_rows(curves)
    write(HERE / "rows.csv.gz", map(asdict, rows))
    sums = [
        {"half": half, **rounded(asdict(one))}
        for half, names in HALVES.items()
        for one in summarise(rows, names)
    ]
    write(HERE / "summary.csv", sums)
    write(HERE / "tasks.csv", by_task(rows, known))
    shapes = short_list.table(name for half in GRIDS for name in HALVES[half])
    write(HERE / "short_list.csv", shapes)
    write(
        HERE / "noise_floor.csv", floor([curves[name] for half in GRIDS for name in HALVES[half]])
    )
    decisions = [
        {"half": half, **rounded(row)}
        for half in GRIDS
        for name in HALVES[half]
        for row in decided(name, known[name])
    ]
    write(HERE / "decisions.csv", decisions)
    same = [
        rounded(row)
        for half in GRIDS
        for name in HALVES[half]
        for row in decided(name, known[name].alike())
    ]
    write(HERE / "alike.csv", same)
    tell(sums, decisions, same, table, rows)
    for row in shapes:
        print({key: row[key] for key in ("list", "mean", "median", "worst")})
    environment = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "tasks": {name: curves[name].seeds for name in known},
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=1) + "\n")


def floor(curves: Sequence[Recorded]) -> Iterable[dict[str, object]]:
    """What whoever was told the best cells loses, half by half and over all of them."""
    rows = [row for one in curves for row in noise_floor.told(one)]
    names = {half: HALVES[half] for half in GRIDS} | {"all": [one.task for one in curves]}
    for half, tasks in names.items():
        for one in summarise(rows, tasks):
            yield {"half": half, **rounded(asdict(one))}


def by_task(rows: Sequence[Row], known: Mapping[str, Study]) -> Iterable[dict[str, object]]:
    """Lehr's searches at the default budget, task by task."""
    for half, names in HALVES.items():
        for name in names:
            own = [
                row
                for row in rows
                if row.rival == "lehr" and row.task == name and row.budget == f"{DEFAULT:g} runs"
            ]
            if not own:
                continue
            regrets = np.array([row.regret for row in own])
            curves = known[name].recorded
            of_all = (1 + float(np.median(regrets))) * (1 + curves.beaten) - 1
            yield {
                "half": half,
                "task": name,
                "median": round(float(np.median(regrets)), 4),
                "mean": round(float(np.minimum(regrets, 10).mean()), 4),
                "worst": round(float(regrets.max()), 4),
                "off_10": round(float((regrets > 0.1).mean()), 3),
                "off_25": round(float((regrets > 0.25).mean()), 3),
                "cost": round(float(np.mean([row.cost for row in own])), 2),
                "median_of_all_cells": round(of_all, 4),
                "best_peak": curves.oracle[1] - len(curves.peak_lrs) // 2,
            }


def tell(sums, decisions, same, table, rows) -> None:
    """Print what the README states."""
    for half in HALVES:
        print(f"\n{half}: cost, mean of medians, worst task, off by > 10 %, > 25 %, mean")
        for one in sorted((s for s in sums if s["half"] == half), key=lambda s: s["mean_cost"]):
            print(
                f"{one['rival']:38s} {one['budget']:18s} {one['mean_cost']:6.2f} "
                f"{one['mean_of_medians']:8.1%} {one['worst_task']:8.1%} {one['worst_name']:20s} "
                f"{one['off_10']:6.1%} {one['off_25']:6.1%} {one['mean_regret']:8.1%}"
            )
    costs, levels = ([row[key] for row in table] for key in ("cost", "expected"))
    for half in ("fresh", "later"):
        print(f"\nexpected regret on the {half} tasks: budget, told, true")
        for budget in BUDGETS:
            own = [
                row
                for row in rows
                if row.rival == "lehr"
                and row.task in HALVES[half]
                and row.budget == f"{budget:g} runs"
            ]
            told = np.mean([np.interp(row.cost, costs, levels) for row in own])
            true = np.mean([min(row.regret, 1) for row in own])
            print(f"{budget:5g} {told:7.1%} {true:7.1%} {true / told:6.2f}")
    for half in GRIDS:
        own = [row for row in decisions if row["half"] == half]
        chosen = [row for row in own if row["verdict"] == "chosen"]
        right = [row for row in chosen if row["true_gain"] > 0]
        stated = [row for row in own if row["stated_low"] is not None]
        covered = [
            row for row in stated if row["stated_low"] <= row["true_gain"] <= row["stated_high"]
        ]
        told = {
            v: sum(row["verdict"] == v for row in own)
            for v in ("chosen", "indistinguishable", "no_winner")
        }
        print(
            f"\n{half}: {told}; claimed and right {len(right)} of {len(chosen)}; stated intervals "
            f"that hold the fresh seeds' mean {len(covered)} of {len(stated)}; "
            f"regret of the decision, mean of medians {mean_of_medians(own, 'regret'):.2%} "
            f"(of the search's front {mean_of_medians(own, 'front_regret'):.2%}), off by > 10 %: "
            f"{np.mean([row['regret'] > 0.1 for row in own]):.1%}, > 25 %: "
            f"{np.mean([row['regret'] > 0.25 for row in own]):.1%}; "
            f"cost {np.mean([row['search'] for row in own]):.2f} + "
            f"{np.mean([row['confirm'] for row in own]):.2f}"
        )
    claimed = sum(row["verdict"] != "indistinguishable" for row in same)
    won = sum(row["verdict"] == "chosen" for row in same)
    print(f"\nall candidates alike: {won} of {len(same)} claim a winner, {claimed} any difference")


def mean_of_medians(rows, key: str) -> float:
    tasks = {row["task"] for row in rows}
    return float(
        np.mean([np.median([row[key] for row in rows if row["task"] == task]) for task in tasks])
    )


if __name__ == "__main__":
    main()
