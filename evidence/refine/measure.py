"""What `lehr choose --refine` gains: the search's front-runner and the refined one on fresh seeds.

    python evidence/refine/measure.py           # trains what `runs/` lacks, then minutes
    python evidence/refine/measure.py --anew    # trains everything again: about an hour

Writes `rows.csv` (one row a refinement), `changes.csv` (one row a hyper-parameter varied),
`tasks.csv`, `summary.csv` and `environment.json`.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
sys.path.insert(0, str(Path(__file__).parents[1] / "choose"))

import jax
import numpy as np
import torch
from chains import SEARCH, Chain, Refinements, Rule
from rules import SHIPPED, TRIED
from scipy import stats
from trained import RUNS

HERE = Path(__file__).parent
SEEDS = range(10)
DEVELOPMENT = (
    "digits_mlp", "digits_normed", "taught_classes", "mislabelled_sgd", "letters_sgd", "diabetes",
    "letters_recurrent", "compress", "mislabelled_adamw", "letters_transformer", "teacher_adam",
    "few_digits",
)  # fmt: skip
HELD_OUT = (
    "digits_cnn", "wine", "teacher_sgd", "rows_below", "denoise", "digits_deep", "coordinates",
    "sums", "letters_window", "cnn_adamw", "cells", "enlarge",
)  # fmt: skip
"""Every other task, ordered by optimizer (SGD with weight decay, SGD, Adam, AdamW)."""
HALVES = {"development": DEVELOPMENT, "held out": HELD_OUT}
LOST = 10.0
"""A run that diverged counts as this many times the other's loss."""

Row = dict[str, object]


def gains(old: Sequence[float], new: Sequence[float]) -> np.ndarray:
    """Log of old over new loss, seed by seed; positive: the new one is better."""
    ratios = np.nan_to_num(np.array(old) / np.array(new), nan=1.0, posinf=LOST)
    return np.log(np.clip(ratios, 1 / LOST, LOST))


def refinements(
    half: str, name: str, rules: Mapping[str, Rule]
) -> tuple[list[Row], list[Row], float]:
    """Rows of one task: every rule after every search, and every change that the rule weighed."""
    own = Refinements(name, SEEDS)
    rows: list[Row] = []
    changes: list[Row] = []
    for label, rule in rules.items():
        chains = own.chains(rule)
        stops = [one for chain in chains for one in (chain.old, chain.new)]
        if label in SHIPPED:
            stops += [one for chain in chains for c in chain.changes for one in (c.before, c.after)]
        fresh = own.fresh(stops)
        heading = {"half": half, "task": name, "rule": label}
        for chain in chains:
            rows.append(heading | row(chain, gains(fresh[chain.old], fresh[chain.new])))
            if label not in SHIPPED:
                continue
            rows[-1]["more_search"] = searched_on(own, chain)
            for change in chain.changes:
                gain = gains(fresh[change.before], fresh[change.after])
                changes.append(
                    heading
                    | {
                        "seed": chain.seed,
                        "name": change.name,
                        "accepted": int(change.after != change.before),
                        "gain": float(gain.mean()),
                        "sem": float(gain.std(ddof=1) / np.sqrt(len(gain))),
                        "before": str(change.before),
                        "after": str(change.after),
                    }
                )
    return rows, changes, own.trained.check()


def row(chain: Chain, gain: np.ndarray) -> Row:
    accepted = sum(change.after != change.before for change in chain.changes)
    return {
        "seed": chain.seed,
        "search": chain.search,
        "cost": chain.cost,
        "accepted": accepted,
        "changed": int(chain.new != chain.old),
        "gain": float(gain.mean()),
        **{f"gain_{place}": float(value) for place, value in enumerate(gain)},
        "old": str(chain.old),
        "new": str(chain.new),
    }


def searched_on(own: Refinements, chain: Chain) -> float:
    """What the search gains if it is given the refinement's cost instead, on the same seeds."""
    curves = own.study.recorded
    more = own.study.choose(chain.seed, SEARCH + chain.cost)
    old = curves.fresh[:, *own.study.cell(chain.old)]
    return float(gains(old, curves.fresh[:, more.shape, more.lr]).mean())


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and Student's 95 % interval."""
    array = np.array(values)
    half = stats.t.ppf(0.975, len(array) - 1) * array.std(ddof=1) / np.sqrt(len(array))
    return float(array.mean()), float(array.mean() - half), float(array.mean() + half)


def relative(log: float) -> float:
    """A log of losses' ratio as the part by which the loss is lower."""
    return float(1 - np.exp(-log))


