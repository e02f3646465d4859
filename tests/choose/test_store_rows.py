"""The study store keeps what it was given, to the bit, and refuses what it did not write."""

from __future__ import annotations

import dataclasses
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lehr.choose.rows import read_losses, read_metrics, write_losses, write_metrics
from lehr.choose.segment import Segment, SegmentResult
from lehr.choose.store import INEXACT, Store
from lehr.errors import StudyError
from lehr.schedule import Plan, constant


def segment(key: str = "a", *, start: int = 0, stop: int = 4) -> Segment:
    return Segment(
        key=key,
        parent=None,
        seed=0,
        peak_lr=0.1,
        start=start,
        stop=stop,
        multipliers=Plan(lr=constant()).over(8).multipliers(start, stop),
        evaluate_at=(stop,),
        save=True,
    )


def result(key: str = "a", **changes: object) -> SegmentResult:
    kept = SegmentResult(
        key=key,
        losses=np.array([2.0, 1.5, 0.1 + 0.2, 1e-300]),
        metrics=((4, {"val_loss": 0.1, "ratio": math.inf}),),
        diverged_at=None,
        saved=True,
        seconds=0.25,
    )
    return dataclasses.replace(kept, **changes)  # type: ignore[arg-type]


def same(one: SegmentResult | None, other: SegmentResult) -> bool:
    return (
        one is not None
        and one.losses.tobytes() == other.losses.tobytes()
        and repr(one.metrics) == repr(other.metrics)
        and (one.key, one.diverged_at, one.saved, one.seconds)
        == (other.key, other.diverged_at, other.saved, other.seconds)
    )


@given(arrays.arrays(np.float64, st.integers(0, 20)))
def test_losses_come_back_to_the_bit(losses: np.ndarray) -> None:
    """Every float64 survives the store, NaNs with their payload included."""
    assert read_losses(write_losses(losses)).tobytes() == losses.tobytes()


@given(st.dictionaries(st.text(max_size=8), st.floats(), max_size=4), st.integers(1, 10**9))
def test_metrics_come_back_exactly(values: dict[str, float], step: int) -> None:
    """Names and numbers survive the store, non-finite ones included."""
    assert repr(read_metrics(write_metrics(((step, values),)))) == repr(((step, values),))


def test_what_was_put_is_there_after_reopening(tmp_path: Path) -> None:
    """Results, identity and documents outlive the process that wrote them."""
    diverged = result("b", losses=np.array([1.0, np.nan]), metrics=(), diverged_at=1, saved=False)
    with Store.open(tmp_path) as store:
        assert store.identity() is None
        assert store.result("a") is None
        store.set_identity({"source": "1f", "threads": "1"})
        store.put_result(segment("b"), diverged)
        store.put_result(segment("a"), result("a"))
        store.put_document("rounds", "[1]")
        store.put_document("rounds", "[1, 2]")
    with Store.open(tmp_path) as store:
        assert store.identity() == {"source": "1f", "threads": "1"}
        assert same(store.result("a"), result("a"))
        assert same(store.result("b"), diverged)
        assert store.keys() == {"a", "b"}
        assert store.document("rounds") == "[1, 2]"
        assert store.document("other") is None


def test_the_same_result_may_come_again(tmp_path: Path) -> None:
    """A segment trained again for its checkpoint is welcome: time and `saved` may differ."""
    with Store.open(tmp_path) as store:
        store.put_result(segment(), result(saved=False, losses=np.array([1.0, np.nan])))
        store.put_result(segment(), result(seconds=9.0, losses=np.array([1.0, np.nan])))
        again = store.result("a")
    assert again is not None
    assert again.saved
    assert again.seconds == 9.0


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"losses": np.array([2.0, 1.5, 0.3, 1e-300])}, "step 2: 0.30000000000000004, then 0.3"),
        ({"losses": np.array([2.0])}, "4 losses and divergence at None, then 1"),
        ({"metrics": ((4, {"val_loss": 0.2, "ratio": math.inf}),)}, '"val_loss": 0.2'),
        ({"diverged_at": 3}, "and 3"),
    ],
)
def test_another_result_for_the_same_segment_is_refused(
    tmp_path: Path, changes: dict[str, object], shown: str
) -> None:
    """Training that is not deterministic is an error that shows the first difference."""
    with Store.open(tmp_path) as store:
        store.put_result(segment(), result())
        with pytest.raises(StudyError, match="two results") as caught:
            store.put_result(segment(), result(**changes))
        assert shown in str(caught.value)
        assert same(store.result("a"), result())


