"""A rival: a way to choose a cell of the grid that others use or recommend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from recorded import Choice, Recorded


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One row of the comparison.

    Attributes:
        name: of the method.
        budget: how much of it, in its own words.
        choose: told the recorded runs, the search seed and a source of randomness.
        repeats: choices to make per search seed; more than one where luck takes part.
    """

    name: str
    budget: str
    choose: Callable[[Recorded, int, np.random.Generator], Choice]
    repeats: int = 1