def by_task(rows: Sequence[Row]) -> Iterable[Row]:
    """Each task under each rule; the interval is over fresh seeds, of the mean over searches."""
    for half, names in HALVES.items():
        for name in names:
            for label in dict.fromkeys(str(r["rule"]) for r in rows):
                own = [r for r in rows if r["task"] == name and r["rule"] == label]
                if not own:
                    continue
                table = np.array([[r[f"gain_{seed}"] for seed in range(10)] for r in own], float)
                mean, low, high = interval(table.mean(0).tolist())
                means = table.mean(1)
                yield {
                    "half": half,
                    "task": name,
                    "rule": label,
                    "cost": np.mean([r["cost"] for r in own]),
                    "changed": np.mean([r["changed"] for r in own]),
                    "gain": relative(mean),
                    "low": relative(low),
                    "high": relative(high),
                    "median": relative(float(np.median(means))),
                    "worst": relative(float(means.min())),
                    "best": relative(float(means.max())),
                    "log_gain": mean,
                }


def summarised(rows: Sequence[Row], changes: Sequence[Row], tasks: Sequence[Row]) -> Iterable[Row]:
    """Each rule on each half; the interval is over tasks."""
    for half in (*HALVES, "all"):
        for label in dict.fromkeys(str(r["rule"]) for r in rows):
            own, ends, steps_of = (
                [r for r in table if r["rule"] == label and half in (r["half"], "all")]
                for table in (tasks, rows, changes)
            )
            if not own or (half == "all" and {r["half"] for r in own} != set(HALVES)):
                continue
            mean, low, high = interval([float(r["log_gain"]) for r in own])
            changed = [r for r in ends if r["changed"]]
            one = {
                "half": half,
                "rule": label,
                "what": "all of it",
                "tasks": len(own),
                "cost": np.mean([r["cost"] for r in own]),
                "accepted": len(changed) / len(ends),
                "gain": relative(mean),
                "low": relative(low),
                "high": relative(high),
                "truly_better": np.mean([r["gain"] > 0 for r in changed]),
                "worse_by_2": np.mean([r["gain"] < -0.02 for r in ends]),
                "worst": relative(min(float(r["gain"]) for r in ends)),
                "worst_task": min(float(r["gain"]) for r in own),
                "tasks_better": sum(float(r["log_gain"]) > 0 for r in own),
            }
            yield one
            if label not in SHIPPED:
                continue
            for name in dict.fromkeys(r["name"] for r in changes):
                steps = [r for r in steps_of if r["name"] == name]
                taken = [r for r in steps if r["accepted"]]
                each = [
                    np.mean([r["gain"] for r in steps if r["task"] == task])
                    for task in dict.fromkeys(r["task"] for r in steps)
                ]
                mean, low, high = interval(each)
                yield {
                    "half": half,
                    "rule": label,
                    "what": name,
                    "tasks": len(each),
                    "accepted": len(taken) / len(steps),
                    "gain": relative(mean),
                    "low": relative(low),
                    "high": relative(high),
                    "truly_better": np.mean([r["gain"] > 0 for r in taken]),
                    "worse_by_2": np.mean([r["gain"] < -0.02 for r in steps]),
                    "worst": relative(min(float(r["gain"]) for r in steps)),
                    "worst_task": relative(float(min(each))),
                    "tasks_better": sum(value > 0 for value in each),
                }
            each = [
                np.mean([r["more_search"] for r in ends if r["task"] == task])
                for task in dict.fromkeys(r["task"] for r in ends)
            ]
            mean, low, high = interval(each)
            yield {
                "half": half,
                "rule": "the same cost spent on the search",
                "what": "all of it",
                "tasks": len(each),
                "gain": relative(mean),
                "low": relative(low),
                "high": relative(high),
                "worst_task": relative(float(min(each))),
                "tasks_better": sum(value > 0 for value in each),
            }


def write(name: str, rows: Sequence[Row]) -> None:
    fields = list(dict.fromkeys(key for one in rows for key in one))
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=fields, lineterminator="\n")
        writer.writeheader()
        for one in rows:
            writer.writerow(
                {k: round(float(v), 5) if isinstance(v, float) else v for k, v in one.items()}
            )


def main() -> None:
    if "--anew" in sys.argv:
        shutil.rmtree(RUNS, ignore_errors=True)
    rows: list[Row] = []
    changes: list[Row] = []
    gaps: dict[str, float] = {}
    for half, names in HALVES.items():
        rules = SHIPPED | (TRIED if half == "development" else {})
        for name in names:
            more = refinements(half, name, rules)
            rows += more[0]
            changes += more[1]
            gaps[name] = more[2]
    tasks = list(by_task(rows))
    write("rows.csv", rows)
    write("changes.csv", changes)
    write("tasks.csv", tasks)
    summary = list(summarised(rows, changes, tasks))
    write("summary.csv", summary)
    for one in summary:
        print({k: round(v, 4) if isinstance(v, float) else v for k, v in one.items()})
    environment = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "jax": jax.__version__,
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "searches": list(SEEDS),
        "fresh seeds": list(range(100, 110)),
        "largest gap between a twin's first twenty losses and its run's": gaps,
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=1) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
