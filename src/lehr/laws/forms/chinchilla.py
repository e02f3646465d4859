"""The schedule-blind power law, the lowest rung."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lehr.laws.curve import Array
from lehr.laws.forms.form import Parameter
from lehr.laws.path import Path


@dataclass(frozen=True)
class Chinchilla:
    """L = L0 + A·(t / 10⁴)^−alpha at step t, whatever the lr.

    Source: Hoffmann et al., arXiv 2203.15556, eq. 2 at one model size.
    """

    name: str = "chinchilla"
    source: str = "arXiv 2203.15556, eq. 2"
    parameters: tuple[Parameter, ...] = (
        Parameter(name="L0", start=2.7),
        Parameter(name="A", start=0.3),
        Parameter(name="alpha", start=0.5),
    )

    def evaluate(self, values: Array, path: Path) -> tuple[Array, Array]:
        """Return the loss and its derivatives."""
        L0, A, alpha = values
        t = path.steps / 1e4
        rest = A * t**-alpha
        columns = [np.full(len(t), L0), rest, -alpha * np.log(t) * rest]
        return L0 + rest, np.stack(columns, axis=1)
