"""A session: a problem, its study's store and an executor, opened together and closed together."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lehr.catalog import parse
from lehr.choose.candidate import Candidate
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.decision import Target
from lehr.choose.executors import Executor, open_executor, slots_of
from lehr.choose.progress import Progress
from lehr.choose.replaced import decided
from lehr.choose.settings import positive
from lehr.choose.store import INEXACT, STACKED, Store
from lehr.choose.target import aim
from lehr.choose.trainer import Trainer
from lehr.choose.tree import SegmentTree
from lehr.errors import StudyError
from lehr.schedule import Plan
from lehr.training import Fingerprint, Problem, ProblemSource, preflight, set_threads
from lehr.training.fingerprint import ABOUT

KEPT_FOR = "kept for"
"""Document that says whose a study is; without one, it may be `choose`'s."""
Verb = Literal["choose", "compare"]
WITNESSED = ("lehr", "numpy", "torch")
"""Packages whose versions are part of what a study is."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """Everything a study works with.

    Attributes:
        problem: what is trained.
        fingerprint: what it started from, and how long a step takes.
        directory: of the study.
        store: its results.
        checkpoints: its checkpoints.
        executor: who trains.
        pace: how many times as fast as one run after another it surely trains.
        progress: who watches.
        quota: bytes that checkpoints may take.
        target: what runs shall reach in the fewest steps; None: the best objective at the end.
            Not part of what the study is of: what was trained answers for any target.
    """

    problem: Problem
    fingerprint: Fingerprint
    directory: Path
    store: Store
    checkpoints: Checkpoints
    executor: Executor
    pace: int
    progress: Progress
    quota: int | None
    target: Target | None

    @property
    def baseline(self) -> Candidate:
        """What the user would train with today."""
        return baseline_of(self.problem)

    @property
    def weights(self) -> Path:
        """Where the front-runner's weights are kept."""
        return self.directory / "weights"

    def trainer(self, tree: SegmentTree) -> Trainer:
        """Somebody who trains rounds cut by `tree` into this study."""
        return Trainer(
            tree,
            store=self.store,
            checkpoints=self.checkpoints,
            executor=self.executor,
            objective=self.problem.objective,
            quota=self.quota,
            progress=self.progress,
            target=self.target,
        )


@contextlib.contextmanager
def open_session(
    source: ProblemSource,
    *,
    directory: Path,
    executor: str,
    workers: int | None,
    fresh: bool,
    disk: float | None,
    progress: Progress,
    target: float | None = None,
    accept: Callable[[Problem], None] | None = None,
    verb: Verb = "choose",
) -> Iterator[Session]:
    """Check the problem, open its study and start the executor.

    Args:
        source: where the problem comes from.
        directory: of the study; created if it is missing.
        executor: one of `EXECUTORS`.
        workers: processes at once; None: as many as the machine has room for.
        fresh: forget what the directory holds of an earlier study.
        disk: bytes in GiB that checkpoints may take; None: no limit.
        progress: who watches.
        target: the value that the metric shall reach soon; None: the problem's own, if it has one.
        accept: raises where the problem is none for what is asked, before anything is opened.
        verb: what the study is opened for; `compare` forgets only what it began itself.

    Raises:
        ProblemError: the problem cannot be trained.
        UsageError: the target is reached before training has done anything.
        StudyError: the directory holds a study of something else, or another process works there.
    """
    if disk is not None:
        positive(disk, "disk", "GiB that checkpoints may take, for example --disk 2")
    progress.stage("check the problem", 0)
    problem = load_quietly(source)
    if accept is not None:
        accept(problem)
    fingerprint = check_quietly(problem)  # before --fresh forgets anything
    aimed = aim(problem, fingerprint, target)
    if fresh and verb == "compare":
        _refuse_others(directory)
    checkpoints = Checkpoints(directory / "checkpoints")
    with (
        open_executor(
            executor, source, problem=problem, checkpoints=checkpoints.directory, workers=workers
        ) as crew,
        Store.open(directory, fresh=fresh) as store,
    ):
        if fresh:
            _forget(directory)
        if verb == "choose" or store.identity() is None:
            store.put_document(KEPT_FOR, verb)
        store.set_identity(identity(source, problem, fingerprint, executor=executor))
        checkpoints.sweep(store.keys())
        yield Session(
            problem=problem,
            fingerprint=fingerprint,
            directory=directory,
            store=store,
            checkpoints=checkpoints,
            executor=crew,
            pace=slots_of(executor, threads=problem.threads, workers=workers),
            progress=progress,
            quota=None if disk is None else int(disk * 2**30),
            target=aimed,
        )


def load_quietly(source: ProblemSource) -> Problem:
    """Load a problem; what its code prints goes to stderr, since stdout is for results."""
    with contextlib.redirect_stdout(sys.stderr):
        return source.load()


def check_quietly(problem: Problem) -> Fingerprint:
    """Check a problem before budget is spent; what its code prints goes to stderr.

    It runs with the threads that its runs will have, so that a step takes as long as theirs.
    """
    set_threads(problem)
    with contextlib.redirect_stdout(sys.stderr):
        return preflight(problem, 0)


def baseline_of(problem: Problem) -> Candidate:
    """What the user of a problem would train with today."""
    text, peak_lr = problem.baseline
    return Candidate(Plan.of(parse(text)), peak_lr)


def identity(
    source: ProblemSource, problem: Problem, fingerprint: Fingerprint, *, executor: str
) -> dict[str, str]:
    """What a study is of; a change of any of these makes its results worthless.

    Runs that were trained as one program agree with others to rounding only, so they are kept
    apart; between the other executors there is no difference. Where the device repeats no bits,
    the study says to what its runs agree.
    """
    return {
        "problem": problem.name,
        "source": source.text,
        "source hash": source.digest,
        "horizon": str(problem.steps),
        "objective": f"{problem.objective} ({problem.mode})",
        "evaluate_every": str(problem.evaluate_every),
        "threads": str(problem.threads),
        "device": fingerprint.device,
        "first batch": fingerprint.first_batch,
        "initial weights": fingerprint.initial_weights,
        **({STACKED: "to rounding"} if executor == "stacked" else {}),
        **({} if fingerprint.exact else {INEXACT: repr(ABOUT)}),
        **versions(),
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a result depends on."""
    found = {"python": platform.python_version()}
    for package in WITNESSED:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _refuse_others(directory: Path) -> None:
    """Refuse to forget a study that `compare` shares with `choose`.

    Raises:
        StudyError: `choose` began it, went on with it or left something, as far as can be told.
    """
    left = [path.name for path in (*decided(directory), directory / "weights") if path.exists()]
    try:
        with Store.read(directory) as store:
            begun = store.document(KEPT_FOR) != "compare" and bool(store.identity())
    except StudyError as error:
        begun = "there is no study" not in error.problem
    if begun or left:
        raise StudyError(
            f"the study in {directory} may be of `lehr choose`",
            value=", ".join(left) or "a study that `lehr compare` did not begin",
            rule="`lehr compare --fresh` forgets only what `lehr compare` trained",
            fix=f"leave --fresh out, or add --directory {directory}-compare; "
            "`lehr choose … --fresh` forgets all of it",
        )


def _forget(directory: Path) -> None:
    """Remove what an earlier study left; nothing else in the directory is touched."""
    for folder in ("checkpoints", "weights"):
        shutil.rmtree(directory / folder, ignore_errors=True)
    for path in decided(directory):
        path.unlink()
