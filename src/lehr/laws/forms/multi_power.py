"""The Multi-Power Law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.forms.form import Parameter
from lehr.laws.path import Path


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
        L0, A, alpha, B, C, beta, gamma = values
        area = np.append(0.0, np.cumsum(path.lr * path.length))
        s = area[path.seen] / 1e4
        rest = A * s**-alpha
        jump = np.diff(path.lr, prepend=0.0)
        before = np.arange(len(jump)) < path.seen[:, None]
        waited = np.where(before, area[path.seen][:, None] - area[:-1], 0.0)
        log_e = np.log(np.maximum(path.lr, 1e-4))
        waited = waited * np.exp(np.clip(-gamma * log_e, -60, 60))
        u = 1 + C * waited
        left = u**-beta
        slope = beta * C * left / u * waited
        N = (1 - left) @ jump
        columns = [
            np.full(len(s), L0),
            rest,
            -alpha * np.log(s) * rest,
            B * N,
            B * (slope @ jump),
            B * ((beta * np.log(u) * left) @ jump),
            B * ((slope * -log_e) @ jump),
        ]
        return L0 + rest + B * N, np.stack(columns, axis=1)
