"""Series: one quantity that a run logged, each value at its step."""

from __future__ import annotations

from collections.abc import Iterable
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
        order: place of each value among all that the log holds, in rows or in time, shape (n,).

    Raises:
        UsageError: not as many values and places as steps.

    >>> loss = Series.of([(1, 0, 3.0), (2, 10, 2.5), (3, 20, 2.0), (6, 10, 2.4)])
    >>> loss.latest().steps.tolist(), loss.latest().values.tolist()
    ([0, 10], [3.0, 2.4])
    """

    steps: Steps
    values: Values
    order: Values

    def __post_init__(self) -> None:
        if len({self.steps.shape, self.values.shape, self.order.shape, (len(self.steps),)}) > 1:
            raise UsageError(
                "a series needs as many values and places as steps",
                value=f"shapes {self.steps.shape}, {self.values.shape}, {self.order.shape}",
            )

    def __len__(self) -> int:
        return len(self.steps)

    @classmethod
    def of(cls, points: Iterable[tuple[float, int, float]]) -> Series:
        """Make a series of points (place, step, value)."""
        order, steps, values = zip(*points, strict=True)
        return cls(
            steps=np.array(steps, np.int64),
            values=np.array(values, np.float64),
            order=np.array(order, np.float64),
        )

    def where(self, kept: NDArray[np.bool_]) -> Series:
        """Return the values that are marked."""
        return Series(steps=self.steps[kept], values=self.values[kept], order=self.order[kept])

    def latest(self) -> Series:
        """Return the values that no later one supersedes; their steps ascend."""
        return self.where(~superseded(self.steps))

    def resumed(self, other: Series) -> Series:
        """Return the values that are not of a stretch to which another series went back.

        Where a run was resumed, what it had logged beyond is of another course of events.

        >>> lr = Series.of([(1, 0, 0.1), (3, 20, 0.1), (5, 10, 0.1)])
        >>> Series.of([(2, 5, 3.0), (4, 15, 2.0), (6, 16, 2.5)]).resumed(lr).steps.tolist()
        [5, 16]
        """
        before = np.argsort(other.order, kind="stable")
        least = np.minimum.accumulate(other.steps[before][::-1])[::-1]  # from each place on
        later = np.searchsorted(other.order[before], self.order, side="right")
        beyond = np.append(least, np.iinfo(np.int64).max)[later] < self.steps
        return self.where(~beyond)

    def repeated(self) -> Series:
        """Return the values at steps up to which the series had come already.

        >>> Series.of([(1, 0, 3.0), (2, 10, 2.5), (3, 20, 2.0), (6, 10, 2.4)]).repeated().steps
        array([10])
        """
        if not len(self):
            return self
        reached = np.maximum.accumulate(self.steps)
        return self.where(np.append(False, self.steps[1:] <= reached[:-1]))

    @property
    def again(self) -> bool:
        """Whether it comes back to its first step, or behind it."""
        return bool((self.steps[1:] <= self.steps[:1]).any())

    @property
    def starts(self) -> list[Series]:
        """Return the stretches that each begin at the first step, or behind it.

        More than one: a run was begun anew, or another one went on in its log. Rows in no order
        go back at every other row, and are one stretch.

        >>> series = Series.of([(1, 0, 3.0), (2, 10, 2.5), (3, 20, 2.0), (4, 0, 3.0), (5, 10, 2.6)])
        >>> [start.steps.tolist() for start in series.starts]
        [[0, 10, 20], [0, 10]]
        """
        first = self.steps[:1]
        begun = (self.steps[1:] <= first) & (self.steps[:-1] > first)
        if 3 * np.count_nonzero(np.diff(self.steps) < 0) > len(begun):
            begun[:] = False
        of = np.cumsum(np.append(0, begun))
        return [self.where(of == place) for place in range(int(of[-1]) + 1)]

    @property
    def shuffled(self) -> bool:
        """Whether the rows are not in the order of training.

        A resumed run logs most of its steps again. Rows that descend or are sorted as words are
        not: going back more than once, they lose more than half of all steps for good.

        >>> Series.of([(1, 30, 2.0), (2, 20, 2.5), (3, 10, 3.0)]).shuffled
        True
        """
        back = np.count_nonzero(np.diff(self.steps) < 0)
        return bool(back > 1 and 2 * len(self.latest()) < len(np.unique(self.steps)))

    def same(self, other: Series) -> bool:
        """Say whether the other holds the same values at the same steps."""
        return np.array_equal(self.steps, other.steps) and np.array_equal(
            self.values, other.values, equal_nan=True
        )


def gather(points: Iterable[tuple[str, float, int, float]]) -> dict[str, Series]:
    """Make series of points (name, place, step, value), each of those of one name.

    >>> gather([("loss", 1, 0, 2.5), ("lr", 2, 0, 0.1), ("loss", 3, 1, 2.0)])["loss"].values
    array([2.5, 2. ])
    """
    found: dict[str, list[tuple[float, int, float]]] = {}
    for name, place, step, value in points:
        found.setdefault(name, []).append((place, step, value))
    return {name: Series.of(of) for name, of in found.items()}


def superseded(steps: Steps) -> NDArray[np.bool_]:
    """Mark rows whose step a later row reaches again or goes back behind.

    >>> superseded(np.array([0, 10, 20, 10, 20, 30])).tolist()
    [False, True, True, False, False, False]
    """
    if not len(steps):
        return np.zeros(0, np.bool_)
    following = np.minimum.accumulate(steps[::-1])[::-1]
    return np.append(steps[:-1] >= following[1:], False)
