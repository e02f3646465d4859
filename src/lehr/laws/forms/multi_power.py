"""The Multi-Power Law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.forms.annealed import annealed, area, changes
from lehr.laws.forms.form import Parameter
from lehr.laws.path import Path

LEAST = 1e-4
"""Smallest e whose power is taken: a decay may end at 0."""


@dataclass(frozen=True)
class MultiPower:
    """L = L0 + A·S^−alpha − B·Σ_k (e_{k−1} − e_k)·[1 − (1 + C·e_k^−gamma·S_k(t))^−beta].

    e is the lr in its unit, S = ∫ e dt / 10⁴, S_k(t) = ∫ e dt from change k on. Warmup counts
    as changes upwards. It was published for one peak lr at a time and is fitted here without
    a prior.

    Source: Luo et al., ICLR 2025, arXiv 2503.12811, eq. 1.
    """

    name: str = "multi_power"
    source: str = "arXiv 2503.12811, eq. 1"
    parameters: tuple[Parameter, ...] = (
        Parameter(name="L0", start=2.7),
        Parameter(name="A", start=0.2),
        Parameter(name="alpha", start=0.5),
        Parameter(name="B", start=0.4),
        Parameter(name="C", start=0.5),
        Parameter(name="beta", start=0.5),
        Parameter(name="gamma", start=0.5, positive=False),
    )

    def evaluate(self, values: Array, path: Path) -> tuple[Array, Array]:
        """Return the loss and its derivatives."""
        C, beta, gamma = values[4:]
        reached, jump = area(path), changes(path)
        before = np.arange(len(jump)) < path.seen[:, None]
        waited = np.where(before, reached[path.seen][:, None] - reached[:-1], 0.0)
        log_e = np.log(np.maximum(path.lr, LEAST))
        waited = waited * np.exp(np.clip(-gamma * log_e, -60, 60))
        u = 1 + C * waited
        left = u**-beta
        slope = beta * C * left / u * waited
        by = [slope @ jump, (beta * np.log(u) * left) @ jump, (slope * -log_e) @ jump]
        return annealed(values, path, (1 - left) @ jump, by)
