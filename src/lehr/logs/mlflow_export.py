"""MLflow: the CSV of metric histories that its pages download, a line for each value.

`mlflow/server/js`: `convertMetricsToCsv` of the metric page, `chartMetricHistoryToCsv` of a chart.
"""

from __future__ import annotations

from pathlib import Path

from lehr.logs.delimited import csv_rows, header
from lehr.logs.log import Log
from lehr.logs.mlflow_value import as_logged
from lehr.logs.reader import Asked, Reader
from lehr.logs.runs import SEPARATOR, chosen
from lehr.logs.series import gather
from lehr.logs.table import number, whole

PAGE = ("run_id", "key", "value", "step", "timestamp")
CHART = ("Run", "Run ID", "metric", "step", "timestamp", "value")


def _claims(path: Path) -> bool:
    return tuple(header(path)) in (PAGE, CHART)


def _read(path: Path, asked: Asked) -> Log:
    run, metric = ("run_id", "key") if tuple(header(path)) == PAGE else ("Run ID", "metric")
    rows = csv_rows(path)
    meant = chosen((str(row[run]) for row in rows), asked.run, path)
    points = (
        (
            str(row[metric]),
            number(row, "timestamp", at),
            whole(row, "step", at),
            as_logged(number(row, "value", at)),
        )
        for at, row in enumerate(rows, 1)
        if row[run] == meant
    )
    return Log(name=f"{path.name}{SEPARATOR}{meant}", series=gather(points))


MLFLOW_EXPORT = Reader(
    name="MLflow's export",
    claims=_claims,
    read=_read,
    has_runs=True,
)
