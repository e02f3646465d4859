"""Series: one quantity that a run logged, each value at its step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lehr.errors import UsageError
from lehr.schedule.shapes import Steps, Values


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """Values at steps, in the order in which they were logged.

    Args:
        steps: step of each value, as the log counts them, shape (n,). A resumed run goes back.
        values: what was logged there, NaN and infinite included, shape (n,).

    Raises:
        UsageError: another number of values than steps.

    >>> loss = Series(steps=np.array([0, 10, 20, 10]), values=np.array([3.0, 2.5, 2.0, 2.4]))
    >>> loss.latest().steps.tolist(), loss.latest().values.tolist()
    ([0, 10], [3.0, 2.4])
    """

    steps: Steps
    values: Values

    def __post_init__(self) -> None:
        if self.steps.ndim != 1 or self.steps.shape != self.values.shape:
            raise UsageError(
                "a series needs as many values as steps",
                value=f"steps of shape {self.steps.shape}, values of shape {self.values.shape}",
            )

    def __len__(self) -> int:
        return len(self.steps)

    def where(self, kept: NDArray[np.bool_]) -> Series:
        """Return the values that are marked, with their steps."""
        return Series(steps=self.steps[kept], values=self.values[kept])

    def latest(self) -> Series:
        """Return the values that no later one supersedes; their steps ascend."""
        return self.where(~superseded(self.steps))

    def same(self, other: Series) -> bool:
        """Say whether the other holds the same values at the same steps."""
        return np.array_equal(self.steps, other.steps) and np.array_equal(
            self.values, other.values, equal_nan=True
        )


def superseded(steps: Steps) -> NDArray[np.bool_]:
    """Mark rows whose step a later row reaches again or goes back behind.

    >>> superseded(np.array([0, 10, 20, 10, 20, 30])).tolist()
    [False, True, True, False, False, False]
    """
    if not len(steps):
        return np.zeros(0, np.bool_)
    following = np.minimum.accumulate(steps[::-1])[::-1]
    return np.append(steps[:-1] >= following[1:], False)