def test_where_no_bits_repeat_the_first_of_two_results_that_agree_stays(tmp_path: Path) -> None:
    """A device whose sums differ from run to run ends no study; something else still does."""
    near = result(
        losses=result().losses * 1.005, metrics=((4, {"val_loss": 0.1005, "ratio": math.inf}),)
    )
    with Store.open(tmp_path) as store:
        store.set_identity({INEXACT: "0.01"})
        store.put_result(segment(), result())
        store.put_result(segment(), near)
        assert same(store.result("a"), result())
        for changes in (
            {"losses": result().losses * 1.02},
            {"metrics": ((4, {"val_loss": 0.102, "ratio": math.inf}),)},
            {"metrics": ((4, {"val_loss": 0.1}),)},
            {"diverged_at": 3},
        ):
            with pytest.raises(StudyError, match="two results"):
                store.put_result(segment(), result(**changes))


def test_a_result_of_another_segment_is_refused(tmp_path: Path) -> None:
    """A result cannot end up under a key that is not its own."""
    with Store.open(tmp_path) as store, pytest.raises(StudyError, match="another segment"):
        store.put_result(segment("a"), result("b"))


def test_a_changed_identity_is_refused_and_shown(tmp_path: Path) -> None:
    """A study is never continued with another problem; the error names what changed."""
    with Store.open(tmp_path) as store:
        store.set_identity({"source": "1f", "threads": "1"})
        store.set_identity({"threads": "1", "source": "1f"})
        with pytest.raises(StudyError) as caught:
            store.set_identity({"source": "2e", "threads": "1", "torch": "2"})
    assert "source: 1f → 2e; torch: not there → 2" in str(caught.value)
    assert "--fresh" in str(caught.value)


def test_fresh_forgets(tmp_path: Path) -> None:
    """A fresh start leaves nothing of the study before it, nor of what it wrote last."""
    with Store.open(tmp_path) as store:
        store.set_identity({"source": "1f"})
        store.put_result(segment(), result())
    with Store.open(tmp_path, fresh=True) as store:
        assert store.identity() is None
        assert store.keys() == set()


@pytest.mark.parametrize("table", ["identity", "results", "documents"])
def test_an_altered_row_is_refused_by_name(tmp_path: Path, table: str) -> None:
    """A value changed behind the store's back is never used; the error says which it is."""
    with Store.open(tmp_path) as store:
        store.set_identity({"source": "1f"})
        store.put_result(segment(), result())
        store.put_document("rounds", "[1]")
        column = {"identity": "value", "results": "seconds", "documents": "text"}[table]
        with sqlite3.connect(tmp_path / "study.sqlite") as other:
            other.execute(f"UPDATE {table} SET {column} = '7'")
        other.close()
        with pytest.raises(StudyError, match="altered") as caught:
            {
                "identity": store.identity,
                "results": lambda: store.result("a"),
                "documents": lambda: store.document("rounds"),
            }[table]()
    assert f"of {table}" in str(caught.value)
    assert "--fresh" in str(caught.value)
    with pytest.raises(StudyError, match="altered"):
        Store.open(tmp_path)


