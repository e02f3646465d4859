"""MLflow: a run's folder, the SQLite store and its pages' exports (samples/README.md)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from lehr.errors import UsageError
from lehr.logs import Log, read

SAMPLES = Path(__file__).parent / "samples" / "mlflow"
COSINE, LINEAR, DELETED = (
    "50a6f5ad0c024dd687ea90c979ba318c",
    "16eb679e11804d7bb35c7f558aa818ee",
    "fddb4fadcebd471092877b1a06bb0038",
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The SQLite store of the sample, in a folder whose name a URI has to escape."""
    folder = tmp_path / "100% ?#"
    folder.mkdir()
    path = folder / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((SAMPLES / "mlflow.sql").read_text(encoding="utf-8"))
    return path


def same_as_logged(log: Log) -> None:
    """What the samples' script logged."""
    assert set(log.series) == {"train/loss", "train/learning_rate", "val_loss"}
    lr, loss, evaluated = log.lr(), log.loss(), log.loss("val_loss")
    assert lr.steps.tolist() == list(range(0, 100, 10))
    np.testing.assert_allclose(lr.values, 1e-3 * (1 - lr.steps / 100))
    assert loss is not None
    assert loss.steps.tolist() == list(range(0, 120, 10))
    np.testing.assert_allclose(loss.values[:10], 2.5 - np.arange(10) / 10)
    np.testing.assert_array_equal(loss.values[10:], [np.nan, np.inf])
    assert evaluated is not None
    assert evaluated.steps.tolist() == [40, 90]


def test_the_folder_of_a_run() -> None:
    """Metrics with a slash are files in folders."""
    same_as_logged(read(SAMPLES / "run"))


def test_lines_of_a_metric(tmp_path: Path) -> None:
    """A data set may follow the step; without a step there is none to invent."""
    (tmp_path / "metrics").mkdir()
    (tmp_path / "meta.yaml").touch()
    metric = tmp_path / "metrics" / "lr"
    metric.write_text("1 0.1 5 train 0ab1\n")
    assert read(tmp_path).lr().steps.tolist() == [5]
    metric.write_text("1 0.1 5\n1 0.1\n")
    with pytest.raises(UsageError, match="line 2 of lr"):
        read(tmp_path)


@pytest.mark.parametrize("run", [COSINE, "cosine"])
def test_a_run_of_the_store(run: str, store: Path) -> None:
    """By its id or its name; NaN and infinity are what they were."""
    same_as_logged(read(Path(f"{store}::{run}")))


def test_several_runs_are_listed(store: Path) -> None:
    """Those that were deleted are not; a name that two have names none."""
    with pytest.raises(UsageError) as caught:
        read(store)
    assert f"{COSINE} (cosine), {LINEAR} (linear)" in str(caught.value)
    assert f"{store}::{COSINE}" in str(caught.value)
    assert DELETED not in str(caught.value)
    with pytest.raises(UsageError, match="2 runs that are called linear"):
        read(Path(f"{store}::linear"))
    with pytest.raises(UsageError, match="no run cosin"):
        read(Path(f"{store}::cosin"))


def test_a_store_is_only_read(store: Path) -> None:
    """Its bytes stay, and nothing is left beside it."""
    before = store.read_bytes()
    read(Path(f"{store}::cosine"))
    assert store.read_bytes() == before
    assert [path.name for path in store.parent.iterdir()] == ["mlflow.db"]


def test_another_database_is_no_store(tmp_path: Path) -> None:
    """It says so, and shows no traceback."""
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.executescript("CREATE TABLE lr (step, value);")
    with pytest.raises(UsageError, match="no log that can be read"):
        read(tmp_path / "other.db")


@pytest.mark.parametrize("chart", [False, True])
def test_the_export_of_a_page_or_chart(chart: bool, tmp_path: Path) -> None:
    """A line for each value, of one run or of several."""
    points = [
        (run, key, value, step)
        for run in ("r1", "r2")
        for key, value in (("train/loss", 2.5), ("lr", 0.1))
        for step in (0, 10)
    ]
    if chart:
        head = "Run,Run ID,metric,step,timestamp,value"
        lines = [f'"my run",{run},{key},{step},9,{value}' for run, key, value, step in points]
    else:
        head = "run_id,key,value,step,timestamp"
        lines = [f"{run},{key},{value},{step},9" for run, key, value, step in points]
    path = tmp_path / "metrics.csv"
    path.write_text("\n".join([head, *lines]))
    with pytest.raises(UsageError, match="holds 2 runs"):
        read(path)
    log = read(Path(f"{path}::r2"))
    assert log.lr().steps.tolist() == [0, 10]
    loss = log.loss()
    assert loss is not None
    assert loss.values.tolist() == [2.5, 2.5]


def test_an_export_of_a_store_without_infinities(tmp_path: Path) -> None:
    """What MLflow's client gives for an infinite loss and for NaN; times tell the order."""
    path = tmp_path / "run.csv"
    lines = ["r,loss,1.7976931348623157e+308,20,5", "r,loss,nan,30,6", "r,lr,0.1,20,4"]
    path.write_text("\n".join(["run_id,key,value,step,timestamp", *lines]))
    log = read(path)
    loss = log.loss()
    assert loss is not None
    np.testing.assert_array_equal(loss.values, [np.inf, np.nan])
    assert log.lr().order.tolist() < loss.order.tolist()


def test_a_chart_of_a_resumed_run(tmp_path: Path) -> None:
    """The chart's rows come by their steps; what counts is when they were logged."""
    rows = [
        *((step, 1_000 + step, 1e-3) for step in range(0, 120, 10)),
        *((step, 2_000 + step, 5e-4) for step in range(85, 125, 10)),
    ]
    lines = ['"Run","Run ID","metric","step","timestamp","value"']
    for step, time, value in sorted(rows):
        lines += [
            f'"my run","3cdb","{name}","{step}","{time}","{value}"' for name in ("lr", "loss")
        ]
    path = tmp_path / "chart.csv"
    path.write_text("\n".join(lines))
    lr, loss = read(Path(f"{path}::my run")).course()
    assert lr.steps.tolist() == [*range(0, 90, 10), 85, 95, 105, 115]
    assert lr.values.tolist() == [1e-3] * 9 + [5e-4] * 4
    assert loss.steps.tolist() == lr.steps.tolist()
