"""One epoch of shuffled batches of data that fits in memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def minibatches(
    generator: torch.Generator, *tensors: Tensor, size: int
) -> Iterator[tuple[Tensor, ...]]:
    """Give each sample at most once, in an order drawn from the generator.

    The samples that do not fill a batch are left out of this epoch, so that all batches weigh
    the same; with fewer samples than `size` the epoch is one batch of all.

    Args:
        generator: determines the order; drawn from once, at the start of the epoch.
        tensors: of equal lengths (samples, …).
        size: samples in a batch, ≥ 1.

    >>> generator = torch.Generator().manual_seed(0)
    >>> [len(batch) for (batch,) in minibatches(generator, torch.arange(5), size=2)]
    [2, 2]
    """
    count = len(tensors[0])
    size = min(size, count)
    order = torch.randperm(count, generator=generator)
    for start in range(0, count - size + 1, size):
        chosen = order[start : start + size]
        yield tuple(tensor[chosen] for tensor in tensors)
