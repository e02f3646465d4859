"""Train the grid of one task, or of all: the curves that `measure.py` replays.

    python evidence/choose/record.py digits_mlp denoise   # these
    python evidence/choose/record.py                      # all

All candidates of a seed train side by side, as twins of the tasks' runs (`twins.py`). Each seed is
kept as soon as it is trained (`shards/`), so an interrupted recording goes on where it stopped; a
task whose seeds are complete becomes `curves/<task>.npz`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
from numpy.typing import NDArray

from grid import FRESH_SEEDS, MARKS, SEARCH_SEEDS, cells, marks, peak_lrs, plans
from lehr.training.divergence import diverged_at
from tasks import TASKS
from twins import Twin, agree

HERE = Path(__file__).parent
SEEDS = (*SEARCH_SEEDS, *FRESH_SEEDS)
ROUNDING = 1e-5


def record(names: Sequence[str]) -> None:
    """Train one seed of each task, then the next seed of each."""
    twins = {name: Twin(TASKS[name].problem()) for name in names}
    for name, twin in twins.items():
        gap = agree(twin, plans()["wsd"].over(twin.horizon).multipliers())
        if gap > ROUNDING:
            sys.exit(f"{name}: the twin's losses differ from the run's by {gap:.1e}")
    for seed in SEEDS:
        for name, twin in twins.items():
            file = HERE / "shards" / name / f"{seed}.npz"
            if not file.exists():
                began = time.perf_counter()
                keep(file, tabulated(twin, seed))
                print(f"{name}, seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    for name, twin in twins.items():
        merge(name, twin)


def tabulated(twin: Twin, seed: int) -> dict[str, NDArray[np.float32]]:
    """What is kept of the runs of one seed, each array of shape (shapes, peak lrs, marks).

    `val` and `test`: the held-out losses; `train`: the mean training loss since the mark before.
    Not a number from the mark on at which a run had diverged.
    """
    multipliers = {
        candidate.plan: candidate.plan.over(twin.horizon).multipliers().values["lr"]
        for candidate in cells(twin.problem)
    }
    lrs = np.stack([cell.peak_lr * multipliers[cell.plan] for cell in cells(twin.problem)])
    losses, val, test = twin.curves(seed, lrs, MARKS)
    train = losses.reshape(len(lrs), MARKS, -1).mean(-1)
    at = np.array(marks(twin.horizon))
    for row, own in enumerate(losses.astype(np.float64)):
        step = diverged_at(own, twin.horizon)
        if step is not None:
            for table in (val, test, train):
                table[row, at > step] = np.nan
    grid = (len(plans()), len(peak_lrs(twin.problem)), MARKS)
    return {"val": val.reshape(grid), "test": test.reshape(grid), "train": train.reshape(grid)}


def keep(file: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a shard whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.stem}.part.npz")
    np.savez(temporary, **arrays)
    temporary.rename(file)


def merge(name: str, twin: Twin) -> None:
    """All seeds of a task in one file, each array of shape (seeds, shapes, peak lrs, marks)."""
    shards = [np.load(HERE / "shards" / name / f"{seed}.npz") for seed in SEEDS]
    arrays = {key: np.stack([shard[key] for shard in shards]) for key in ("val", "test", "train")}
    (HERE / "curves").mkdir(exist_ok=True)
    np.savez_compressed(
        HERE / "curves" / f"{name}.npz",
        seeds=np.array(SEEDS),
        marks=np.array(marks(twin.horizon)),
        peak_lrs=np.array(peak_lrs(twin.problem)),
        shapes=np.array(list(plans())),
        **arrays,
    )


if __name__ == "__main__":
    record(sys.argv[1:] or list(TASKS))
