"""The last-iterate bound of convex optimisation, as a law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import special  # pyright: ignore[reportMissingTypeStubs] - scipy ships no types

from lehr.laws.curve import Array
from lehr.laws.forms.form import Parameter
from lehr.laws.path import Path


@dataclass(frozen=True)
class ConvexBound:
    """L = L0 + D·Ω₁ + G·Ω₂: what is guaranteed after T steps of subgradients of bounded size.

    With e_t the lr in its unit and R_k = Σ_{t≥k} e_t, Q_k = Σ_{t≥k} e_t² up to T:

        Ω₁ = 10³ / (2·R_0)
        Ω₂ = Q_0 / (2·R_0) + ½ Σ_{k<T} (e_k / R_{k+1}) · (Q_k / R_k)

    D stands for the squared distance to the minimum, G for the squared size of the gradients. It
    has no more to fit, so it does with the fewest runs, but knows neither noise nor curvature.

    Source: Defazio et al., arXiv 2310.07831, theorem 10; Schaipp et al., arXiv 2501.18965, eq. 2.
    """

    name: str = "convex_bound"
    source: str = "arXiv 2501.18965, eq. 2"
    parameters: tuple[Parameter, ...] = (
        Parameter(name="L0", start=2.7),
        Parameter(name="A", start=0.3),
        Parameter(name="G", start=0.05),
    )

    def evaluate(self, values: Array, path: Path) -> tuple[Array, Array]:
        """Return the loss and its derivatives; A is the docstring's D."""
        L0, D, G = values
        area = np.append(0.0, np.cumsum(path.lr * path.length))
        square = np.append(0.0, np.cumsum(path.lr**2 * path.length))
        reached, fed = area[path.seen], square[path.seen]
        first = 500 / reached
        second = 0.5 * fed / reached + 0.5 * _unequal(path, area, square)
        columns = [np.full(len(first), L0), D * first, G * second]
        return L0 + D * first + G * second, np.stack(columns, axis=1)


def _unequal(path: Path, area: Array, square: Array) -> Array:
    """Return Σ_{k<T} (e_k / R_{k+1}) · (Q_k / R_k) at each observation, shape (n,).

    Within a stretch of one lr, Σ e / R is a difference of harmonic numbers, which the digamma
    function ψ(x) = H_{x−1} − γ continues to any x; in the last stretch, where R falls to nothing,
    it is a harmonic number and Q / R the lr.
    """
    last = path.seen[:, None] - 1
    place = np.arange(len(path.lr))
    inner = place < last
    rest = np.where(inner, area[path.seen][:, None] - area[:-1], 1.0 + path.lr)
    after = np.where(inner, area[path.seen][:, None] - area[1:], 1.0)
    left = square[path.seen][:, None] - 0.5 * (square[:-1] + square[1:])
    mean = left / np.where(inner, 0.5 * (rest + after), 1.0)
    fall = _psi(rest / path.lr) - _psi(after / path.lr)
    within = np.where(inner, fall * mean, 0.0).sum(axis=1)
    return within + path.lr[path.seen - 1] * _harmonic(path.length[path.seen - 1] - 1)


def _psi(x: Array) -> Array:
    return cast("Array", special.digamma(x))  # pyright: ignore[reportUnknownMemberType] - likewise


def _harmonic(count: Array) -> Array:
    """Return 1 + 1/2 + … + 1/count; 0 for 0."""
    table = np.append(0.0, np.cumsum(1 / np.arange(1.0, count.max() + 1)))
    return table[count.astype(np.int64)]
