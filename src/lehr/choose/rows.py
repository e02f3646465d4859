"""How a segment and its result are written in a row of the study store, to the bit."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lehr.choose.segment import Segment

Value = str | int | float | bytes | None
"""What a column of the store holds."""

Metrics = tuple[tuple[int, dict[str, float]], ...]
"""(step, metrics by name), ascending in step."""


def digest(table: str, values: Sequence[Value]) -> bytes:
    """Hash one row: 16 bytes of BLAKE2b over the table's name and every value with its type.

    >>> digest("t", ["a", 1]) == digest("t", ["a", 1])
    True
    >>> digest("t", ["a", 1]) == digest("t", ["a", 1.0])
    False
    """
    content = hashlib.blake2b(digest_size=16)
    for value in (table, *values):
        data = value if isinstance(value, bytes) else repr(value).encode()
        content.update(f"{type(value).__name__} {len(data)} ".encode())
        content.update(data)
    return content.digest()


def write_segment(segment: Segment) -> str:
    """Describe a segment as JSON: what it is, for whoever looks into the store."""
    return json.dumps(
        {
            "parent": segment.parent,
            "seed": int(segment.seed),
            "peak_lr": float(segment.peak_lr),
            "start": int(segment.start),
            "stop": int(segment.stop),
            "horizon": int(segment.multipliers.horizon),
            "plan": segment.multipliers.plan,
        }
    )


def write_losses(losses: NDArray[np.float64]) -> bytes:
    """Write losses as raw little-endian float64."""
    return np.asarray(losses, dtype="<f8").tobytes()


def read_losses(blob: bytes) -> NDArray[np.float64]:
    """Read what `write_losses` wrote; the array is read-only.

    >>> read_losses(write_losses(np.array([1.5, np.nan, -np.inf])))
    array([ 1.5,  nan, -inf])
    """
    losses = np.frombuffer(blob, dtype="<f8").astype(np.float64)
    losses.setflags(write=False)
    return losses


def write_metrics(metrics: Metrics) -> str:
    """Write metrics as JSON; numbers JSON cannot hold are written as text.

    >>> write_metrics(((10, {"val_loss": 0.1, "ratio": float("inf")}),))
    '[[10, {"val_loss": 0.1, "ratio": "inf"}]]'
    """

    def plain(values: Mapping[str, float]) -> dict[str, float | str]:
        floats = {name: float(value) for name, value in values.items()}
        return {name: v if math.isfinite(v) else str(v) for name, v in floats.items()}

    return json.dumps([[int(step), plain(values)] for step, values in metrics], allow_nan=False)


def read_metrics(text: str) -> Metrics:
    """Read what `write_metrics` wrote.

    >>> read_metrics('[[10, {"val_loss": 0.1, "ratio": "inf"}]]')
    ((10, {'val_loss': 0.1, 'ratio': inf}),)
    """
    return tuple(
        (step, {name: float(value) for name, value in values.items()})
        for step, values in json.loads(text)
    )
