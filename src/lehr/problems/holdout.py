"""A fixed split of data into what is trained on, selected on, and only looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """Positions in the data, ascending; disjoint, and together all of them.

    Attributes:
        train: what the weights are fitted to.
        validation: what schedule and peak lr are selected on.
        test: what nothing is selected on; its metrics are reported beside.
    """

    train: list[int]
    validation: list[int]
    test: list[int]


def holdout(count: int, *, every: int) -> Holdout:
    """Keep two positions of every `every` out of training: one to select on, one to test on.

    The split depends on `count` alone, so that each run, process and machine has the same.

    Args:
        count: of samples, files or rows.
        every: ≥ 3; positions p with p mod every = every − 2 are for validation, those with
            every − 1 for the test, the others for training.

    >>> holdout(8, every=4)
    Holdout(train=[0, 1, 4, 5], validation=[2, 6], test=[3, 7])
    """
    return Holdout(
        train=[p for p in range(count) if p % every < every - 2],
        validation=[p for p in range(count) if p % every == every - 2],
        test=[p for p in range(count) if p % every == every - 1],
    )
