"""The directory of checkpoints: whole ones under their keys, and nothing else that matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from lehr.choose.checkpoints import Checkpoints
from lehr.errors import StudyError
from lehr.training import checkpoint


def written(directory: Path, *keys: str) -> Checkpoints:
    checkpoints = Checkpoints(directory / "checkpoints")
    for key in keys:
        checkpoint.write(checkpoints.path(key), {"weights": b"12345"})
    return checkpoints


def test_a_directory_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """A study without checkpoints needs no directory, and asking makes none."""
    checkpoints = written(tmp_path)
    assert checkpoints.keys() == set()
    assert checkpoints.bytes() == 0
    assert not checkpoints.has("a")
    checkpoints.evict("a")
    checkpoints.sweep({"a"})
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_are_known_measured_and_evicted(tmp_path: Path) -> None:
    """`bytes` is what the files take, and an evicted checkpoint takes nothing."""
    checkpoints = written(tmp_path, "a1", "b2")
    assert checkpoints.keys() == {"a1", "b2"}
    size = sum(file.stat().st_size for file in checkpoints.path("a1").iterdir())
    assert checkpoints.bytes("a1") == size
    assert checkpoints.bytes() == 2 * size
    checkpoints.evict("a1")
    assert checkpoints.bytes("a1") == 0
    assert checkpoints.keys() == {"b2"}
    assert sorted(p.name for p in checkpoints.directory.iterdir()) == ["b2"]


def test_a_sweep_leaves_what_is_known_and_whole(tmp_path: Path) -> None:
    """Checkpoints without a row, and those cut short, go; a user's own file stays."""
    checkpoints = written(tmp_path, "a1", "b2")
    for name in (".c3.0123456789abcdef.partial", ".d4.0123456789abcdef.removed"):
        (checkpoints.directory / name).mkdir()
        (checkpoints.directory / name / "weights").write_bytes(b"123")
    (checkpoints.directory / "README.txt").write_text("mine")
    assert checkpoints.keys() == {"a1", "b2"}
    checkpoints.sweep({"a1", "e5"})
    assert sorted(p.name for p in checkpoints.directory.iterdir()) == ["README.txt", "a1"]
    assert checkpoint.read(checkpoints.path("a1")) == {"weights": b"12345"}


@pytest.mark.parametrize("key", ["", ".", "..", "../a", "a/b", ".hidden", "a\n", "/etc"])
def test_a_key_cannot_leave_the_directory(tmp_path: Path, key: str) -> None:
    """A key is a name, never a path."""
    with pytest.raises(StudyError, match="cannot name"):
        Checkpoints(tmp_path).path(key)
