"""Finished runs of one task, of any candidate: looked up in `runs/`, or trained as twins."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tasks import TASKS
from twins import Twin, agree, values_of

from lehr import Plan, absolute, constant, linear
from lehr.choose.candidate import Candidate
from lehr.training.divergence import diverged_at

RUNS = Path(__file__).parent / "runs"
BESIDE = 8
"""Runs side by side: one program, whatever is trained."""
ROUNDING = 5e-6
VARIED = Plan(lr=linear(final=0.1), weight_decay=constant(100), momentum=absolute(constant(0.5)))
"""What twins are held against their runs with: more than any variant changes."""

Key = tuple[str, float, int]
"""A plan, a peak lr, a seed."""


class Trained:
    """The finished runs of one task.

    Args:
        name: the task's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.problem = TASKS[name].problem()
        self.losses: dict[Key, tuple[float, float]] = dict(_read(name))
        self._twin: Twin | None = None

    def loss(self, candidate: Candidate, seed: int) -> float:
        """The validation loss at the end; infinite where the run diverged."""
        return self.losses[_key(candidate, seed)][0]

    def train(self, wanted: Iterable[tuple[Candidate, int]]) -> None:
        """Train what is missing, and keep it."""
        missing = {_key(*run): run for run in wanted if _key(*run) not in self.losses}
        if not missing:
            return
        began = time.perf_counter()
        runs = sorted(missing.values(), key=lambda run: run[1])
        for first in range(0, len(runs), BESIDE):
            self._train(runs[first : first + BESIDE])
            _write(self.name, self.losses)
        seconds = time.perf_counter() - began
        print(f"{self.name}: {len(missing)} runs in {seconds:.0f} s", flush=True)

    def _train(self, group: Sequence[tuple[Candidate, int]]) -> None:
        if self._twin is None:
            self._twin = Twin(self.problem)
        twin = self._twin
        filled = [*group, *[group[-1]] * (BESIDE - len(group))]
        jobs = [
            (seed, values_of(one.plan.over(twin.horizon).multipliers(), one.peak_lr, twin.own))
            for one, seed in filled
        ]
        losses, val, test = twin.side_by_side(jobs)
        for place, run in enumerate(group):
            lost = diverged_at(losses[place].astype(np.float64), twin.horizon) is not None
            ends = float(val[place]), float(test[place])
            sound = not lost and np.isfinite(ends).all()
            self.losses[_key(*run)] = ends if sound else (np.inf, np.inf)

    def check(self) -> float:
        """Hold a twin whose every hyper-parameter is varied against its run; the largest gap."""
        gap = agree(Twin(self.problem), VARIED.over(self.problem.steps).multipliers(), self.calm)
        if gap > ROUNDING:
            sys.exit(f"{self.name}: the twin's losses differ from the run's by {gap:.1e}")
        return gap

    @property
    def calm(self) -> float:
        """A peak lr at which rounding does not grow in twenty steps."""
        return self.problem.baseline[1] / 8


def _key(candidate: Candidate, seed: int) -> Key:
    return repr(candidate.plan), candidate.peak_lr, seed


def _file(name: str) -> Path:
    return RUNS / f"{name}.csv.gz"


def _read(name: str) -> Iterable[tuple[Key, tuple[float, float]]]:
    if not _file(name).exists():
        return
    with gzip.open(_file(name), "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["plan"], float(row["peak_lr"]), int(row["seed"])
            yield key, (float(row["val"]), float(row["test"]))


def _write(name: str, losses: dict[Key, tuple[float, float]]) -> None:
    """Write all of a task's runs, whole or not at all; the same runs give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("plan", "peak_lr", "seed", "val", "test"))
    writer.writerows((*key, *losses[key]) for key in sorted(losses))
    RUNS.mkdir(exist_ok=True)
    temporary = _file(name).with_suffix(".part")
    temporary.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    temporary.rename(_file(name))
