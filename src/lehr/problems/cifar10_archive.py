"""Reader of the CIFAR-10 python archive.

Its six batches are pickles, and a pickle may name any function for the reader to call. Nothing of
lehr's own is kept in that format; these files come from elsewhere, so they are read by an unpickler
that knows the three names an array of numbers needs and refuses every other.

Format: https://www.cs.toronto.edu/~kriz/cifar.html. A batch is a dict with `data`, uint8
(samples, 3072), the 1024 red, then green, then blue values of a 32 × 32 image, row by row; and
`labels`, a list of classes from 0 to 9.
"""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lehr.errors import UsageError

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
_TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
_TEST = "test_batch"
_RULE = f"--data is {ARCHIVE}, {FOLDER}, or a folder that holds either"
_FIX = "get the python version at https://www.cs.toronto.edu/~kriz/cifar.html"
_RECONSTRUCT = np.empty(0).__reduce__()[0]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Images (samples, 3, 32, 32), uint8, and classes (samples,), int64."""

    train_images: Tensor
    train_classes: Tensor
    test_images: Tensor
    test_classes: Tensor


def read_archive(data: str) -> Archive:
    """Read all six batches.

    Args:
        data: the archive, the folder in it, or a folder that holds either.

    Raises:
        UsageError: no such archive there, a batch is missing, or is not what it should be.
    """
    read = _reader(Path(data).expanduser())
    train = [_read_batch(name, read(name)) for name in _TRAIN]
    test_images, test_classes = _read_batch(_TEST, read(_TEST))
    return Archive(
        train_images=torch.cat([images for images, _ in train]),
        train_classes=torch.cat([classes for _, classes in train]),
        test_images=test_images,
        test_classes=test_classes,
    )


def _reader(data: Path) -> Callable[[str], bytes]:
    """Find the archive, packed or unpacked, and give what reads one of its batches."""
    places = (data, data / FOLDER, data / ARCHIVE)
    for place in places:
        if place.is_dir() and any((place / name).exists() for name in (*_TRAIN, _TEST)):
            return lambda name: _read_file(place / name)
        if place.is_file():
            return _unpacked(place)
    raise UsageError(
        "no CIFAR-10 there",
        value=str(data) if data.exists() else f"{data}, which does not exist",
        rule=_RULE,
        fix=_FIX,
    )


def _read_file(path: Path) -> bytes:
    if not path.is_file():
        raise _incomplete(path.name, path.parent)
    return path.read_bytes()


def _unpacked(path: Path) -> Callable[[str], bytes]:
    """Read every batch of a packed archive, in one pass; nothing is written to the disk."""
    batches: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                folder, _, name = member.name.removeprefix("./").rpartition("/")
                if folder == FOLDER and name in (*_TRAIN, _TEST) and member.isfile():
                    batches[name] = cast("io.BufferedReader", archive.extractfile(member)).read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UsageError(
            "the CIFAR-10 archive cannot be unpacked",
            value=f"{path}: {error}",
            rule="a whole .tar.gz archive",
            fix=_FIX,
        ) from error

    def read(name: str) -> bytes:
        if name not in batches:
            raise _incomplete(name, path)
        return batches[name]

    return read


def _read_batch(name: str, content: bytes) -> tuple[Tensor, Tensor]:
    batch = _unpickle(name, content)
    if not isinstance(batch, dict):
        raise _wrong(name, f"it holds a {type(batch).__name__}")
    pixels, labels = batch.get(b"data"), batch.get(b"labels")
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise _wrong(name, "data is no table of bytes")
    if pixels.shape[1] != 3 * 32 * 32:
        raise _wrong(name, f"an image has {pixels.shape[1]} bytes")
    if not isinstance(labels, list) or len(labels) != len(pixels):
        raise _wrong(name, f"not one label for each of {len(pixels)} images")
    if not all(isinstance(label, int) and 0 <= label < 10 for label in labels):
        raise _wrong(name, "a label is not a whole number from 0 to 9")
    images = torch.from_numpy(cast("NDArray[np.uint8]", pixels).copy())
    return images.view(-1, 3, 32, 32), torch.tensor(labels, dtype=torch.int64)


def _unpickle(name: str, content: bytes) -> object:
    """Read a pickle that holds dicts, lists, numbers, bytes and arrays, and nothing else."""
    try:
        return _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
    except (
        pickle.UnpicklingError,
        *(EOFError, IndexError, KeyError, OverflowError, TypeError, ValueError),
    ) as error:
        raise _wrong(name, str(error)) from error


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that calls nothing but what makes an array."""

    def find_class(self, module: str, name: str) -> object:
        """Give what a pickled name stands for, if it is one of an array's."""
        known = {
            ("numpy", "dtype"): np.dtype,
            ("numpy", "ndarray"): np.ndarray,
            ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
            ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,  # numpy 2 calls it so
            ("_codecs", "encode"): _latin1,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is refused")
        return known[module, name]


def _latin1(text: str, encoding: str) -> bytes:
    """Stand in for `_codecs.encode`, which Python 3 writes for bytes in the archive's protocol."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it asks for the encoding {encoding}, which is refused")
    return text.encode(encoding)


def _incomplete(name: str, place: Path) -> UsageError:
    return UsageError(
        f"CIFAR-10 is not complete: {name} is missing",
        value=str(place),
        rule=f"{', '.join((*_TRAIN, _TEST))}",
        fix=_FIX,
    )


def _wrong(name: str, reason: str) -> UsageError:
    return UsageError(
        f"{name} is not a batch of CIFAR-10",
        value=reason,
        rule="a pickled dict with data, uint8 (samples, 3072), and labels, a list of 0 to 9",
        fix=_FIX,
    )
