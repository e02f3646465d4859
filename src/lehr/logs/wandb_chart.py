"""Weights & Biases: the CSV that a chart exports, several runs beside each other.

Its columns are the x-axis and `RUN - METRIC`, `RUN - METRIC__MIN`, `RUN - METRIC__MAX`. A long run
is sampled, and the last two are the range of what one sample stands for; they are left aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lehr.logs.delimited import csv_rows, header
from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.runs import chosen
from lehr.logs.table import Row, table

STEP = ("global_step", "iteration", "iter", "step", "_step")
"""The optimizer's step first: W&B's own, the last two, count calls to `log`."""
BETWEEN = " - "
RANGE = ("__MIN", "__MAX")


def _metrics(columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return column -> (run, metric) of those that come with their range."""
    found = set(columns)
    split = {name: name.rpartition(BETWEEN) for name in columns}
    return {
        name: (run, metric)
        for name, (run, between, metric) in split.items()
        if between and all(f"{name}{end}" in found for end in RANGE)
    }


def _claims(path: Path) -> bool:
    return bool(_metrics(header(path)))


def _read(path: Path, asked: Asked) -> Log:
    columns = header(path)
    metrics = _metrics(columns)
    run = chosen((run for run, _ in metrics.values()), asked.run, path)
    kept = {columns[0]: columns[0]}  # the x-axis
    kept |= {name: metric for name, (of, metric) in metrics.items() if of == run}
    rows: list[Row] = [{new: row[name] for name, new in kept.items()} for row in csv_rows(path)]
    return table(f"{path.name}::{run}", rows, step_column=asked.step_column, words=STEP)


WANDB_CHART = Reader(
    name="a W&B chart",
    claims=_claims,
    read=_read,
    has_runs=True,
    has_columns=True,
)
