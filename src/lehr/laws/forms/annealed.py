"""Progress plus noise: what the laws that add up changes of the lr have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.path import Path


def annealed(
    values: Array, path: Path, noise: Array, noise_by: Sequence[Array]
) -> tuple[Array, Array]:
    """Return L0 + A·S^−alpha + B·N at each observation, and its derivatives.

    S = ∫ e dt / 10⁴ with e the lr in its unit.

    Args:
        values: L0, A, alpha and B, all positive; what follows them is not looked at.
        path: the run.
        noise: N at each observation, shape (n,).
        noise_by: its derivatives by the parameters that follow B, each of shape (n,).
    """
    L0, A, alpha, B = values[:4]
    s = area(path)[path.seen] / 1e4
    rest = A * s**-alpha
    columns = [np.full(len(s), L0), rest, -alpha * np.log(s) * rest, B * noise]
    columns += [B * slope for slope in noise_by]
    return L0 + rest + B * noise, np.stack(columns, axis=1)


def area(path: Path) -> Array:
    """Return ∫ e dt up to each cut, shape (stretches + 1,)."""
    return np.append(0.0, np.cumsum(path.lr * path.length))


def changes(path: Path) -> Array:
    """Return how much the lr rises at the beginning of each stretch, shape (stretches,)."""
    return np.diff(path.lr, prepend=0.0)
