"""Read the log of a run as the checks look at it: the lrs, and the losses beside them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from lehr import logs
from lehr.checks.run_log import RunLog
from lehr.logs import Series
from lehr.schedule.shapes import Steps, Values


def read_log(
    path: Path,
    *,
    lr_column: str | None = None,
    step_column: str | None = None,
    loss_column: str | None = None,
) -> RunLog:
    """Read a log of any format of `lehr.logs`; a row of the result is a learning rate.

    A loss stands beside the lr of its step; one at a step without an lr is left out.

    Args:
        path: of a file or folder, `FILE::RUN` for a run of a file that holds several.
        lr_column: which column is the lr. None (default): `lr`, `learning_rate`, …
        step_column: which is the optimizer step. None (default): `step`, `global_step`, …
        loss_column: which is the training loss. None (default): `loss`, `train_loss`, …, if any.

    Raises:
        UsageError: no such log, another format, no such column, or a row that cannot be read.
        MissingError: a format whose own library reads it, which is not installed.
    """
    log = logs.read(path, step_column=step_column)
    lr, loss = log.lr(lr_column), log.loss(loss_column)
    return RunLog(
        steps=lr.steps,
        lr=lr.values,
        loss=None if loss is None else beside(lr.steps, loss),
        horizon=log.horizon,
        steps_per_epoch=log.steps_per_epoch,
    )


def beside(steps: Steps, loss: Series) -> Values:
    """Return the loss of each step, NaN where there is none, infinite where it is no number.

    Where a step was logged several times, the last lr goes with the last loss, and so on.

    >>> logged = Series(steps=np.array([9, 10, 10]), values=np.array([4.0, 3.0, math.nan]))
    >>> beside(np.array([8, 10, 10]), logged).tolist()
    [nan, 3.0, inf]
    """
    at: dict[int, list[float]] = {}
    for step, value in zip(loss.steps.tolist(), loss.values.tolist(), strict=True):
        at.setdefault(step, []).append(math.inf if math.isnan(value) else value)
    found = [at[step].pop() if at.get(step) else math.nan for step in reversed(steps.tolist())]
    return np.array(found[::-1], np.float64)
