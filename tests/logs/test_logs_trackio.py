"""trackio: runs in the file of a project (samples/README.md)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from lehr.errors import UsageError
from lehr.logs import read

SAMPLE = Path(__file__).parent / "samples" / "trackio.sql"
COSINE = "7d76fbe0a6b54f0a9363a63098735452"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's file of the sample, which trackio keeps with a write-ahead log."""
    path = tmp_path / "p.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = wal")
        database.executescript(SAMPLE.read_text(encoding="utf-8"))
    return path


@pytest.mark.parametrize("run", [COSINE, "cosine"])
def test_a_run_by_its_id_or_name(run: str, project: Path) -> None:
    """The optimizer's step comes before the tracker's, which may be named."""
    path = Path(f"{project}::{run}")
    lr = read(path).lr()
    assert lr.steps.tolist() == list(range(0, 100, 10))
    np.testing.assert_allclose(lr.values, 1e-3 * (1 - lr.steps / 100))
    with pytest.raises(UsageError, match="row 6 has no step"):
        read(path).loss("eval/loss")
    named = read(path, step_column="step")
    loss, evaluated = named.loss(), named.loss("eval/loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(0, 120, 10))
    np.testing.assert_array_equal(loss.values[10:], [np.nan, np.inf])
    assert evaluated is not None
    assert evaluated.steps.tolist() == [40, 90]


def test_several_runs_are_listed(project: Path) -> None:
    """With their names, as they may be typed."""
    with pytest.raises(UsageError) as caught:
        read(project)
    assert f"{COSINE} (cosine)" in str(caught.value)
    assert f"{project}::{COSINE}" in str(caught.value)


def test_nothing_is_left_beside_a_project(project: Path) -> None:
    """Nor is anything missed of one that is being written."""
    assert len(read(Path(f"{project}::{COSINE}")).lr()) == 10
    assert [path.name for path in project.parent.iterdir()] == ["p.db"]
    with closing(sqlite3.connect(project)) as writer:
        writer.execute(
            "INSERT INTO metrics SELECT 99, run_id, timestamp, run_name, 100, metrics, "
            "NULL, NULL FROM metrics WHERE id = 1"
        )
        writer.commit()
        assert len(read(Path(f"{project}::{COSINE}")).lr()) == 11
