"""How well `lehr choose` chooses by an accuracy, beside its rivals and its own choice by loss.

    python evidence/accuracies/measure.py   # replay what is recorded: five minutes
    python evidence/accuracies/train.py     # train the grids again: over an hour of one core

Writes `rows.csv.gz` (one row a choice), `summary.csv` (one a way to choose and half), `tasks.csv`
(one a task, at the default budget), `paired.csv` (what other ways lose against lehr's),
`schedules.csv` (what each loses at its best peak lr), `decisions.csv` (with confirmation) and
`alike.csv` (decisions where all candidates are alike).
Every regret is in samples told wrong beyond the best cell's, a fraction of all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from accurate import APART, KNOWN
from grid import SHAPES, TRUNK
from lehr_choice import Study
from rivals import RIVALS
from rivals.table import replay
from scipy import stats
from scored import PROBLEMS, Accurate, Wrong, recorded
from summary import Row, summarise
from written import write

HERE = Path(__file__).parent
HALVES = {"built on": tuple(KNOWN), "apart": tuple(APART)}
BUDGETS = (1, 3, 5.5, 8, 10, 12)
DEFAULT, TOTAL = 5.5, 12.0
POINT = 0.01
OBJECTIVES = ("lehr by accuracy", "lehr by error rate", "lehr by loss")
RIVALS_OF_ITS_COST = (
    ("customary lr, cosine", "1 run"),
    ("lr grid, linear", "5 lrs"),
    ("lr grid, cosine", "5 lrs"),
    ("random search", "4 runs"),
    ("random search", "8 runs"),
    ("successive halving, linear wsd rex", "18 cells"),
    ("Optuna TPE, Hyperband", "8 runs"),
)
"""Those that cost about what lehr does by default, or a little less and more."""
OFTEN_OFF = {
    "lehr": ("lehr by accuracy", f"{DEFAULT:g} runs"),
    "5 lrs, linear": ("lr grid, linear", "5 lrs"),
    "grid": ("exhaustive grid", "91 cells"),
}


def ways(name: str) -> dict[str, Study]:
    """Lehr by accuracy, by the share told wrong, and by the loss."""
    problem, wrong = PROBLEMS[name], recorded(name, "accuracy")
    studies = (
        Accurate(problem=problem, recorded=wrong),
        Study(problem=problem, recorded=wrong),
        Study(problem=problem, recorded=recorded(name, "loss")),
    )
    return dict(zip(OBJECTIVES, studies, strict=True))


def searched(name: str, known: Mapping[str, Study]) -> Iterator[Row]:
    """Lehr's choices on one task; the study by accuracy values them all."""
    judge = known["lehr by accuracy"].recorded
    for way, study in known.items():
        for budget in BUDGETS:
            for seed in judge.searched:
                choice = study.choose(seed, budget)
                yield Row(
                    task=name,
                    rival=way,
                    budget=f"{budget:g} runs",
                    seed=seed,
                    cost=choice.cost,
                    regret=judge.regret(choice.shape, choice.lr),
                )


def decided(name: str, study: Study) -> Iterator[dict[str, object]]:
    """Decisions at the default budget of 12, and what they are worth on the fresh seeds."""
    curves, baseline = study.recorded, study.cell(study.baseline)
    right = 1 - np.minimum(curves.fresh, 1.0)
    for seed in curves.searched:
        made = study.decide(seed, TOTAL)
        yield {
            "task": name,
            "seed": seed,
            "verdict": made.verdict,
            "regret": curves.regret(*made.choice),
            "stated_low": None if made.gain is None else made.gain.low,
            "stated_mean": None if made.gain is None else made.gain.mean,
            "stated_high": None if made.gain is None else made.gain.high,
            "true_gain": float((right[:, *made.choice] - right[:, *baseline]).mean()),
            "search": made.search,
            "confirm": made.confirm,
        }


def by_task(rows: Sequence[Row], curves: Mapping[str, Wrong]) -> Iterator[dict[str, object]]:
    """Each way at the default budget, beside what the oracle and its seeds do."""
    for half, names in HALVES.items():
        for name in names:
            best = curves[name].fresh[:, *curves[name].oracle]
            row: dict[str, object] = {
                "half": half,
                "task": name,
                "oracle_wrong": float(best.mean()),
                "seeds_differ_by": float(best.std(ddof=1)),
            }
            for way in OBJECTIVES:
                row[way] = float(np.median(_regrets(rows, (way, f"{DEFAULT:g} runs"), name)))
            for label, way in OFTEN_OFF.items():
                off = np.array(_regrets(rows, way, name)) > POINT
                row[f"off by a point: {label}"] = float(off.mean())
            yield row


