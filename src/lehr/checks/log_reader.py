"""Read the log of a run as the checks look at it: the lrs, and the losses beside them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from lehr import logs
from lehr.checks.run_log import RunLog
from lehr.logs import Series
from lehr.schedule.shapes import Values


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
        loss=None if loss is None else beside(lr, loss),
        horizon=log.horizon,
        steps_per_epoch=log.steps_per_epoch,
        end=log.end,
    )


def beside(lr: Series, loss: Series) -> Values:
    """Return the loss of each lr, NaN where there is none, infinite where it is no number.

    Where a resumed run logged a step again, a loss goes with the lr that was logged next to it.

    >>> lr = Series.of([(1, 5, 0.1), (3, 10, 0.1), (7, 10, 0.1)])
    >>> beside(lr, Series.of([(2, 5, 4.0), (8, 10, math.nan), (9, 11, 2.0)])).tolist()
    [4.0, nan, inf]
    """
    rows: dict[int, list[int]] = {}
    for row, step in enumerate(lr.steps.tolist()):
        rows.setdefault(step, []).append(row)
    found = np.full(len(lr), math.nan)
    for step, value, place in zip(loss.steps.tolist(), loss.values, loss.order, strict=True):
        if step in rows:
            row = min(rows[step], key=lambda row: abs(float(lr.order[row] - place)))
            found[row] = math.inf if math.isnan(value) else value
    return found
