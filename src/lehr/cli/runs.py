"""Logs named on the command line -> curves and a law fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from lehr.errors import UsageError
from lehr.laws import Curve, Law, fit
from lehr.logs import read


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How logs are read and which law is fitted to them.

    Args:
        weight_decay: the coefficient of all runs.
        optimizer: of all runs; laws count the lr of Adam's family in another unit than others'.
        law: chinchilla, convex_bound, momentum, multi_power or weight_norm.
        skip: steps at the beginning whose losses are left out; the lr counts from the start.
        loss_column: the logs' column of losses.
        lr_column: the logs' column of learning rates.
        step_column: the logs' column of optimizer steps.
    """

    weight_decay: float = 0.0
    optimizer: str = "adamw"
    law: str = "weight_norm"
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
        lr, loss = log.lr(self.lr_column), log.loss(self.loss_column)
        if loss is None:
            raise UsageError(
                f"{log.name} has no loss beside its lr",
                value=f"columns: {', '.join(log.series)}",
                rule="a step, an lr and a loss; the last two may stand in rows of their own",
                fix="--loss-column NAME",
            )
        loss = loss.latest().resumed(lr)
        lr, seen = lr.latest(), loss.where(loss.steps > self.skip)
        if not len(seen):
            raise UsageError(
                f"{log.name} has no loss after step {self.skip}",
                value=f"last loss at step {loss.steps[-1]}"
                if len(loss)
                else "none since it resumed",
                fix="--skip with a smaller number" if self.skip else None,
            )
        return Curve(
            steps=seen.steps,
            loss=seen.values,
            lr=(lr.steps, lr.values),
            weight_decay=self.weight_decay,
            optimizer=self.optimizer,
            name=log.name,
        )

    def fitted(self, logs: Sequence[Path]) -> Law:
        """Fit the law to all logs.

        Raises:
            UsageError: a log that cannot be read, no such law, or too few losses for it.
        """
        return fit([self.curve(path) for path in logs], self.law)


USUAL = Fitting()
"""What holds where nothing is said."""
