"""A checkpoint is complete and unaltered, or it is refused."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lehr.errors import CheckpointError
from lehr.training import checkpoint

FILES = {"weights.bin": bytes(range(24)), "state.json": b'{"step": 3}'}


class PowerFailure(BaseException):
    """Stops everything where it stands: no handler cleans up behind it."""


@pytest.fixture
def directory(tmp_path):
    checkpoint.write(tmp_path / "kept", FILES)
    return tmp_path / "kept"


def test_what_was_written_is_read(directory):
    """Files come back byte for byte."""
    assert checkpoint.read(directory) == FILES


def test_every_flipped_bit_is_refused(directory):
    """Each single bit of each file, the manifest's own included, is noticed."""
    for path in sorted(directory.iterdir()):
        content = path.read_bytes()
        for bit in range(8 * len(content)):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            with pytest.raises(CheckpointError):
                checkpoint.read(directory)
        path.write_bytes(content)
    assert checkpoint.read(directory) == FILES


def test_every_truncation_is_refused(directory):
    """A file that ends early is noticed, wherever it ends."""
    for path in sorted(directory.iterdir()):
        content = path.read_bytes()
        for length in range(len(content)):
            path.write_bytes(content[:length])
            with pytest.raises(CheckpointError):
                checkpoint.read(directory)
        path.write_bytes(content)


def test_a_manifest_in_other_words_is_refused(directory):
    """The same manifest laid out otherwise is not the file that was written."""
    path = directory / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_bytes())), encoding="utf-8")
    with pytest.raises(CheckpointError):
        checkpoint.read(directory)


@settings(max_examples=100, deadline=None)
@given(noise=st.binary(max_size=300))
def test_any_other_manifest_is_refused(tmp_path_factory, noise):
    """Arbitrary bytes in place of the manifest are a CheckpointError and nothing else."""
    directory = tmp_path_factory.mktemp("noise") / "kept"
    checkpoint.write(directory, FILES)
    (directory / "manifest.json").write_bytes(noise)
    with pytest.raises(CheckpointError):
        checkpoint.read(directory)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_refused(directory, name):
    """Whichever file is gone, the error names the folder."""
    (directory / name).unlink()
    with pytest.raises(CheckpointError, match="kept"):
        checkpoint.read(directory)


def test_a_file_too_many_is_refused(directory):
    """A file that nobody wrote is named."""
    (directory / "extra.bin").write_bytes(b"")
    with pytest.raises(CheckpointError) as caught:
        checkpoint.read(directory)
    assert "extra.bin" in str(caught.value)


def test_swapped_files_are_refused(directory):
    """Two whole files under each other's name are noticed."""
    first, second = (directory / name for name in FILES)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    with pytest.raises(CheckpointError):
        checkpoint.read(directory)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    """Nothing to read is a CheckpointError, not an OSError."""
    with pytest.raises(CheckpointError):
        checkpoint.read(tmp_path / "never")


@pytest.mark.parametrize("present", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize("calls", range(9))
def test_a_power_failure_leaves_all_or_nothing(tmp_path, monkeypatch, calls, present):
    """Stopped before any sync or rename, the folder is absent, old or new: never torn."""
    old = {"weights.bin": b"old"}
    if present:
        checkpoint.write(tmp_path / "kept", old)
    left = iter(range(calls))

    def failing(call):
        def counted(*arguments):
            if next(left, None) is None:
                raise PowerFailure
            return call(*arguments)

        return counted

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing(os.fsync))
        patched.setattr(checkpoint.Path, "rename", failing(checkpoint.Path.rename))
        try:
            checkpoint.write(tmp_path / "kept", FILES)
        except PowerFailure:
            pass
        else:
            assert checkpoint.read(tmp_path / "kept") == FILES
    if (tmp_path / "kept").exists():
        assert checkpoint.read(tmp_path / "kept") in (FILES, old)
    checkpoint.write(tmp_path / "kept", FILES)
    checkpoint.sweep(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]
    assert checkpoint.read(tmp_path / "kept") == FILES


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_kill_leaves_all_or_nothing(tmp_path):
    """A process killed with -9 while it writes and replaces leaves no torn checkpoint."""
    writer = (
        "import itertools, pathlib, sys; from lehr.training import checkpoint\n"
        "for i in itertools.count():\n"
        "    files = {name: bytes([i % 256]) * 200_000 for name in 'abc'}\n"
        "    checkpoint.write(pathlib.Path(sys.argv[1]), files)\n"
    )
    seen = 0
    for attempt in range(4):
        process = subprocess.Popen([sys.executable, "-c", writer, str(tmp_path / "kept")])
        while not any(tmp_path.iterdir()):
            time.sleep(0.01)
        time.sleep(0.013 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (tmp_path / "kept").exists():
            files = checkpoint.read(tmp_path / "kept")
            assert len({content[:1] for content in files.values()}) == 1
            seen += 1
            checkpoint.remove(tmp_path / "kept")
        checkpoint.sweep(tmp_path)
        assert not any(tmp_path.iterdir())
    assert seen >= 1


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    """ENOSPC becomes a CheckpointError; neither folder nor remains are there."""

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError) as caught:
        checkpoint.write(tmp_path / "kept", FILES)
    assert "No space left" in str(caught.value)
    assert not any(tmp_path.iterdir())


def test_a_newer_checkpoint_replaces_an_older(directory):
    """The same name may be written again, as after a crash."""
    checkpoint.write(directory, {"other.bin": b"new"})
    assert checkpoint.read(directory) == {"other.bin": b"new"}


def test_eviction_may_be_repeated(directory):
    """Removing takes the folder away; removing it again is fine."""
    assert checkpoint.size(directory) > sum(map(len, FILES.values()))
    checkpoint.remove(directory)
    checkpoint.remove(directory)
    assert not any(directory.parent.iterdir())
