"""TensorBoard: an event file, or the folder that holds all those of one run.

TensorBoard's own loader reads them; it turns the scalars of every writer into tensors of one number
(`tensorboard.data_compat`). The accumulator above it keeps 10,000 values of a tag and drops what a
resumed run wrote again, so it is not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from lehr.errors import MissingError
from lehr.logs.log import Log
from lehr.logs.reader import Asked, Reader
from lehr.logs.series import gather

MARK = "tfevents"
FRAME = 12
"""Bytes before a record: its length in 8, their checksum in 4; another 4 of checksum follow it."""


def _files(path: Path) -> list[Path]:
    """Return a run's event files in the order in which TensorBoard reads them."""
    if path.is_dir():
        return sorted(file for file in path.iterdir() if MARK in file.name and file.is_file())
    return [path] if MARK in path.name else []


def _claims(path: Path) -> bool:
    return bool(_files(path))


def _read(path: Path, asked: Asked) -> Log:  # noqa: ARG001 - a reader's signature
    points = (point for file in _files(path) for point in _scalars(file))
    places = ((tag, place, step, value) for place, (tag, step, value) in enumerate(points))
    return Log(name=path.name, series=gather(places))


def _scalars(file: Path) -> Iterator[tuple[str, int, float]]:
    """Yield tag, step and value of every number in a file.

    Raises:
        MissingError: there is no TensorBoard to read it with.
        ValueError: a record in it is damaged. One that is cut off at the end is not: the run was
            killed, or is still running.
    """
    loader = _module("backend.event_processing.event_file_loader").EventFileLoader(str(file))
    to_array = _module("util.tensor_util").make_ndarray
    loaded = 0
    for event in loader.Load():
        loaded += 1
        for value in event.summary.value:
            if value.WhichOneof("value") == "tensor" and _is_number(value.tensor):
                array = to_array(value.tensor)
                if array.dtype.kind in "fiu":
                    yield value.tag, int(event.step), float(array.item())
    written = _records(file)
    if loaded < written:
        raise ValueError(f"record {loaded + 1} of {written} is damaged")


def _module(name: str) -> Any:
    try:
        return import_module(f"tensorboard.{name}")
    except ModuleNotFoundError as error:
        raise MissingError(
            f"{error.name} is not installed",
            rule="event files are read by TensorBoard's own reader",
            fix="pip install 'lehr[tensorboard]'",
        ) from error


def _is_number(tensor: Any) -> bool:
    return all(dimension.size == 1 for dimension in tensor.tensor_shape.dim)


def _records(file: Path) -> int:
    """Count the records that are whole, by the lengths written before them."""
    count, end, size = 0, 0, file.stat().st_size
    with file.open("rb") as stream:
        while len(head := stream.read(FRAME)) == FRAME:
            end += FRAME + int.from_bytes(head[:8], "little") + 4
            if end > size:
                break
            stream.seek(end)
            count += 1
    return count


TENSORBOARD = Reader(
    name="TensorBoard",
    claims=_claims,
    read=_read,
)
