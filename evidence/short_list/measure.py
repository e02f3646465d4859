"""What a list of schedules loses against all that were recorded, each at its own best peak lr.

    python evidence/short_list/measure.py    # seconds; reads the curves of ../expected_regret

For every task, list and choice of seeds: the best cell (schedule of the list, peak lr) by its mean
on two seeds, valued on the third, against the best cell of all lists by the same rule. Writes
`rows.csv` (one row a task, list and held-out seed) and `summary.csv`.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections import defaultdict
from pathlib import Path
from statistics import fmean

HERE = Path(__file__).parent
CURVES = HERE.parent / "expected_regret"
TASKS, SEEDS, OBJECTIVE = ("digits", "tabular", "text"), (0, 1, 2), "val_loss"
SHAPES = {
    "linear": 'warmup("5%") >> linear()',
    "wsd": 'warmup("5%") >> hold() >> linear("20%")',
    "rex": 'warmup("5%") >> rex()',
    "cosine": 'warmup("5%") >> cosine()',
}
LISTS = {name: (name,) for name in SHAPES} | {
    "linear, wsd": ("linear", "wsd"),
    "linear, wsd, rex": ("linear", "wsd", "rex"),
    "all four": tuple(SHAPES),
}

Cell = tuple[str, float]


def recorded(task: str) -> dict[Cell, dict[int, float]]:
    """(schedule, peak lr) -> seed -> objective at the end; infinite for a run that diverged."""
    table: dict[Cell, dict[int, float]] = defaultdict(dict)
    with gzip.open(CURVES / f"{task}.jsonl.gz", "rt") as file:
        for curve in map(json.loads, file):
            last = math.inf if curve["diverged"] else curve["metrics"][OBJECTIVE][-1]
            table[curve["plan"]["lr"], curve["peak_lr"]][curve["seed"]] = last
    return table


def measure() -> None:
    rows: list[dict[str, object]] = []
    for task in TASKS:
        table = recorded(task)
        for held in SEEDS:
            chosen: dict[str, Cell] = {}
            for name, shapes in LISTS.items():
                texts = {SHAPES[shape] for shape in shapes}
                chosen[name] = min(
                    (cell for cell in table if cell[0] in texts),
                    key=lambda cell: fmean(v for seed, v in table[cell].items() if seed != held),
                )
            best = table[chosen["all four"]][held]
            rows += [
                {
                    "task": task,
                    "held_out_seed": held,
                    "list": name,
                    "schedule": cell[0],
                    "peak_lr": cell[1],
                    "value": round(table[cell][held], 6),
                    "loss": round(table[cell][held] / best - 1, 5),
                }
                for name, cell in chosen.items()
            ]
    write("rows.csv", rows)
    summary: list[dict[str, object]] = []
    for name in LISTS:
        group = [row for row in rows if row["list"] == name]
        losses = {t: fmean(float(r["loss"]) for r in group if r["task"] == t) for t in TASKS}
        told = {task: round(loss, 4) for task, loss in losses.items()}
        summary.append({"list": name, "mean": round(fmean(losses.values()), 4), **told})
        print(summary[-1])
    write("summary.csv", summary)


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    measure()