def schedules(curves: Mapping[str, Wrong]) -> Iterator[dict[str, object]]:
    """What each schedule loses at its own best peak lr."""
    for place, name in enumerate(SHAPES | TRUNK):
        lost: list[float] = []
        for one in curves.values():
            lr = int(np.minimum(one.finals, 1.0).mean(0)[place].argmin())
            lost.append(one.regret(place, lr))
        yield {"schedule": name, "mean": float(np.mean(lost)), "worst": max(lost)}


def sums(rows: Sequence[Row]) -> Iterator[dict[str, object]]:
    """What many choices amount to, half by half."""
    for half, names in HALVES.items():
        for one in summarise(rows, names):
            own = [
                row
                for row in rows
                if (row.rival, row.budget) == (one.rival, one.budget) and row.task in names
            ]
            yield {
                "half": half,
                "rival": one.rival,
                "budget": one.budget,
                "cost": one.mean_cost,
                "mean_of_medians": one.mean_of_medians,
                "worst_task": one.worst_task,
                "worst_name": one.worst_name,
                "mean": one.mean_regret,
                "off_1_point": float(np.mean([row.regret > POINT for row in own])),
                "off_3_points": float(np.mean([row.regret > 3 * POINT for row in own])),
            }


def against(rows: Sequence[Row]) -> Iterator[dict[str, object]]:
    """How much less accurate other ways are, paired by task; Student's 95 % interval over tasks."""
    own = "lehr by accuracy"
    same = [(way, f"{budget:g} runs") for way in OBJECTIVES for budget in BUDGETS]
    pairs = [(other, (own, other[1])) for other in same if other[0] != own]
    pairs += [(rival, (own, f"{DEFAULT:g} runs")) for rival in RIVALS_OF_ITS_COST]
    for half, names in {**HALVES, "all": tuple(PROBLEMS)}.items():
        for other, ours in pairs:
            lost = np.array([_mean(rows, other, n) - _mean(rows, ours, n) for n in names])
            centre = float(lost.mean())
            wide = stats.t.ppf(0.975, len(lost) - 1) * lost.std(ddof=1) / np.sqrt(len(lost))
            yield {
                "half": half,
                "way": other[0],
                "budget": other[1],
                "lehr's budget": ours[1],
                "loses": centre,
                "low": float(centre - wide),
                "high": float(centre + wide),
                "tasks_worse": int((lost > 0).sum()),
                "tasks": len(lost),
            }


def _mean(rows: Sequence[Row], way: tuple[str, str], task: str) -> float:
    return float(np.mean(_regrets(rows, way, task)))


def _regrets(rows: Sequence[Row], way: tuple[str, str], task: str) -> list[float]:
    return [row.regret for row in rows if (row.rival, row.budget, row.task) == (*way, task)]


def tell(half: str, decisions: Sequence[Mapping[str, object]]) -> None:
    """Print what the README states of decisions."""
    won = [row for row in decisions if row["verdict"] == "chosen"]
    stated = [row for row in decisions if row["stated_low"] is not None]
    held = sum(row["stated_low"] <= row["true_gain"] <= row["stated_high"] for row in stated)
    print(
        f"{half}: chosen {len(won)} of {len(decisions)}, really better "
        f"{sum(row['true_gain'] > 0 for row in won)}; intervals hold {held} of {len(stated)}; "
        f"cost {np.mean([row['search'] for row in decisions]):.2f} + "
        f"{np.mean([row['confirm'] for row in decisions]):.2f}"
    )


def main() -> None:
    known = {name: ways(name) for name in PROBLEMS}
    curves = {name: own["lehr by accuracy"].recorded for name, own in known.items()}
    rows = [row for name, own in known.items() for row in searched(name, own)]
    rows += replay([one.of(SHAPES) for one in curves.values()], rivals=RIVALS)
    write(HERE / "rows.csv.gz", map(asdict, rows))
    write(HERE / "tasks.csv", by_task(rows, curves))
    write(HERE / "schedules.csv", schedules(curves))
    summary, paired = list(sums(rows)), list(against(rows))
    write(HERE / "summary.csv", summary)
    write(HERE / "paired.csv", paired)
    for one in [*sorted(summary, key=lambda s: (s["half"], s["cost"])), *paired]:
        print(*(f"{v:.4f}" if isinstance(v, float) else v for v in one.values()), sep="  ")
    studies = {name: own["lehr by accuracy"] for name, own in known.items()}
    made = {
        half: [row for name in names for row in decided(name, studies[name])]
        for half, names in HALVES.items()
    }
    write(HERE / "decisions.csv", [{"half": half} | row for half in made for row in made[half]])
    for half, own in made.items():
        tell(half, own)
    same = [row for name, study in studies.items() for row in decided(name, study.alike())]
    write(HERE / "alike.csv", same)
    won = sum(row["verdict"] == "chosen" for row in same)
    claimed = sum(row["verdict"] != "indistinguishable" for row in same)
    print(f"all alike: {won} of {len(same)} claim a winner, {claimed} any difference")


if __name__ == "__main__":
    main()
