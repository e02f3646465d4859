from __future__ import annotations

from pathlib import Path

import pytest
from studied import SOURCE, serial

from lehr import parse
from lehr.choose import Candidate, compare, read_study
from lehr.errors import StudyError, UsageError
from lehr.schedule import Plan


def candidate(text: str, peak_lr: float) -> Candidate:
    return Candidate(Plan.of(parse(text)), peak_lr)


def test_compare_tells_a_clear_difference(tmp_path: Path) -> None:
    """A peak lr a hundred times too small loses, with an interval that excludes zero."""
    good, bad = candidate("linear()", 0.1), candidate("linear()", 0.001)
    seen = compare(SOURCE, good, bad, directory=tmp_path, pairs=4, executor="serial")
    assert seen.verdict == "a"
    assert seen.gain_of_a is not None
    assert seen.gain_of_a.low > 0
    turned = compare(SOURCE, bad, good, directory=tmp_path, pairs=4, executor="serial")
    assert turned.verdict == "b"


def test_compare_tells_no_difference_where_there_is_none(tmp_path: Path) -> None:
    """Nearly equal candidates are indistinguishable, and the advice says what would help."""
    ours, other = candidate("linear()", 0.1), candidate("cosine()", 0.1)
    seen = compare(SOURCE, ours, other, directory=tmp_path, pairs=3, executor="serial")
    assert seen.verdict == "indistinguishable"
    assert len(seen.objectives) == 3
    with pytest.raises(UsageError, match="nothing to compare"):
        compare(SOURCE, ours, ours, directory=tmp_path)
    with pytest.raises(UsageError, match="pairs"):
        compare(SOURCE, ours, other, directory=tmp_path, pairs=1)


def test_a_fresh_comparison_forgets_only_what_compare_trained(tmp_path: Path) -> None:
    """What `choose` left in the directory that they share is not compare's to delete."""
    pair = (candidate("linear()", 0.1), candidate("linear()", 0.001))

    def again(directory: Path) -> float:
        compare(SOURCE, *pair, directory=directory, pairs=2, executor="serial", fresh=True)
        return (directory / "study.sqlite").stat().st_mtime_ns

    alone, shared = tmp_path / "alone", tmp_path / "shared"
    assert again(alone) < again(alone)
    study = serial(shared, budget=0.3)
    before = {path: path.read_bytes() for path in shared.glob("*") if path.is_file()}
    with pytest.raises(StudyError, match="lehr choose") as caught:
        again(shared)
    assert f"--directory {shared}-compare" in str(caught.value)
    assert {path: path.read_bytes() for path in before} == before
    (shared / "decision.json").unlink()
    with pytest.raises(StudyError, match="lehr choose"):
        again(shared)
    assert read_study(shared) == study
    serial(alone, budget=0.3)
    with pytest.raises(StudyError, match="lehr choose"):
        again(alone)


@pytest.mark.parametrize("seed", [-1, 2**32 - 1])
def test_a_comparison_has_seeds_that_there_are(tmp_path: Path, seed: int) -> None:
    """All of them, before anything is trained."""
    pair = (candidate("linear()", 0.1), candidate("linear()", 0.001))
    with pytest.raises(UsageError, match="seed"):
        compare(SOURCE, *pair, directory=tmp_path / "none", pairs=2, seed=seed)
    assert not (tmp_path / "none").exists()
