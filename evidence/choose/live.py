"""Train the rivals that do not choose a cell of the grid: rows of `live/<task>.csv`.

    python evidence/choose/live.py digits_mlp denoise   # these
    python evidence/choose/live.py                      # all
    python evidence/choose/live.py --count              # only say how many steps are missing

A rival that searches an lr does so with each of five search seeds, and each lr is trained on five
fresh seeds; AutoLRS, which searches while it trains, on five, all others on the ten. All rivals and
tasks get a fresh seed before any gets the next, and each row is kept as soon as it is there, so an
interrupted recording goes on where it stopped and is of use before it is complete.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache

from grid import FRESH_SEEDS, SEARCH_SEEDS
from rivals.live_rows import LIVE, kept
from rivals.trained import TRAINED
from rivals.trained.plain import Outcome, Trained
from tasks import TASKS

from lehr.training import TorchProblem, set_threads

FIELDS = ("task", "rival", "search_seed", "fresh_seed", "lr", "cost", "val", "test")
SEARCHES = SEARCH_SEEDS[:5]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One row to train.

    Attributes:
        task: what is trained.
        rival: by whom.
        search_seed: of the search for an lr; None where there is none.
        fresh_seed: of the training.
    """

    task: str
    rival: str
    search_seed: int | None
    fresh_seed: int


def record(names: Sequence[str], *, count: bool = False) -> None:
    problems = {name: TASKS[name].problem() for name in names}
    there = set().union(*map(done, problems))
    missing = [job for job in jobs(problems) if job not in there]
    steps = sum(problems[job.task].steps for job in missing)
    print(f"{len(missing)} trainings, {steps:,} steps and those of searches", flush=True)
    for job in [] if count else missing:
        train(problems[job.task], job)


def jobs(problems: dict[str, TorchProblem]) -> Iterator[Job]:
    """Everything to train, fresh seed by fresh seed."""
    for place, fresh_seed in enumerate(FRESH_SEEDS):
        for name, problem in problems.items():
            for rival in TRAINED:
                if rival.fits(problem) and place < rival.fresh:
                    for search_seed in SEARCHES if rival.search else (None,):
                        yield Job(
                            task=name,
                            rival=rival.name,
                            search_seed=search_seed,
                            fresh_seed=fresh_seed,
                        )


def train(problem: TorchProblem, job: Job) -> None:
    """Train one row and keep it."""
    set_threads(problem)
    rival = next(rival for rival in TRAINED if rival.name == job.rival)
    lr = None if job.search_seed is None else searched(rival, problem, job.search_seed)
    outcome = trained(rival, problem, job.fresh_seed, lr)
    file = LIVE / f"{job.task}.csv"
    new = not file.exists()
    LIVE.mkdir(exist_ok=True)
    with file.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({**asdict(job), **asdict(outcome)})


@cache
def trained(rival: Trained, problem: TorchProblem, seed: int, lr: float | None) -> Outcome:
    """The training of one lr, which several searches may have come to."""
    return rival.train(problem, seed, lr)


@cache
def searched(rival: Trained, problem: TorchProblem, seed: int) -> float:
    """The lr of a search; the same search again gives the same."""
    if rival.search is None:
        raise ValueError(f"{rival.name} searches no lr")
    return rival.search(problem, seed)


def done(task: str) -> set[Job]:
    """What the file of a task holds."""
    return {
        Job(
            task=row["task"],
            rival=row["rival"],
            search_seed=int(row["search_seed"]) if row["search_seed"] else None,
            fresh_seed=int(row["fresh_seed"]),
        )
        for row in kept(task)
    }


if __name__ == "__main__":
    record(
        [name for name in sys.argv[1:] if not name.startswith("--")] or list(TASKS),
        count="--count" in sys.argv,
    )
