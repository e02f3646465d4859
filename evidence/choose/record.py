"""Train the grid of one task, or of all: the curves that `measure.py` replays.

    python evidence/choose/record.py digits_mlp denoise   # these
    python evidence/choose/record.py                      # all

Runs of one seed are trained as one stacked program where the task allows it. Each seed is kept as
soon as it is trained (`shards/`), so an interrupted recording goes on where it stopped; a task whose
seeds are complete becomes `curves/<task>.npz`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grid import FRESH_SEEDS, SEARCH_SEEDS, cells, marks, peak_lrs, plans
from lehr.choose.candidate import Candidate
from lehr.training import Stretch, TorchProblem, set_threads, train_stretch
from tasks import TASKS

HERE = Path(__file__).parent


SEEDS = (*SEARCH_SEEDS, *FRESH_SEEDS)


def record(names: Sequence[str]) -> None:
    """Train one seed of each task, then the next seed of each."""
    problems = {name: TASKS[name].problem() for name in names}
    for seed in SEEDS:
        for name, problem in problems.items():
            file = HERE / "shards" / name / f"{seed}.npz"
            if not file.exists():
                began = time.perf_counter()
                keep(file, tabulated(problem, train(problem, cells(problem), seed)))
                print(f"{name}, seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    for name, problem in problems.items():
        merge(name, problem)


def keep(file: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a shard whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.stem}.part.npz")
    np.savez(temporary, **arrays)
    temporary.rename(file)


def train(problem: TorchProblem, candidates: Sequence[Candidate], seed: int) -> list[Stretch]:
    """Train every candidate to the end, one after another."""
    horizon = problem.steps
    set_threads(problem)
    return [
        train_stretch(
            problem.start(seed),
            candidate.plan.over(horizon).multipliers(),
            candidate.peak_lr,
            marks(horizon),
            np.empty(0),
            horizon,
        )
        for candidate in candidates
    ]


def tabulated(problem: TorchProblem, stretches: Sequence[Stretch]) -> dict[str, NDArray[np.float32]]:
    """What is kept of the runs of one seed, each array of shape (shapes, peak lrs, marks).

    `val` and `test`: the held-out losses; `train`: the mean training loss since the mark before.
    Not a number from the mark on at which a run had diverged.
    """
    at = marks(problem.steps)
    kept = {key: np.full((len(stretches), len(at)), np.nan) for key in ("val", "test", "train")}
    for row, stretch in enumerate(stretches):
        for step, metrics in stretch.metrics:
            column = at.index(step)
            kept["val"][row, column] = metrics["val_loss"]
            kept["test"][row, column] = metrics["test_loss"]
            start = at[column - 1] if column else 0
            kept["train"][row, column] = stretch.losses[start:step].mean()
    grid = (len(plans()), len(peak_lrs(problem)), len(at))
    return {key: table.reshape(grid).astype(np.float32) for key, table in kept.items()}


def merge(name: str, problem: TorchProblem) -> None:
    """All seeds of a task in one file, each array of shape (seeds, shapes, peak lrs, marks)."""
    shards = [np.load(HERE / "shards" / name / f"{seed}.npz") for seed in SEEDS]
    arrays = {key: np.stack([shard[key] for shard in shards]) for key in ("val", "test", "train")}
    (HERE / "curves").mkdir(exist_ok=True)
    np.savez_compressed(
        HERE / "curves" / f"{name}.npz",
        seeds=np.array(SEEDS),
        marks=np.array(marks(problem.steps)),
        peak_lrs=np.array(peak_lrs(problem)),
        shapes=np.array(list(plans())),
        **arrays,
    )


if __name__ == "__main__":
    record(sys.argv[1:] or list(TASKS))
