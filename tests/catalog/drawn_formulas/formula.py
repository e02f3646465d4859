"""What the formulas of all libraries share."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from drawn import Arguments, Draw, Drawn, Excluded, no_quirk

from lehr.catalog.ports import Library

Formula = Callable[..., float]


def table(formula: Formula) -> Callable[[Arguments, int], np.ndarray]:
    """Evaluate a formula of (t, **arguments) step by step."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        return np.array([formula(t, **arguments) for t in range(steps)])

    return native


def half(x: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * x))


def written(
    library: Library, name: str, draw: Draw, formula: Formula, quirks: Excluded = no_quirk
) -> Drawn:
    """One scheduler, and the formula that it is held against."""
    return Drawn(
        library=library,
        name=name,
        draw=draw,
        native=table(formula),
        quirks=quirks,
        tolerance=1e-12,
        reference="formula",
    )
