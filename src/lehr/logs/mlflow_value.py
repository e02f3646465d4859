"""MLflow's numbers: a database cannot hold an infinity, so the largest float stands for it.

`mlflow.store.tracking.sqlalchemy_store`; what its pages and its client export has it too.
"""

from __future__ import annotations

import math
import sys


def as_logged(stored: float) -> float:
    """Return the value that was logged.

    >>> as_logged(2.5), as_logged(-sys.float_info.max)
    (2.5, -inf)
    """
    return math.copysign(math.inf, stored) if abs(stored) == sys.float_info.max else stored
