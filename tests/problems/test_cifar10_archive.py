"""Writes small archives in the format of the original, which Python 2 pickled."""

import io
import os
import pickle
import struct
import tarfile
from typing import ClassVar

import numpy as np
import pytest
import torch

from lehr import constant
from lehr.errors import UsageError
from lehr.problems.cifar10 import problem
from lehr.problems.cifar10_archive import ARCHIVE, FOLDER, read_archive
from lehr.schedule import Plan
from lehr.training import preflight

NAMES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 wrote: byte strings as strings, truth values as numbers."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        short = len(value) < 256
        self.write(b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<i", len(value)))
        self.write(value)
        self.memoize(value)

    dispatch[bytes] = save_string
    dispatch[str] = lambda self, value: self.save_string(value.encode("ascii"))
    dispatch[bool] = lambda self, value: self.save_long(int(value))


def python2_pickle(value):
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(value)
    return file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def batch(number, samples=10):
    """Images in the middle of which a brightness tells the class."""
    random = np.random.default_rng(number)
    labels = [int(label) for label in random.integers(10, size=samples)]
    images = random.integers(0, 40, size=(samples, 3, 32, 32), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[:, 8:24, 8:24] += np.uint8(20 * label)
    return {
        b"batch_label": f"batch {number}".encode(),
        b"labels": labels,
        b"data": images.reshape(samples, -1),
        b"filenames": [f"{i}.png".encode() for i in range(samples)],
    }


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / FOLDER
    place.mkdir()
    for number, name in enumerate(NAMES):
        (place / name).write_bytes(python2_pickle(batch(number)))
    (place / "batches.meta").write_bytes(b"not read")
    return place


@pytest.fixture
def archive(folder, tmp_path):
    path = tmp_path / "packed" / ARCHIVE
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as file:
        file.add(folder, arcname=FOLDER)
    return path


def test_format_is_that_of_python_2(folder):
    """The writer above writes no opcode that Python 2 did not know, nor Python 3's names."""
    content = (folder / "test_batch").read_bytes()
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in content
    assert b"_codecs" not in content
    assert pickle.loads(content, encoding="bytes")[b"data"].dtype == np.uint8


def test_every_place_is_read(folder, archive):
    """The archive, the folder in it and what holds either give the same images and classes."""
    places = [folder, folder.parent, archive, archive.parent]
    first, *others = [read_archive(str(place)) for place in places]
    assert first.train_images.shape == (50, 3, 32, 32)
    assert first.train_images.dtype == torch.uint8
    assert first.test_classes.tolist() == batch(5)[b"labels"]
    expected = torch.from_numpy(batch(1)[b"data"]).view(-1, 3, 32, 32)
    assert torch.equal(first.train_images[10:20], expected)
    for other in others:
        assert torch.equal(first.train_images, other.train_images)
        assert torch.equal(first.test_classes, other.test_classes)


@pytest.mark.parametrize("protocol", range(2, 5))
def test_archives_that_python_3_wrote_are_read(folder, protocol):
    """A copy that was written anew in the same protocol or a later one is read too."""
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(pickle.dumps(batch(number), protocol=protocol))
    assert read_archive(str(folder)).train_classes[:10].tolist() == batch(0)[b"labels"]


def test_problem_trains(folder):
    """Preflight finds nothing, and the loss falls within a few steps."""
    declared = problem(str(folder), steps=20)
    assert set(preflight(declared, 0).metrics) == {
        *("val_loss", "val_accuracy", "test_loss", "test_accuracy")
    }
    run = declared.start(0)
    losses = run.advance(Plan.of(constant()).over(20).multipliers(0, 8), 0.05)
    assert losses[-1] < losses[0]


class Evil:
    def __reduce__(self):
        return os.mkdir, ("made_by_a_pickle",)


@pytest.mark.parametrize("wrapped", [Evil(), {b"data": Evil()}], ids=["itself", "inside"])
def test_a_pickle_that_calls_something_is_refused(folder, wrapped, monkeypatch, tmp_path):
    """A batch that asks for a function is not obeyed, and the error names the function."""
    monkeypatch.chdir(tmp_path)
    (folder / "data_batch_3").write_bytes(pickle.dumps(wrapped, protocol=2))
    with pytest.raises(UsageError, match="data_batch_3") as caught:
        read_archive(str(folder))
    assert "mkdir, which is refused" in str(caught.value)
    assert not (tmp_path / "made_by_a_pickle").exists()


def test_codecs_other_than_latin1_are_refused(folder):
    """The one codec that bytes need is not a way to another."""
    content = b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00hex\x86R."
    (folder / "data_batch_1").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_archive(str(folder))
    assert "encoding hex, which is refused" in str(caught.value)


DEFECTS = {
    "no pickle": b"hello",
    "cut short": python2_pickle(batch(0))[:-500],
    "empty": b"",
    "a list": python2_pickle([1]),
    "no data": python2_pickle({b"labels": [1]}),
    "floats": python2_pickle({b"data": np.zeros((1, 3072)), b"labels": [1]}),
    "28 pixels": python2_pickle({b"data": np.zeros((1, 784), np.uint8), b"labels": [1]}),
    "no labels": python2_pickle({b"data": np.zeros((1, 3072), np.uint8)}),
    "CIFAR-100": python2_pickle({b"data": np.zeros((1, 3072), np.uint8), b"fine_labels": [1]}),
    "class 10": python2_pickle({b"data": np.zeros((1, 3072), np.uint8), b"labels": [10]}),
}


@pytest.mark.parametrize("content", DEFECTS.values(), ids=DEFECTS)
def test_a_wrong_batch_is_named(folder, content):
    """A batch that is not one is named, with what it should be."""
    (folder / "data_batch_2").write_bytes(content)
    with pytest.raises(UsageError, match="data_batch_2 is not a batch"):
        read_archive(str(folder))


def test_a_missing_batch_is_named(folder, tmp_path):
    """An incomplete archive, packed or not, says what is missing."""
    (folder / "data_batch_4").unlink()
    with pytest.raises(UsageError, match="data_batch_4 is missing"):
        read_archive(str(folder))
    packed = tmp_path / "half.tar.gz"
    with tarfile.open(packed, "w:gz") as file:
        file.add(folder, arcname=FOLDER)
    with pytest.raises(UsageError, match="data_batch_4 is missing"):
        read_archive(str(packed))


def test_no_archive_there(tmp_path):
    """A folder that is not there, or holds something else, says what --data is."""
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="no CIFAR-10 there") as caught:
            read_archive(str(place))
        assert "a folder that holds either" in str(caught.value)


def test_a_broken_archive_is_refused(archive):
    """A download that stopped halfway is no archive."""
    content = archive.read_bytes()
    for part in (content[: len(content) // 2], b"<html>not found</html>"):
        archive.write_bytes(part)
        with pytest.raises(UsageError, match="cannot be unpacked"):
            read_archive(str(archive))
