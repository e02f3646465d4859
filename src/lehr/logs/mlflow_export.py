"""MLflow: the CSV of metric histories that its pages download, a line for each value.

`mlflow/server/js`: `convertMetricsToCsv` of the metric page, `chartMetricHistoryToCsv` of a chart.
"""

from __future__ import annotations

from pathlib import Path

from lehr.logs.delimited import csv_rows, header
from lehr.logs.log import Log
from lehr.logs.mlflow_value import as_logged
from lehr.logs.reader import Asked, Reader
from lehr.logs.runs import SEPARATOR, named
from lehr.logs.series import gather
from lehr.logs.table import number, whole

PAGE = ("run_id", "key", "value", "step", "timestamp")
CHART = ("Run", "Run ID", "metric", "step", "timestamp", "value")
PAGE_NAMES, CHART_NAMES = ("run_id", "run_id", "key"), ("Run ID", "Run", "metric")
"""Columns of a run's id, its name (the page has none) and the metric."""


def _claims(path: Path) -> bool:
    return tuple(header(path)) in (PAGE, CHART)


def _read(path: Path, asked: Asked) -> Log:
    run, name, metric = PAGE_NAMES if tuple(header(path)) == PAGE else CHART_NAMES
    rows = csv_rows(path)
    meant = named({str(row[run]): str(row[name]) for row in rows}, asked.run, path)
    points = [
        (
            str(row[metric]),
            number(row, "timestamp", at, path.name),
            whole(row, "step", at, path.name),
            as_logged(number(row, "value", at, path.name)),
        )
        for at, row in enumerate(rows, 1)
        if row[run] == meant
    ]
    points.sort(key=lambda point: point[1])  # a chart's come by their steps
    return Log(name=f"{path.name}{SEPARATOR}{meant}", series=gather(points))


MLFLOW_EXPORT = Reader(
    name="MLflow's export",
    claims=_claims,
    read=_read,
    has_runs=True,
)
