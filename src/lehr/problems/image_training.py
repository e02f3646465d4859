"""What the image problems share: augmented batches and the statistics of their pixels."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lehr.problems.augment import random_crops, random_flips
from lehr.problems.classification import Labelled
from lehr.problems.minibatches import minibatches


def epoch(
    train: Labelled, generator: torch.Generator, *, batch: int, size: int
) -> Iterator[Labelled]:
    """Give shuffled batches of images, each cut out at random and mirrored or not.

    Args:
        train: images (samples, 3, side, side), uint8, side ≥ `size`, and classes.
        generator: determines order, cuts and mirrors.
        batch: samples in a batch.
        size: height and width of a training image, in pixels.
    """
    for images, classes in minibatches(generator, *train, size=batch):
        yield random_flips(random_crops(images, generator, size=size), generator), classes


def statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel, (3,) each, on the scale of bytes.

    A channel that is the same everywhere has a deviation of 1, so that it can be divided by.
    """
    bins = torch.arange(256, dtype=torch.float64)
    channels = [channel.flatten().bincount(minlength=256) for channel in images.unbind(1)]
    counts = torch.stack(channels).double()
    shares = counts / counts.sum(1, keepdim=True)
    mean = shares @ bins
    deviation = (shares @ bins**2 - mean**2).clamp_min(0).sqrt()
    return mean.float(), torch.where(deviation > 0, deviation, 1.0).float()
