"""The Momentum law: annealing counts with one exponential memory in steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.forms.annealed import annealed, changes
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
        memory = values[-1]
        begun = np.append(0.0, np.cumsum(path.length))[:-1]
        waited = np.maximum(path.steps[:, None] - begun, 0.0) / memory
        left, jump = np.exp(-waited), changes(path)
        return annealed(values, path, (1 - left) @ jump, [-((waited * left) @ jump)])
