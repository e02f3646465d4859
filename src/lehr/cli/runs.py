"""Logs named on the command line -> curves a law can be fitted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lehr.checks import read_log
from lehr.checks.subject import usable
from lehr.errors import UsageError
from lehr.laws import Curve


def curves_of(
    logs: tuple[Path, ...],
    *,
    loss_column: str | None,
    lr_column: str | None,
    step_column: str | None,
    weight_decay: float,
    optimizer: str,
    skip: int,
) -> list[Curve]:
    """Read one curve from each log.

    Args:
        logs: files as `lehr check` reads them; their rows hold step, lr and loss together.
        loss_column: which loss; None: `loss` or `train_loss`.
        lr_column: which column is the lr.
        step_column: which column is the optimizer step.
        weight_decay: of all runs.
        optimizer: of all runs.
        skip: steps at the beginning whose losses are left out; the lr counts from the start.

    Raises:
        UsageError: a log without a loss, or whose losses are not finite.
    """
    curves: list[Curve] = []
    for path in logs:
        log = read_log(path, loss_column=loss_column, lr_column=lr_column, step_column=step_column)
        if log.loss is None:
            raise UsageError(
                f"{path.name} has no loss beside its lr",
                rule="rows with a step, an lr and a loss",
                fix="--loss-column NAME",
            )
        rows = usable(log)
        steps, lr, loss = log.steps[rows], log.lr[rows], log.loss[rows]
        seen = (steps > skip) & ~np.isnan(loss)
        if not seen.any():
            raise UsageError(
                f"{path.name} has no loss after step {skip}",
                value=f"last row at step {int(log.steps[-1])}",
                fix="--skip with a smaller number" if skip else None,
            )
        curves.append(
            Curve(
                steps=steps[seen],
                loss=loss[seen],
                lr=(steps, lr),
                weight_decay=weight_decay,
                optimizer=optimizer,
                name=path.name,
            )
        )
    return curves
