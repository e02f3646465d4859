"""Logs named on the command line -> curves and a law fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path

from cyclopts import Parameter

from lehr.errors import UsageError, did_you_mean
from lehr.laws import Curve, Law, Prior, fit
from lehr.laws.fitting import ADAM
from lehr.laws.ladder import DEFAULT
from lehr.logs import read
from lehr.logs.listing import file_of, is_of_log
from lehr.report.logged import Logged

OPTIMIZERS = (
    *ADAM,
    *("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adadelta", "adafactor", "lars"),
    *("muon", "shampoo", "soap", "sophia"),
)
"""Those that laws count in the unit of Adam's family, and others that people train with."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How logs are read and which law is fitted to them.

    Args:
        weight_decay: the coefficient of all runs; by default what their logs say, else 0.
        optimizer: of all runs, as sgd; laws count the lr of Adam's family in another unit.
        law: chinchilla, convex_bound, momentum, multi_power, weight_norm, or auto: the one that
            predicts what is left out of the runs.
        prior: what lehr learn-prior wrote.
        skip: steps at the beginning whose losses are left out; the lr counts from the start.
        loss_column: the logs' column of losses.
        lr_column: the logs' column of learning rates.
        step_column: the logs' column of optimizer steps.
    """

    weight_decay: float | None = None
    optimizer: str = "adamw"
    law: str = DEFAULT
    prior: Path | None = None
    skip: int = 0
    loss_column: str | None = None
    lr_column: str | None = None
    step_column: str | None = None

    def run(self, path: Path) -> Logged:
        """Read one log.

        Its lrs are knots that are joined linearly, and the last one holds to the end; its losses
        may stand at other steps. What a resumed run logged again counts in its last form.

        Raises:
            UsageError: a log without a loss, or whose losses or lrs are not what a `Curve` holds;
                an optimizer that nobody knows, or less than no steps to skip.
        """
        optimizer = known_optimizer(self.optimizer)
        if self.skip < 0:
            raise UsageError(
                "less than no steps cannot be skipped",
                value=f"--skip {self.skip}",
                rule="at least 0",
            )
        log = read(path, step_column=self.step_column)
        lr, loss = log.course(self.lr_column, self.loss_column)
        seen = loss.where(loss.steps > self.skip)
        if not len(seen):
            raise UsageError(
                f"{log.name} has no loss after step {self.skip}",
                value=f"last loss at step {loss.steps[-1]}",
                fix="--skip with a smaller number" if self.skip else None,
            )
        curve = Curve(
            steps=seen.steps,
            loss=seen.values,
            lr=(lr.steps, lr.values),
            weight_decay=log.weight_decay() if self.weight_decay is None else self.weight_decay,
            optimizer=optimizer,
            name=log.name,
        )
        return Logged(curve=curve, lr=lr, before=self.skip == 0 and int(loss.steps[0]) == 0)

    def curve(self, path: Path) -> Curve:
        """Read the curve of one log; see `run`."""
        return self.run(path).curve

    def fit(self, curves: Sequence[Curve]) -> Law:
        """Fit the law.

        Raises:
            UsageError: no such law, a prior that cannot be read or is of another, or too few
                losses.
        """
        return fit(curves, self.law, prior=self.known)

    @property
    def known(self) -> Prior | None:
        """The prior that was named; None: what comes with lehr."""
        return None if self.prior is None else Prior.read(self.prior)


def known_optimizer(word: str) -> str:
    """Return the optimizer that is meant, in small letters.

    Trainers' names of an implementation are those of the optimizer (`paged_adamw_8bit`).

    Raises:
        UsageError: no such optimizer is known.

    >>> known_optimizer("SGD"), known_optimizer("adamw_torch_fused")
    ('sgd', 'adamw')
    """
    name = word.lower().removeprefix("paged_").partition("_")[0]
    if name not in OPTIMIZERS:
        raise UsageError(
            f"no optimizer is known by the name of {word}",
            value=f"--optimizer {word}",
            rule="it says in which unit an lr counts; of the likes of SGD, any of them will do",
            fix=did_you_mean(name, OPTIMIZERS),
        )
    return name


def about(law: Law, runs: Sequence[Logged]) -> dict[str, object]:
    """What every JSON says of a law and of the runs that it was fitted on."""
    return {
        "law": law.form.name,
        "misfit": law.misfit,
        "holds": law.holds,
        "weight_decay": law.weight_decay,
        "weight_decay_assumed": law.decay_assumed,
        "runs": [
            {
                "name": run.curve.name,
                "weight_decay": run.curve.weight_decay if run.curve.decay_known else None,
            }
            for run in runs
        ],
        "left_out": dict(law.weighed),
    }


def refuse_twice(logs: Sequence[Path]) -> None:
    """Refuse a run that was named more than once.

    Raises:
        UsageError: names it.
    """
    seen: set[Path] = set()
    for path in logs:
        if path.resolve() in seen:
            raise UsageError(
                "a log is named twice",
                value=str(path),
                rule="a run counts once; what --after names takes part as well",
                fix="name it once",
            )
        seen.add(path.resolve())


def refuse_copies(logs: Sequence[Path], runs: Sequence[Logged]) -> None:
    """Refuse a run that two logs tell, as a folder and the file in it, a copy, or its beginning.

    Args:
        logs: as they were named.
        runs: what they hold.

    Raises:
        UsageError: names both.
    """
    for (log, run), (another, other) in combinations(zip(logs, runs, strict=True), 2):
        if run.curve.same(other.curve):
            raise UsageError(
                "two logs are of the same run",
                value=f"{log} and {another}",
                rule="a run counts once; these have the same steps, lrs and losses",
                fix=f"leave {another} out",
            )
        for (short, begun), (long, whole) in permutations(((log, run), (another, other))):
            if begun.curve.begins(whole.curve):
                raise UsageError(
                    "a log is the beginning of another",
                    value=f"{short} and {long}",
                    rule="a run counts once; its steps, lrs and losses are all in the longer log",
                    fix=f"leave {short} out",
                )


def refuse_overwriting(output: Path | None, inputs: Sequence[Path | None], option: str) -> None:
    """Refuse to write over what is read, or a log into a folder that is read.

    Args:
        output: the file that shall be written; None: none.
        inputs: logs (`FILE::RUN` included), folders of them, and other files that are read.
        option: by which the output was named, with an example of what to type.

    Raises:
        UsageError: says where to write instead.
    """
    if output is None:
        return
    place = output.resolve()
    for given in inputs:
        if given is None:
            continue
        path = file_of(given).resolve()
        within = path.is_dir() and place.is_relative_to(path) and is_of_log(place)
        if place == path or within:
            raise UsageError(
                f"{output} is {'a log in what' if within else 'what'} is read",
                value=f"{option.split()[0]} {output}",
                rule="what was logged is not written over",
                fix=option,
            )


USUAL = Fitting()
"""What holds where nothing is said."""