def test_flipped_bits_are_found_or_harmless(tmp_path: Path) -> None:
    """Whatever bit of the file flips, the store refuses or returns what was written."""
    with Store.open(tmp_path) as store:
        store.set_identity({"source": "1f"})
        for name in "abcdefgh":
            store.put_result(segment(name), result(name, losses=np.linspace(3, 1, 300)))
    path = tmp_path / "study.sqlite"
    whole = path.read_bytes()
    rng = random.Random(0)
    refused = 0
    for _ in range(150):
        place = rng.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[place] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        try:
            with Store.read(tmp_path) as store:
                kept = {key: store.result(key) for key in store.keys()}  # noqa: SIM118 - not a mapping
                assert store.identity() == {"source": "1f"}
        except StudyError:
            refused += 1
            continue
        assert set(kept) == set("abcdefgh")
        for name, one in kept.items():
            assert same(one, result(name, losses=np.linspace(3, 1, 300)))
    assert refused > 50


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """A store of a later lehr is not guessed at."""
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "study.sqlite") as other:
        other.execute("PRAGMA user_version = 2")
    other.close()
    with pytest.raises(StudyError, match="another version") as caught:
        Store.open(tmp_path)
    assert "schema version 2" in str(caught.value)


@pytest.mark.parametrize("content", [b"something else, not a database at all", None])
def test_another_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A file that is not a study is neither used nor overwritten."""
    path = tmp_path / "study.sqlite"
    if content is None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE mine (a)")
        other.close()
    else:
        path.write_bytes(content)
    for way in (Store.open, Store.read):
        with pytest.raises(StudyError):
            way(tmp_path)
    if content is None:
        with sqlite3.connect(path) as other:
            assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
        other.close()
    else:
        assert path.read_bytes() == content


def test_a_reader_needs_a_study(tmp_path: Path) -> None:
    """Reading does not create a study where there is none."""
    with pytest.raises(StudyError, match="no study"):
        Store.read(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_what_a_running_driver_has_put(tmp_path: Path) -> None:
    """A report can be made while the study runs."""
    with Store.open(tmp_path) as store:
        store.put_result(segment("a"), result("a"))
        with Store.read(tmp_path) as reader:
            assert reader.keys() == {"a"}
            store.put_result(segment("b"), result("b"))
            assert reader.keys() == {"a", "b"}
            with pytest.raises(StudyError, match="cannot be used now"):
                reader.put_document("rounds", "[]")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_a_study_can_be_read_where_nothing_can_be_written() -> None:
    """A finished study on a read-only place can be reported."""
    code = (
        "import os, sys; from pathlib import Path; from lehr.choose.store import Store\n"
        "os.setuid(65534)\n"
        "print(Store.read(Path(sys.argv[1])).keys())"
    )
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        with Store.open(place) as store:
            store.put_result(segment(), result())
        done = subprocess.run(
            [sys.executable, "-c", code, place], capture_output=True, text=True, check=False
        )
    assert done.stdout == "{'a'}\n", done.stderr


DRIVER = """
import os, sys
from pathlib import Path
import numpy as np
from lehr.choose.segment import Segment, SegmentResult
from lehr.choose.store import Store
from lehr.schedule import Plan, constant

store = Store.open(Path(sys.argv[1]))
stretch = Plan(lr=constant()).over(8).multipliers(0, 4)
while True:
    key = f"k{len(store.keys()):06d}"
    segment = Segment(key=key, parent=None, seed=0, peak_lr=0.1, start=0, stop=4,
                      multipliers=stretch, evaluate_at=(), save=False)
    store.put_result(segment, SegmentResult(key=key, losses=np.arange(500.0), metrics=(),
                                            diverged_at=None, saved=False, seconds=0.0))
    print(key, flush=True)
"""


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    """After `kill -9` at any moment the study opens at once and holds all it said it held."""
    told: list[str] = []
    for lines in (1, 7, 30):
        driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER, tmp_path], stdout=subprocess.PIPE, text=True
        )
        assert driver.stdout is not None
        told += [driver.stdout.readline().strip() for _ in range(lines)]
        driver.send_signal(signal.SIGKILL)
        told += driver.stdout.read().split()
        driver.wait()
        driver.stdout.close()
        with Store.read(tmp_path) as store:
            assert store.keys() >= set(told)
        with Store.open(tmp_path) as store:
            assert store.keys() >= set(told)
            kept = [store.result(key) for key in store.keys()]  # noqa: SIM118 - not a mapping
            assert all(one is not None and len(one.losses) == 500 for one in kept)
    assert told == sorted(set(told))
