"""Filling many one-element tensors in place with few calls."""

from __future__ import annotations

from collections.abc import Sequence

import torch

# Below this many tensors one fill_() each is quicker than the two calls of a batch.
_FEW = 6

# Products are taken in float64, so that a tensor holds the rounded value of the exact schedule;
# on devices without float64 each tensor is filled with a Python float.
_BATCHED_DEVICES = ("cpu", "cuda")


class TensorFill:
    """Writes base × factor into one-element tensors, which keep their identity.

    All tensors of a device are filled by one multiplication in float64 and one copy, which does
    not wait for the device.

    Args:
        tensors: one-element tensors, any floating dtype and device.
        bases: what `factor` multiplies, one for each tensor.
    """

    def __init__(self, tensors: Sequence[torch.Tensor], bases: Sequence[float]) -> None:
        self._differentiable = any(tensor.requires_grad for tensor in tensors)
        self._single: list[tuple[torch.Tensor, float]] = []
        self._batches: list[
            tuple[torch.Tensor, torch.Tensor, list[torch.Tensor], list[torch.Tensor]]
        ] = []
        by_device: dict[torch.device, list[tuple[torch.Tensor, float]]] = {}
        for tensor, base in zip(tensors, bases, strict=True):
            by_device.setdefault(tensor.device, []).append((tensor, base))
        for device, pairs in by_device.items():
            if len(pairs) < _FEW or device.type not in _BATCHED_DEVICES:
                self._single += pairs
                continue
            base = torch.tensor([base for _, base in pairs], dtype=torch.float64, device=device)
            value = torch.empty_like(base)
            views = [v.reshape(t.shape) for (t, _), v in zip(pairs, value, strict=True)]
            self._batches.append((base, value, [tensor for tensor, _ in pairs], views))

    def fill(self, factor: float) -> None:
        """Write base × factor into every tensor."""
        if self._differentiable:
            with torch.no_grad():
                self._fill(factor)
        else:
            self._fill(factor)

    def _fill(self, factor: float) -> None:
        for tensor, base in self._single:
            tensor.fill_(base * factor)
        for base, value, tensors, views in self._batches:
            torch.mul(base, factor, out=value)
            torch._foreach_copy_(tensors, views)  # pyright: ignore[reportPrivateImportUsage] - documented, but not in torch's stubs
