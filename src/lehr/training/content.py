"""Content hashes of what a run starts from: weights and batches, whatever they are made of."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

if TYPE_CHECKING:
    import torch


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def digest(value: object) -> str:
    """SHA-256 of nested mappings, sequences, tensors, arrays and plain values, as hex.

    Tensors count by dtype, shape and bytes, wherever they live. An object of another class counts
    by its public attributes, or by its class alone where it has none.

    >>> digest([1, 2.0]) == digest([1, 2.0]), digest([1, 2.0]) == digest([1, 2])
    (True, False)
    """
    sha = hashlib.sha256()
    _feed(sha, value)
    return sha.hexdigest()


def _feed(sha: _Hash, value: object) -> None:
    sha.update(type(value).__name__.encode() + b"\0")
    known = sys.modules.get("torch")
    if known is not None and isinstance(value, known.Tensor):
        _feed_tensor(sha, cast("torch.Tensor", value))
    elif isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value)
        sha.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    elif isinstance(value, bytes):
        sha.update(value)
    elif value is None or isinstance(value, str | int | float | complex):
        sha.update(repr(value).encode())
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _feed(sha, key)
            _feed(sha, item)
    elif isinstance(value, Iterable):
        for item in value:
            _feed(sha, item)
    else:
        public = getattr(value, "__dict__", {})
        _feed(sha, {name: item for name, item in public.items() if not name.startswith("_")})
    sha.update(b"\1")


def _feed_tensor(sha: _Hash, tensor: torch.Tensor) -> None:
    import torch

    flat = tensor.detach().cpu().contiguous().reshape(-1)
    sha.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
    sha.update(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
