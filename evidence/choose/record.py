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
from collections.abc import Mapping
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
from grid import FRESH_SEEDS, LONG_SEEDS, MARKS, SEARCH_SEEDS, cells, marks, peak_lrs, plans
from numpy.typing import NDArray
from tasks import LONG, TASKS
from twins import Twin, agree

from lehr.training.divergence import diverged_at

HERE = Path(__file__).parent
SEEDS = (*SEARCH_SEEDS, *FRESH_SEEDS)
ROUNDING = 1e-5


def record(twins: Mapping[str, Twin], folder: Path) -> None:
    """Train one seed of each task, then the next seed of each; keep them in a folder."""
    for name, twin in twins.items():
        gap = agree(twin, plans()["wsd"].over(twin.horizon).multipliers())
        if gap > ROUNDING:
            sys.exit(f"{name}: the twin's losses differ from the run's by {gap:.1e}")
    for seed in SEEDS:
        for name, twin in twins.items():
            if seed not in seeds_of(name):
                continue
            file = folder / "shards" / name / f"{seed}.npz"
            if not file.exists():
                began = time.perf_counter()
                keep(file, tabulated(twin, seed))
                print(f"{name}, seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    for name, twin in twins.items():
        merge(name, twin, folder)


def seeds_of(name: str) -> tuple[int, ...]:
    """The seeds a task is recorded with."""
    return LONG_SEEDS if name in {task.name for task in LONG} else SEEDS


def tabulated(twin: Twin, seed: int) -> dict[str, NDArray[np.float32]]:
    """What held-out parts say of the runs of one seed, each of shape (shapes, peak lrs, marks).

    With one more axis where a twin judges by several metrics. Not a number from the mark on at
    which a run had diverged.
    """
    multipliers = {
        candidate.plan: candidate.plan.over(twin.horizon).multipliers().values["lr"]
        for candidate in cells(twin.problem)
    }
    lrs = np.stack([cell.peak_lr * multipliers[cell.plan] for cell in cells(twin.problem)])
    losses, val, test = twin.curves(seed, {"lr": lrs}, MARKS)
    judged = {"val": val, "test": test}
    at = np.array(marks(twin.horizon))
    for row, own in enumerate(losses.astype(np.float64)):
        step = diverged_at(own, twin.horizon)
        if step is not None:
            for table in judged.values():
                table[row, at > step] = np.nan
    grid = (len(plans()), len(peak_lrs(twin.problem)), MARKS)
    return {name: table.reshape(*grid, *table.shape[2:]) for name, table in judged.items()}


def keep(file: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Write a shard whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.stem}.part.npz")
    np.savez(temporary, **arrays)
    temporary.rename(file)


def merge(name: str, twin: Twin, folder: Path) -> None:
    """All seeds of a task in one file.

    `val` of shape (seeds, shapes, peak lrs, marks), and `test` at the end: (seeds, shapes, lrs).
    """
    shards = [np.load(folder / "shards" / name / f"{seed}.npz") for seed in seeds_of(name)]
    (folder / "curves").mkdir(exist_ok=True)
    np.savez_compressed(
        folder / "curves" / f"{name}.npz",
        seeds=np.array(seeds_of(name)),
        marks=np.array(marks(twin.horizon)),
        peak_lrs=np.array(peak_lrs(twin.problem)),
        shapes=np.array(list(plans())),
        val=np.stack([shard["val"] for shard in shards]),
        test=np.stack([shard["test"][:, :, -1] for shard in shards]),
    )


if __name__ == "__main__":
    record({name: Twin(TASKS[name].problem()) for name in sys.argv[1:] or TASKS}, HERE)
