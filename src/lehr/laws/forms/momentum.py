"""The Momentum law: annealing counts with one exponential memory in steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.forms.form import Parameter
from lehr.laws.path import Path


@dataclass(frozen=True)
class Momentum:
    """L = L0 + A·S^−alpha − B·Σ_k (e_{k−1} − e_k)·[1 − exp(−(t − t_k) / memory)].

    e is the lr in its unit and S = ∫ e dt / 10⁴. The sum is the published S2 in closed form,
    per unit of `memory` steps; warmup counts as changes upwards.

    Source: Tissue, Wang, Wang, arXiv 2408.11029, eq. 1, with lambda = exp(−1 / memory) fitted.
    """

    name: str = "momentum"
    source: str = "arXiv 2408.11029, eq. 1"
    parameters: tuple[Parameter, ...] = (
        Parameter(name="L0", start=2.7),
        Parameter(name="A", start=0.2),
        Parameter(name="alpha", start=0.5),
        Parameter(name="B", start=0.3),
        Parameter(name="memory", start=500.0),
    )

    def evaluate(self, values: Array, path: Path) -> tuple[Array, Array]:
        """Return the loss and its derivatives."""
        L0, A, alpha, B, memory = values
        s = np.append(0.0, np.cumsum(path.lr * path.length))[path.seen] / 1e4
        rest = A * s**-alpha
        jump = np.diff(path.lr, prepend=0.0)
        begun = np.append(0.0, np.cumsum(path.length))[:-1]
        waited = np.maximum(path.steps[:, None] - begun, 0.0) / memory
        left = np.exp(-waited)
        N = (1 - left) @ jump
        columns = [
            np.full(len(s), L0),
            rest,
            -alpha * np.log(s) * rest,
            B * N,
            -B * ((waited * left) @ jump),
        ]
        return L0 + rest + B * N, np.stack(columns, axis=1)
