"""Random changes of images that leave their class as it is, drawn from a generator."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def random_crops(images: Tensor, generator: torch.Generator, *, size: int) -> Tensor:
    """Cut a square out of each image, at a place of its own.

    Args:
        images: (samples, channels, height, width), of any dtype.
        generator: determines the places.
        size: height and width of what is cut out, in pixels; at most those of the images.

    Returns:
        (samples, channels, size, size).
    """
    count, _, height, width = images.shape
    top = torch.randint(height - size + 1, (count, 1), generator=generator)
    left = torch.randint(width - size + 1, (count, 1), generator=generator)
    span = torch.arange(size)
    sample = torch.arange(count)[:, None, None]
    cut = images[sample, :, (top + span)[:, :, None], (left + span)[:, None, :]]
    return cut.permute(0, 3, 1, 2).contiguous()


def random_poses(
    images: Tensor, generator: torch.Generator, *, degrees: float, scale: float, shift: float
) -> Tensor:
    """Turn, scale and move each image about its centre; what comes in is black.

    Args:
        images: (samples, channels, side, side), floating.
        generator: determines the poses, each part of them uniform between its bounds.
        degrees: the largest turn to either side.
        scale: the largest relative change of size; 0.3 draws factors from 0.7 to 1.3.
        shift: the largest move in either direction, as a fraction of the side.
    """
    count = len(images)
    turn, size, right, down = 2 * torch.rand((4, count), generator=generator) - 1
    angle, factor = torch.deg2rad(degrees * turn), 1 + scale * size
    cosine, sine = angle.cos() / factor, angle.sin() / factor
    # affine_grid takes the way back, from the new image to the old, whose side is 2 long
    rows = [cosine, -sine, 2 * shift * right, sine, cosine, 2 * shift * down]
    back = torch.stack(rows, dim=1).view(count, 2, 3)
    grid = F.affine_grid(back, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def random_flips(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image left to right, or not.

    Args:
        images: (samples, channels, height, width), of any dtype.
        generator: determines which.
    """
    flip = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], images.flip(-1), images)
