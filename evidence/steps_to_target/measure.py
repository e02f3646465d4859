"""How many steps lehr's choice needs to a target on fresh seeds, beside its rivals.

    python evidence/steps_to_target/measure.py   # replays what is recorded: some minutes

Uses the runs of `evidence/choose/curves`. Each task has three targets (`TARGETS`), from the means
over its search seeds. Writes `rows.csv` (one row a task, target and search seed),
`decisions.csv` (verdicts and stated gains), `alike.csv` (the same where all candidates are alike)
and `summary.csv` (what the README states).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from aimed import AimedStudy
from grid import SHAPES, TRUNK
from lehr_choice import Study
from recorded import Recorded
from scipy import stats
from tasks import FRESH, SEEN, TASKS, UNSEEN
from written import write

HERE = Path(__file__).parent
HALVES = {"built on": (*SEEN, *UNSEEN), "fresh": FRESH}
SEARCH, RANDOM = 5.5, 5
TOTALS = (12.0, 40.0)
TARGETS = {
    "what cosine has at half its steps": lambda curves, base: curves[:, *base, 9].mean(),
    "what cosine has at the end": lambda curves, base: curves[:, *base, -1].mean(),
    "what the best cell has at the end": lambda curves, _: (
        curves[:, : len(SHAPES), :, -1].mean(0).min()
    ),
}
"""From the search seeds' runs and the customary cell: (seeds, shapes, peak lrs, marks)."""


def study_of(name: str, wanted: Callable[..., float]) -> AimedStudy:
    recorded = Recorded.load(name, SHAPES | TRUNK)
    problem = TASKS[name].problem()
    base = Study(problem=problem, recorded=recorded)
    searched = recorded.val[: len(recorded.searched)]
    value = float(wanted(searched, base.cell(base.baseline)))
    return AimedStudy(problem=problem, recorded=recorded, value=value)


def chosen(half: str, name: str, target: str, study: AimedStudy) -> Iterable[dict[str, object]]:
    """Each way's choice on every search seed: its steps on the fresh seeds, as geometric means."""
    by_loss = Study(problem=study.problem, recorded=study.recorded)
    customary = study.cell(study.baseline)
    for seed in study.recorded.searched:
        ours = study.choose(seed, SEARCH)
        cells = {
            "lehr": (ours.shape, ours.lr),
            "customary": customary,
            "by final loss": (lambda c: (c.shape, c.lr))(by_loss.choose(seed, SEARCH)),
            "random": (lambda c: (c.shape, c.lr))(study.random(seed, RANDOM)),
        }
        row: dict[str, object] = {"half": half, "task": name, "target": target, "seed": seed}
        row["cost"] = ours.cost
        for way, cell in cells.items():
            logs = np.log(study.fresh[:, *cell] / study.recorded.horizon)
            row[f"{way}: log steps"] = float(logs.mean())
            row[f"{way}: reached"] = float(study.reached[cell])
        yield row


def decided(
    half: str, name: str, target: str, study: AimedStudy, total: float
) -> Iterable[dict[str, object]]:
    """Decisions at a budget, and what the gains are on the fresh seeds."""
    baseline = study.cell(study.baseline)
    for seed in study.recorded.searched:
        made = study.decide(seed, total)
        ours, other = (np.log(study.fresh[:, *cell]) for cell in (made.choice, baseline))
        gain = made.gain
        yield {
            "half": half,
            "task": name,
            "target": target,
            "budget": total,
            "seed": seed,
            "verdict": made.verdict,
            "stated_low": None if gain is None else gain.low,
            "stated_mean": None if gain is None else gain.mean,
            "stated_high": None if gain is None else gain.high,
            "true_gain": float(1 - np.exp(ours.mean() - other.mean())),
        }


def fewer(rows: Sequence[Mapping[str, object]], rival: str) -> dict[str, float]:
    """How many fewer steps lehr's choice needs: mean over tasks, and Student's interval of it."""
    tasks = {str(row["task"]) for row in rows}
    logs = np.array(
        [
            np.mean(
                [
                    float(row[f"{rival}: log steps"]) - float(row["lehr: log steps"])  # type: ignore[arg-type] # rows hold numbers there
                    for row in rows
                    if row["task"] == task
                ]
            )
            for task in sorted(tasks)
        ]
    )
    half = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
    told = {"mean": logs.mean(), "low": logs.mean() - half, "high": logs.mean() + half}
    told |= {"worst task": logs.min(), "best task": logs.max()}
    return {name: round(float(1 - np.exp(-value)), 4) for name, value in told.items()} | {
        "tasks": len(logs),
        "tasks where fewer": int((logs > 0).sum()),
    }


def summarised(rows: Sequence[Mapping[str, object]]) -> Iterable[dict[str, object]]:
    for half in (*HALVES, "all"):
        for target in TARGETS:
            own = [row for row in rows if row["target"] == target and half in (row["half"], "all")]
            for rival in ("customary", "by final loss", "random"):
                ways = {"lehr": "lehr", "rival": rival}
                yield {
                    "half": half,
                    "target": target,
                    "rival": rival,
                    **fewer(own, rival),
                    **{
                        f"{label} reaches": round(
                            float(np.mean([row[f"{way}: reached"] for row in own])), 3
                        )
                        for label, way in ways.items()
                    },
                    "cost": round(float(np.mean([row["cost"] for row in own])), 2),
                }


def tell(decisions: Sequence[Mapping[str, object]], same: Sequence[Mapping[str, object]]) -> None:
    """Print what the README states of verdicts and intervals."""
    for total in TOTALS:
        for target in TARGETS:
            own = [d for d in decisions if d["target"] == target and d["budget"] == total]
            won = [d for d in own if d["verdict"] == "chosen"]
            right = sum(d["true_gain"] > 0 for d in won)
            stated = [d for d in own if d["stated_low"] is not None]
            held = sum(d["stated_low"] <= d["true_gain"] <= d["stated_high"] for d in stated)
            null = [d for d in same if d["target"] == target and d["budget"] == total]
            claims = sum(d["verdict"] != "indistinguishable" for d in null)
            winners = sum(d["verdict"] == "chosen" for d in null)
            print(
                f"budget {total:g}, {target}: {len(won)} of {len(own)} chosen, {right} right; "
                f"intervals hold {held} of {len(stated)}; alike: {winners} winners, {claims} "
                f"claims of {len(null)}"
            )


def main() -> None:
    rows: list[dict[str, object]] = []
    decisions: list[dict[str, object]] = []
    same: list[dict[str, object]] = []
    for half, tasks in HALVES.items():
        for task in tasks:
            for target, wanted in TARGETS.items():
                study = study_of(task.name, wanted)
                rows += chosen(half, task.name, target, study)
                null = study.alike()
                for total in TOTALS:
                    decisions += decided(half, task.name, target, study, total)
                    same += decided(half, task.name, target, null, total)
            print(task.name, flush=True)
    summary = list(summarised(rows))
    write(HERE / "rows.csv", rows)
    write(HERE / "decisions.csv", decisions)
    write(HERE / "alike.csv", same)
    write(HERE / "summary.csv", summary)
    for one in summary:
        print(one)
    tell(decisions, same)


if __name__ == "__main__":
    main()
