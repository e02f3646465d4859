"""A residual network for small images, as the CIFAR-10 one of He et al.

Source: He, Zhang, Ren, Sun 2016, "Deep Residual Learning for Image Recognition", §4.2, with their
projection shortcuts (option B).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


class ResNet(nn.Module):
    """Images (samples, 3, side, side), uint8 -> logits (samples, classes).

    Args:
        classes: number of classes.
        widths: channels of each stage; every stage after the first halves height and width.
        blocks: of two convolutions each, in a stage.
        mean: of the training images, (3,), on the scale of bytes; the network standardises its
            input itself, so that its weights can be used on raw images.
        deviation: likewise, > 0.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, *, classes: int, widths: Sequence[int], blocks: int, mean: Tensor, deviation: Tensor
    ) -> None:
        super().__init__()
        self.register_buffer("mean", mean.float()[:, None, None])
        self.register_buffer("deviation", deviation.float()[:, None, None])
        self.stem = _convolution(3, widths[0], stride=1)
        stages: list[nn.Module] = []
        inputs = widths[0]
        for stage, width in enumerate(widths):
            for block in range(blocks):
                stages.append(_Block(inputs, width, stride=2 if stage and not block else 1))
                inputs = width
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(inputs, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Give the logits of each image."""
        features = F.relu(self.stem((images - self.mean) / self.deviation))
        return self.head(self.stages(features).mean((2, 3)))


class _Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, stride=stride)
        self.second = _convolution(outputs, outputs, stride=1)
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else _convolution(inputs, outputs, stride, size=1)

    def forward(self, features: Tensor) -> Tensor:
        return F.relu(self.shortcut(features) + self.second(F.relu(self.first(features))))


def _convolution(inputs: int, outputs: int, stride: int, size: int = 3) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))
