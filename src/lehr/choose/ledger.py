"""The ledger: distinct steps asked for, in units of one full run."""

from __future__ import annotations

from collections.abc import Iterable

from lehr.choose.candidate import Request
from lehr.choose.tree import SegmentTree


class Ledger:
    """Counts what requests cost: each segment once, as planned.

    A run that diverges early is counted to the step that was asked for, so that a budget does not
    depend on what training reports.
    """

    def __init__(self, tree: SegmentTree) -> None:
        self._tree = tree
        self._paid: dict[str, int] = {}

    @property
    def steps(self) -> int:
        """Distinct steps paid for."""
        return sum(self._paid.values())

    @property
    def segments(self) -> int:
        """Distinct segments paid for."""
        return len(self._paid)

    @property
    def spent(self) -> float:
        """Distinct steps paid for, in full runs."""
        return self.steps / self._tree.horizon

    def cost(self, requests: Iterable[Request]) -> float:
        """What requests add, in full runs."""
        segments = self._tree.distinct(requests).values()
        steps = sum(len(part.multipliers) for part in segments if part.key not in self._paid)
        return steps / self._tree.horizon

    def pay(self, requests: Iterable[Request]) -> None:
        """Count requests as trained."""
        for key, segment in self._tree.distinct(requests).items():
            self._paid[key] = len(segment.multipliers)
