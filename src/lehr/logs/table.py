"""A log whose rows hold a step and what was logged there, each row as much as it has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np

from lehr.errors import UsageError
from lehr.logs import names
from lehr.logs.log import Log
from lehr.logs.series import Series
from lehr.schedule.checked import MOST_STEPS

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns(Mapping[str, Series]):
    """The columns of a table as series, each read when it is asked for.

    A column holds a value where the row's cell is not empty; words in a column that nobody asks
    for do no harm.

    Args:
        log: what messages call the log.
        rows: as they were written.
        step: the column of steps.
    """

    log: str
    rows: Sequence[Row]
    step: str

    @cached_property
    def names(self) -> dict[str, None]:
        """The names of the columns, in their order."""
        return dict.fromkeys(name for row in self.rows for name in row)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Series:
        if name not in self.names:
            raise KeyError(name)
        kept = [
            (place, row)
            for place, row in enumerate(self.rows, 1)
            if row.get(name) not in (None, "")
        ]
        steps = [whole(row, self.step, place, self.log) for place, row in kept]
        values = [number(row, name, place, self.log) for place, row in kept]
        return Series(
            steps=np.array(steps, np.int64),
            values=np.array(values, np.float64),
            order=np.array([place for place, _ in kept], np.float64),
        )


def table(
    name: str,
    rows: Sequence[Row],
    *,
    step_column: str | None,
    words: Sequence[str] = names.STEP,
    horizon: int | None = None,
    steps_per_epoch: int | None = None,
    end: int | None = None,
) -> Log:
    """Make a log of rows.

    Args:
        name: what messages call it.
        rows: as they were written.
        step_column: which is the step; None looks for a usual one.
        words: the usual names of steps, the likeliest first.
        horizon: steps that were planned, if that is known.
        steps_per_epoch: optimizer updates in an epoch, if that is known.
        end: updates that were made, if that is known.

    Raises:
        UsageError: there is no such column, or several may be meant, or a step is no number.
    """
    columns = Columns(log=name, rows=rows, step=step_column or "")
    found = list(columns)
    groups = names.usual(found, words) if step_column is None else [[step_column]]
    if not groups or groups[0][0] not in found:
        raise names.absent(name, found, step_column, words, "step")
    if len(groups[0]) > 1:
        raise names.ambiguous(name, groups[0], "step", "step")
    for place, row in enumerate(rows, 1):
        if str(row.get(groups[0][0]) or "").strip():
            whole(row, groups[0][0], place, name)
    return Log(
        name=name,
        series=replace(columns, step=groups[0][0]),
        horizon=horizon,
        steps_per_epoch=steps_per_epoch,
        end=end,
    )


def rows_of(document: object) -> list[Row]:
    """Return the rows of a parsed document.

    Raises:
        ValueError: it is no list of objects, or an empty one.
    """
    rows = cast("list[object]", document) if isinstance(document, list) else []
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError("it holds no list of rows (objects with a step and an lr)")
    return [cast("Row", row) for row in rows]


def whole(row: Row, name: str, place: int, log: str) -> int:
    """Read a step.

    Args:
        row: where it stands.
        name: its column.
        place: of the row, from 1, for messages.
        log: what messages call the log.

    Raises:
        UsageError: there is none, or it is no whole number.
    """
    value = row.get(name)
    step = math.nan if value in (None, "") else number(row, name, place, log)
    if not step.is_integer() or abs(step) > MOST_STEPS:
        raise UsageError(
            f"{log}: row {place} has no step",
            value=f"{name} = {value!r}",
            rule="optimizer steps are whole numbers of at most 2**53",
            fix="--step-column NAME",
        )
    return int(step)


def number(row: Row, name: str, place: int, log: str) -> float:
    """Read a number, with the arguments of `whole`.

    Raises:
        UsageError: it is none.
    """
    value = row.get(name)
    try:
        if not isinstance(value, bool):
            return float(cast("str", value))
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(f"{log}: row {place} holds no number", value=f"{name} = {str(value)[:40]!r}")
