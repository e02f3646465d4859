"""RunLog: the learning rates, and where there are any the losses, that a run logged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lehr.errors import UsageError
from lehr.schedule import Schedule
from lehr.schedule.shapes import Steps, Values


@dataclass(frozen=True, kw_only=True, eq=False)
class RunLog:
    """Rows of a training log, in the order in which they were written.

    Args:
        steps: optimizer step of each row, whole numbers of at least 0, shape (rows,).
        lr: learning rate of each row, anything a run may log (NaN included), shape (rows,).
        loss: training loss of each row, NaN where the row has none, infinite where it was not a
            number, shape (rows,); None if nothing was logged.
        horizon: steps that were planned, None where the log does not say.
        steps_per_epoch: optimizer updates in an epoch, None where the log does not say.
        end: updates that were made, None where the log does not say.

    Raises:
        UsageError: no rows, columns of different lengths, or steps that are no step numbers.
    """

    steps: Steps
    lr: Values
    loss: Values | None = None
    horizon: int | None = None
    steps_per_epoch: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        columns = [self.steps, self.lr, *([] if self.loss is None else [self.loss])]
        if {column.shape for column in columns} != {(len(self.steps),)} or not len(self.steps):
            raise UsageError(
                "the log's columns are not of one length",
                value=str([column.shape for column in columns]),
                rule="at least one row, and as many lrs (and losses) as steps",
            )
        if self.steps.dtype.kind not in "iu" or self.steps.min() < 0:
            raise UsageError(
                "the log's steps are not step numbers",
                value=f"{self.steps.dtype}, smallest {self.steps.min()}",
                rule="whole numbers of at least 0",
            )


def recorded(
    schedule: Schedule,
    horizon: int,
    *,
    stop: int | None = None,
    every: int = 10,
    peak_lr: float = 1e-3,
    loss: Values | None = None,
    planned: int | None = None,
) -> RunLog:
    """Return the log of a run that followed a schedule, one row each `every` steps.

    Args:
        schedule: what was followed; past its horizon its last value holds.
        horizon: steps the schedule is bound to.
        stop: step after the last that was trained; None (default) is the horizon.
        every: steps from row to row.
        peak_lr: what the multipliers are of.
        loss: of each row.
        planned: the log's own horizon.

    >>> from lehr import linear
    >>> log = recorded(linear(), 40, peak_lr=0.2)
    >>> log.steps.tolist(), log.lr.round(3).tolist()
    ([0, 10, 20, 30], [0.2, 0.15, 0.1, 0.05])
    """
    steps = np.arange(0, horizon if stop is None else stop, every, dtype=np.int64)
    lr = schedule.over(horizon).at(steps) * peak_lr
    return RunLog(steps=steps, lr=lr, loss=loss, horizon=planned)
