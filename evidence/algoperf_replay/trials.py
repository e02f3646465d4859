"""AlgoPerf trials as studies of five validation curves."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np

TRIALS, POINTS = "algoperf_trials.csv.gz", "algoperf_points.csv.gz"
KINDS = {
    "decays to the end": ("baseline", "nadamp", "generalized_adam", "caspr_adaptive", "shampoo"),
    "never decays": ("schedule_free_adamw", "schedule_free_prodigy"),
    "cycles": ("cyclic_lr",),
    "other": ("amos",),
}


@dataclass(frozen=True)
class Trial:
    """One training: its place in the benchmark, and its validation curve, where small is good."""

    round: str
    submission: str
    study: str
    workload: str
    number: str
    hyperparameters: str
    steps: np.ndarray
    values: np.ndarray

    def at(self, fraction: float) -> float:
        """The last value at a fraction of the trial's own length."""
        place = np.searchsorted(self.steps, fraction * self.steps[-1], side="right") - 1
        return float(self.values[max(place, 0)])


@dataclass(frozen=True)
class Study:
    """Five trials that were trained for one another's sake."""

    trials: tuple[Trial, ...]
    kind: str
    cluster: str

    @property
    def workload(self) -> str:
        """The workload without its framework."""
        return self.trials[0].workload.removesuffix("_jax").removesuffix("_pytorch")

    def at(self, fraction: float) -> np.ndarray:
        """Values of the trials at a fraction of their run."""
        return np.array([trial.at(fraction) for trial in self.trials])

    @cached_property
    def regret(self) -> np.ndarray:
        """How much worse than the best each trial ends, as a fraction."""
        end = self.at(1.0)
        return end / end.min() - 1


def read(directory: Path) -> list[Trial]:
    """All trials of the two tables; says what is missing where they are not there."""
    missing = [name for name in (TRIALS, POINTS) if not (directory / name).is_file()]
    if missing:
        sys.exit(
            f"{', '.join(missing)} not found in {directory}: give the directory of the published "
            "loss curves as the first argument"
        )
    curves: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in _rows(directory / POINTS):
        curves[row["trial_id"]].append((int(row["step"]), float(row["value"])))
    return [
        Trial(
            round=row["round"],
            submission=row["submission"].removesuffix("_submission"),
            study=row["study"],
            workload=row["workload"],
            number=row["trial"],
            hyperparameters=row["hparams"],
            steps=np.array([step for step, _ in curves[row["trial_id"]]]),
            values=np.array([value for _, value in curves[row["trial_id"]]]),
        )
        for row in _rows(directory / TRIALS)
    ]


def studies(trials: Iterable[Trial], *, same_length: float = 0.9) -> list[Study]:
    """The benchmark's own studies: five points of one submission on one workload.

    Args:
        trials: to be grouped.
        same_length: the shortest of a study has at least this part of the longest one's steps.
            AlgoPerf stops a trial that reaches the target, so that a lower value lets in studies
            whose good trials end early.
    """
    groups: dict[tuple[str, ...], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.round, trial.submission, trial.workload, trial.study].append(trial)
    return [
        Study(tuple(group), kind_of(submission), f"{submission} {workload}")
        for (_, submission, workload, _), group in groups.items()
        if len(group) == 5 and _length(group) >= same_length
    ]


def mixed(trials: Iterable[Trial], *, draws: int = 20, same_length: float = 0.7) -> list[Study]:
    """Made-up studies: five trials of one workload, each of another submission.

    Args:
        trials: to draw from.
        draws: studies for each workload and framework that five submissions share.
        same_length: as in `studies`, against the longest trial of the workload.
    """
    rng = np.random.default_rng(0)
    groups: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.round, trial.workload].append(trial)
    found: list[Study] = []
    for (_, workload), group in groups.items():
        longest = max(trial.steps[-1] for trial in group)
        entries: dict[str, list[Trial]] = defaultdict(list)
        for trial in group:
            if trial.steps[-1] >= same_length * longest:
                entries[trial.submission].append(trial)
        for _ in range(draws if len(entries) >= 5 else 0):
            chosen = rng.choice(sorted(entries), 5, replace=False)
            five = tuple(entries[one][rng.integers(len(entries[one]))] for one in chosen)
            found.append(Study(five, "different submissions", workload))
    return found


def kind_of(submission: str) -> str:
    """The family of a submission's schedule."""
    return next((kind for kind, members in KINDS.items() if submission in members), "other")


def pairs(found: Iterable[Study]) -> Iterator[tuple[Study, Trial, Trial, set[str]]]:
    """Pairs of trials of a study, and the hyper-parameters in which they differ."""
    for study in found:
        for a, b in combinations(study.trials, 2):
            first, second = json.loads(a.hyperparameters), json.loads(b.hyperparameters)
            names = {*first, *second}
            yield study, a, b, {name for name in names if first.get(name) != second.get(name)}


def _length(group: list[Trial]) -> float:
    ends = [trial.steps[-1] for trial in group]
    return min(ends) / max(ends)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        yield from csv.DictReader(file)
