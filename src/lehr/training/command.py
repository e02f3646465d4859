"""A user's own training command as a problem: each run is one process of it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from lehr.errors import ProblemError, UsageError
from lehr.schedule import Multipliers
from lehr.training.content import digest
from lehr.training.fingerprint import Fingerprint
from lehr.training.problem import Mode
from lehr.training.trial_files import LOSS, VARIABLE, Declaration, Report, Request
from lehr.training.user_code import last_lines

_SAME = 1e-5  # relative; a GPU's sums differ in the last bits, an unseeded script by far more


@final
@dataclass(frozen=True, kw_only=True)
class CommandProblem:
    """A command whose script calls `lehr.trial()`.

    Its runs share no segments: a process cannot be forked, so each trains from step 0 to the
    step where it is asked to stop. What there is to know (steps, objective, baseline) is asked
    of the script itself, at its `lehr.trial(…)` line, the first time it is needed.

    Attributes:
        command: the words of the command.
        threads: CPU threads of one run, given to it as `OMP_NUM_THREADS`.
    """

    command: tuple[str, ...]
    threads: int = 1

    @cached_property
    def declaration(self) -> Declaration:
        """What the script declares in `lehr.trial(…)`; it is run up to that line.

        Raises:
            ProblemError: the script fails before, or never calls `lehr.trial`.
        """
        return run_script(self, plan=None, peak_lr=None, seed=0, stop=0)[0]

    @property
    def name(self) -> str:
        """The script's name."""
        scripts = [Path(word).stem for word in self.command if word.endswith(".py")]
        return scripts[0] if scripts else Path(self.command[0]).stem

    @property
    def steps(self) -> int:
        """Optimizer steps of one full run: its horizon."""
        return self.declaration.steps

    @property
    def objective(self) -> str:
        """The metric that is selected on."""
        return self.declaration.objective

    @property
    def mode(self) -> Mode:
        """Whether a small or a large objective is good."""
        return self.declaration.mode

    @property
    def target(self) -> float | None:
        """The value of the objective to reach in the fewest steps, if the script names one."""
        return self.declaration.target

    @property
    def evaluate_every(self) -> int:
        """A twentieth of the horizon: the script reports at least that often."""
        return max(1, self.steps // 20)

    @property
    def baseline(self) -> tuple[str, float]:
        """What the script trains with when it is run alone."""
        return self.declaration.plan, self.declaration.peak_lr

    @property
    def lr_range(self) -> tuple[float, float] | None:
        """None: the search finds out."""
        return None

    @property
    def forkable(self) -> bool:
        """A process cannot be kept and forked."""
        return False

    def start(self, seed: int) -> CommandRun:
        """Give a run whose process starts at its one `advance`."""
        return CommandRun(self, seed=seed)

    def preflight(self, seed: int) -> Fingerprint:
        """Run the script twice, to its first report and a little further, and compare.

        The second run is longer so that the time of a step does not hold the time of a start.

        Raises:
            ProblemError: it fails, reports no loss, goes on when asked to stop, or starts
                differently each time.
        """
        plan, peak_lr = self.baseline
        further = min(self.steps, 1 + max(10, self.steps // 50))
        first, second = (
            run_script(self, plan=plan, peak_lr=peak_lr, seed=seed, stop=stop)
            for stop in (1, further)
        )
        values = [sorted(reports[0].metrics.items()) for _, reports, _ in (first, second)]
        names = [[name for name, _ in metrics] for metrics in values]
        numbers = [np.array([value for _, value in metrics]) for metrics in values]
        same = names[0] == names[1] and np.allclose(
            numbers[0], numbers[1], rtol=_SAME, atol=0.0, equal_nan=True
        )
        if not same:
            raise ProblemError(
                "two starts of the script with one seed differ",
                value=f"first reports {values[0]} and {values[1]}",
                rule="initial weights and batches follow from trial.seed",
                fix="torch.manual_seed(trial.seed), and seed every other generator with it",
            )
        reports = second[1]
        if reports[0].broken:
            raise ProblemError(
                "the loss is not finite from the first report on",
                value=f"step {reports[0].step}: {values[0]}",
                fix="look for NaN in the data, a logarithm of 0, a division by 0",
            )
        return Fingerprint(
            first_batch=digest(names[0]),
            initial_weights=digest(self.declaration.model_dump_json()),
            metrics=tuple(sorted({name for report in reports for name in report.metrics})),
            device="unknown",
            seconds_per_step=_seconds_per_step(first, second),
            initial={n: v for report in reversed(reports) for n, v in report.metrics.items()},
        )


class CommandRun:
    """One process of a user's command; it is advanced once, from step 0 to where it stops."""

    def __init__(self, problem: CommandProblem, *, seed: int) -> None:
        self._problem = problem
        self._seed = seed
        self._step = 0
        self._reports: Sequence[Report] = ()

    @property
    def step(self) -> int:
        """Updates made so far."""
        return self._step

    def advance(self, multipliers: Multipliers, peak_lr: float) -> NDArray[np.float64]:
        """Run the command up to the end of the multipliers.

        Between two reports of `loss` each step counts with the last one; before the first, with
        the first. The array ends at a loss that is not finite.

        Raises:
            ProblemError: the script failed, or ended before the step it was asked for.
            UsageError: the run has been advanced before.
        """
        if self._step or multipliers.start:
            raise UsageError(
                "a command's run is trained in one piece, from step 0",
                value=f"the run is at step {self._step}, the stretch begins at {multipliers.start}",
            )
        stop = len(multipliers)
        declaration, reports, _ = run_script(
            self._problem, plan=multipliers.plan, peak_lr=peak_lr, seed=self._seed, stop=stop
        )
        _check_horizon(declaration.steps, multipliers.horizon)
        self._reports = [report for report in reports if report.step <= stop]
        losses = _losses(self._reports, stop)
        if np.isfinite(losses).all():
            self.reported(stop)
        self._step = len(losses)
        return losses

    def evaluate(self) -> dict[str, float]:
        """Give the last metrics reported."""
        return self.reported(self._step)

    def reported(self, step: int) -> dict[str, float]:
        """Give the last report of the objective at or before `step`.

        Raises:
            ProblemError: none within the last twentieth of the horizon.
        """
        objective, every = self._problem.objective, self._problem.evaluate_every
        taken = [r for r in self._reports if objective in r.metrics and r.step <= step]
        if not taken or taken[-1].step < step - every:
            raise ProblemError(
                f"the script did not report {objective} in time for step {step}",
                value=f"its last report of it: step {taken[-1].step}" if taken else "never",
                rule=f"{objective} is reported at least every {every} steps, and at the end",
                fix=f"trial.report(step, {objective}=…)",
            )
        last = [report.metrics for report in self._reports if report.step == taken[-1].step]
        return {name: value for metrics in last for name, value in metrics.items()}

    def save(self, directory: Path) -> None:
        """Refused: a process cannot be kept.

        Raises:
            ProblemError: always.
        """
        raise _not_kept(directory)

    def load(self, directory: Path) -> None:
        """Refused: a process cannot be kept.

        Raises:
            ProblemError: always.
        """
        raise _not_kept(directory)


def run_script(
    problem: CommandProblem, *, plan: str | None, peak_lr: float | None, seed: int, stop: int
) -> tuple[Declaration, Sequence[Report], float]:
    """Run the command with one request; give its declaration, its reports and the seconds.

    Raises:
        ProblemError: it could not be started, failed (with its last lines), never called
            `lehr.trial`, or was to train and reported no loss.
    """
    with tempfile.TemporaryDirectory(prefix="lehr-trial-") as name:
        folder = Path(name)
        request = Request(
            plan=plan,
            peak_lr=peak_lr,
            seed=seed,
            stop=stop,
            declaration=folder / "declaration.json",
            reports=folder / "reports.jsonl",
        )
        (folder / "request.json").write_text(request.model_dump_json(), encoding="utf-8")
        begin = time.monotonic()
        with _process(problem, folder) as process:
            code = process.wait()
        seconds = time.monotonic() - begin
        output = (folder / "output.txt").read_text(encoding="utf-8", errors="replace")
        reports = _read_reports(request.reports)
        diverged = bool(reports) and reports[-1].broken
        if code != 0 and not diverged:
            raise _failed(problem, f"it exited with {code}", output)
        if not request.declaration.exists():
            raise _failed(problem, "it never called lehr.trial(…)", output)
        text = request.declaration.read_text(encoding="utf-8")
    if plan is not None and not any(LOSS in report.metrics for report in reports):
        raise ProblemError(
            "the script reported no training loss",
            value=f"{len(reports)} reports, none with `{LOSS}`",
            rule="divergence is seen in the training loss",
            fix=f"trial.report(step, {LOSS}=loss.item())",
        )
    return Declaration.model_validate_json(text), reports, seconds


@contextmanager
def _process(problem: CommandProblem, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command; whatever interrupts the wait ends its process too."""
    environment = {
        **os.environ,
        VARIABLE: str(folder / "request.json"),
        "OMP_NUM_THREADS": str(problem.threads),
    }
    with (folder / "output.txt").open("wb") as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, as typed
                problem.command, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        except OSError as error:
            raise UsageError(
                "the command cannot be started",
                value=f"{problem.command[0]}: {error.strerror}",
                fix="lehr choose -- python train.py",
            ) from error
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _seconds_per_step(
    first: tuple[Declaration, Sequence[Report], float],
    second: tuple[Declaration, Sequence[Report], float],
) -> float:
    """Give the time of a step; with the start's in it where the two runs do not tell them apart."""
    steps = [max(1, reports[-1].step) for _, reports, _ in (first, second)]
    seconds = first[2], second[2]
    if steps[1] > steps[0] and seconds[1] > seconds[0]:
        return (seconds[1] - seconds[0]) / (steps[1] - steps[0])
    return seconds[1] / steps[1]


def _read_reports(path: Path) -> list[Report]:
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Report.model_validate_json(line) for line in lines]


def _losses(reports: Sequence[Report], stop: int) -> NDArray[np.float64]:
    """Spread the reported losses over the steps; end at one that is not finite."""
    reported = [r for r in reports if LOSS in r.metrics]
    losses = np.full(stop, reported[0].metrics[LOSS] if reported else np.nan)
    for report in reported:
        losses[max(report.step - 1, 0) :] = report.metrics[LOSS]
    broken = np.flatnonzero(~np.isfinite(losses))
    return losses[: broken[0] + 1] if broken.size else losses


def _check_horizon(declared: int, horizon: int) -> None:
    if declared != horizon:
        raise ProblemError(
            "the script declares other steps than before",
            value=f"steps = {declared} now, {horizon} before",
            rule="lehr.trial(steps=…) is the same in every run",
            fix="lehr choose … --fresh",
        )


def _failed(problem: CommandProblem, what: str, output: str) -> ProblemError:
    return ProblemError(
        f"the command {' '.join(problem.command)} failed: {what}",
        value="\n".join(last_lines(output)) or "it printed nothing",
        rule="the script calls lehr.trial(…), trains, and exits with 0",
        fix="run the script alone; it then trains with its own defaults",
    )


def _not_kept(directory: Path) -> ProblemError:
    return ProblemError(
        "a run of a command cannot be saved",
        value=directory.name,
        rule="only problems with forkable = True keep checkpoints",
        fix="declare the training as a TorchProblem",
    )
