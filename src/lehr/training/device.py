"""Where a torch run trains, and how a batch gets there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, cast

import torch


class _Named(Protocol):
    """The class of a named tuple."""

    def _make(self, values: Iterable[object]) -> object: ...


def resolve(device: str) -> torch.device:
    """Give the device that a problem names; "auto" is CUDA where there is one."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(device)


def moved(batch: object, device: torch.device) -> object:
    """Move what can be moved to the device; on the CPU a batch stays the object it is."""
    if device.type == "cpu":
        return batch
    if hasattr(batch, "to"):
        return cast("torch.Tensor", batch).to(device)
    if isinstance(batch, Mapping):
        return {key: moved(value, device) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        values = [moved(value, device) for value in batch]
        if hasattr(batch, "_make"):
            return cast("_Named", type(batch))._make(values)
        return tuple(values) if isinstance(batch, tuple) else values
    return batch
