"""Studies killed with `kill -9` at random moments and resumed end with the undisturbed decision.

    python evidence/killed_studies/measure.py [--kills 50] [--seed 0]

For each task: the whole study once with the serial executor, once with processes, and once killed
again and again at random moments (the driver; its workers end by themselves). All three decisions
must be the same file, byte for byte. Writes `kills.csv`, `studies.csv` and `environment.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from lehr.choose import read_study

HERE = Path(__file__).parent
TASKS = ("digits", "text", "tabular")
START = 6.0
"""About how many seconds pass until a resumed study trains again."""


def command(task: str, directory: Path, executor: str) -> list[str]:
    lehr = Path(sys.executable).with_name("lehr")
    return [str(lehr), "choose", task, "--directory", str(directory), "--executor", executor]


def whole(task: str, directory: Path, executor: str) -> float:
    begin = time.perf_counter()
    with (directory.parent / "output.txt").open("a") as output:
        done = subprocess.run(command(task, directory, executor), stdout=output, stderr=output)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{task} with {executor} ended with {done.returncode}")
    return time.perf_counter() - begin


def segments(directory: Path) -> int:
    """Results in the store of a killed study."""
    path = directory / "study.sqlite"
    if not path.exists():
        return 0
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        return (
            database.execute("SELECT count(*) FROM results").fetchone()[0]
            if "results" in tables
            else 0
        )


def killed(
    task: str, root: Path, kills: int, length: float, moments: random.Random
) -> tuple[list[dict[str, object]], list[bytes]]:
    """Kill and resume until so many kills have hit; a study that ends first is begun anew."""
    rows: list[dict[str, object]] = []
    decisions: list[bytes] = []
    study = 0
    while len(rows) < kills:
        directory = root / f"killed-{study}"
        moment = moments.uniform(0, 1.4 * (START + length / kills))
        with (root / "output.txt").open("a") as output:
            process = subprocess.Popen(
                command(task, directory, "processes"), stdout=output, stderr=output
            )
            try:
                process.wait(timeout=moment)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kept = segments(directory)
                rows.append(
                    {
                        "task": task,
                        "study": study,
                        "seconds": round(moment, 2),
                        "segments_kept": kept,
                    }
                )
                print(rows[-1], flush=True)
            else:
                decisions.append((directory / "decision.json").read_bytes())
                study += 1
    whole(task, root / f"killed-{study}", "processes")
    decisions.append((root / f"killed-{study}" / "decision.json").read_bytes())
    return rows, decisions


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    moments = random.Random(given.seed)
    kills: list[dict[str, object]] = []
    studies: list[dict[str, object]] = []
    for place, task in enumerate(TASKS):
        share = given.kills // len(TASKS) + (place < given.kills % len(TASKS))
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            seconds = {
                executor: whole(task, root / executor, executor)
                for executor in ("processes", "serial")
            }
            rows, decisions = killed(task, root, share, seconds["processes"], moments)
            kills += rows
            texts = {
                name: (root / name / "decision.json").read_bytes()
                for name in ("processes", "serial")
            }
            study = read_study(root / "serial")
        sharing, decision = study.sharing, study.decision
        studies.append(
            {
                "task": task,
                "kills": share,
                "killed_studies": len(decisions),
                "killed_equal_undisturbed": set(decisions) == {texts["processes"]},
                "serial_equals_processes": texts["serial"] == texts["processes"],
                "schedule": decision.schedule,
                "peak_lr": decision.peak_lr,
                "verdict": decision.verdict,
                "full_runs": decision.cost_full_runs.total,
                "runs": sharing.runs,
                "segments": sharing.segments,
                "steps_of_runs": sharing.steps_of_runs,
                "steps_trained": sharing.steps_trained,
                "saved": round(1 - sharing.steps_trained / sharing.steps_of_runs, 4),
                "seconds_processes": round(seconds["processes"], 1),
                "seconds_serial": round(seconds["serial"], 1),
            }
        )
        print(studies[-1], flush=True)
        write("kills.csv", kills)
        write("studies.csv", studies)
    environment = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "seed_of_moments": given.seed,
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")


if __name__ == "__main__":
    main()
