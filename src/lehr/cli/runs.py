"""Logs named on the command line -> curves and a law fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from cyclopts import Parameter

from lehr.errors import UsageError
from lehr.laws import Curve, Law, Prior, fit
from lehr.laws.ladder import DEFAULT
from lehr.logs import read


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How logs are read and which law is fitted to them.

    Args:
        weight_decay: the coefficient of all runs; by default what their logs say, else 0.
        optimizer: of all runs; laws count the lr of Adam's family in another unit than others'.
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

    def curve(self, path: Path) -> Curve:
        """Read the curve of one log.

        Its lrs are knots that are joined linearly, and the last one holds to the end; its losses
        may stand at other steps. What a resumed run logged again counts in its last form.

        Raises:
            UsageError: a log without a loss, or whose losses or lrs are not what a `Curve` holds.
        """
        log = read(path, step_column=self.step_column)
        lr, loss = log.course(self.lr_column, self.loss_column)
        seen = loss.where(loss.steps > self.skip)
        if not len(seen):
            raise UsageError(
                f"{log.name} has no loss after step {self.skip}",
                value=f"last loss at step {loss.steps[-1]}",
                fix="--skip with a smaller number" if self.skip else None,
            )
        return Curve(
            steps=seen.steps,
            loss=seen.values,
            lr=(lr.steps, lr.values),
            weight_decay=log.weight_decay() if self.weight_decay is None else self.weight_decay,
            optimizer=self.optimizer,
            name=log.name,
        )

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


def about(law: Law) -> dict[str, object]:
    """What every JSON says of a law."""
    return {
        "law": law.form.name,
        "misfit": law.misfit,
        "holds": law.holds,
        "weight_decay": law.weight_decay,
        "weight_decay_assumed": law.decay_assumed,
        "left_out": {
            name: missed if isfinite(missed) else None for name, missed in law.weighed.items()
        },
    }


USUAL = Fitting()
"""What holds where nothing is said."""
