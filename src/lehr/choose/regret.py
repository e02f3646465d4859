"""What regret to expect from a search of some size."""

from __future__ import annotations

import numpy as np

SPENT = (0.0, 0.9, 1.9, 2.7, 3.9, 5.3, 6.5)
REGRET = (1.0, 0.12, 0.08, 0.05, 0.03, 0.02, 0.02)
"""Mean regret of the default strategy against full runs spent on the search."""


def expected_regret(search_cost: float) -> float:
    """Mean excess of the objective over the best schedule and peak lr there is.

    A fraction of the best objective, measured by replaying the strategy on recorded grids
    (`evidence/expected_regret`) and joined linearly between the measured budgets.

    Args:
        search_cost: full runs spent on the search.
    """
    return float(np.interp(search_cost, SPENT, REGRET))
