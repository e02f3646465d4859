"""The recorded runs of one task, and what a choice is worth on seeds that nobody chose on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from grid import SEARCH_SEEDS, SHAPES
from numpy.typing import NDArray

CURVES = Path(__file__).parent / "curves"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a way to choose came to: a cell of the grid, and what it trained for that.

    Attributes:
        shape: place of the schedule in `Recorded.shapes`.
        lr: place of the peak lr in `Recorded.peak_lrs`.
        cost: distinct steps trained, probes included, in full runs.
    """

    shape: int
    lr: int
    cost: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Recorded:
    """Every shape at every peak lr with every seed, trained to the end.

    Attributes:
        task: its name.
        shapes: names of the schedules.
        peak_lrs: ascending, a factor 2 apart, the customary one in the middle.
        marks: steps evaluated, ascending, the horizon last.
        val: validation losses, (seeds, shapes, peak lrs, marks); infinite where diverged.
        test: at the end, on samples that nothing is selected on, (seeds, shapes, peak lrs).
        seeds: of the search, then the fresh ones.
    """

    task: str
    shapes: tuple[str, ...]
    peak_lrs: NDArray[np.float64]
    marks: NDArray[np.int64]
    val: NDArray[np.float64]
    test: NDArray[np.float64]
    seeds: tuple[int, ...]

    @classmethod
    def load(cls, task: str, shapes: Collection[str] = SHAPES) -> Recorded:
        """Read a task's curves; without `shapes`, those that the oracle and the rivals know."""
        with np.load(CURVES / f"{task}.npz") as file:
            places = [place for place, name in enumerate(file["shapes"]) if name in shapes]
            return cls(
                task=task,
                shapes=tuple(file["shapes"][places].tolist()),
                peak_lrs=file["peak_lrs"],
                marks=file["marks"],
                val=_finite(file["val"][:, places]),
                test=_finite(file["test"][:, places]),
                seeds=tuple(file["seeds"].tolist()),
            )

    def of(self, shapes: Collection[str]) -> Recorded:
        """Return the runs of some schedules alone."""
        places = [place for place, name in enumerate(self.shapes) if name in shapes]
        return replace(
            self,
            shapes=tuple(self.shapes[place] for place in places),
            val=self.val[:, places],
            test=self.test[:, places],
        )

    @property
    def searched(self) -> tuple[int, ...]:
        """The seeds of searches; the others are fresh."""
        return tuple(seed for seed in self.seeds if seed in SEARCH_SEEDS)

    @property
    def horizon(self) -> int:
        return int(self.marks[-1])

    def objective(self, seed: int, shape: int, lr: int, part: float = 1.0) -> float:
        """Validation loss of a run after a part of the horizon (a multiple of 5 %)."""
        mark = round(part * len(self.marks)) - 1
        return float(self.val[self.seeds.index(seed), shape, lr, mark])

    @cached_property
    def finals(self) -> NDArray[np.float64]:
        """What each cell gave on the search's seeds: (seeds, shapes, peak lrs)."""
        return self.val[: len(self.searched), :, :, -1]

    @cached_property
    def fresh(self) -> NDArray[np.float64]:
        """What each cell is worth, seed by seed: (fresh seeds, shapes, peak lrs)."""
        return self.val[len(self.searched) :, :, :, -1]

    @cached_property
    def oracle(self) -> tuple[int, int]:
        """The cell that is best by the mean over all search seeds, among the oracle's shapes."""
        means = self.finals.mean(0)[: len(SHAPES)]
        shape, lr = np.unravel_index(np.argmin(means), means.shape)
        return int(shape), int(lr)

    @cached_property
    def beaten(self) -> float:
        """What the oracle loses against the best of all cells, its own shapes' or not."""
        means = self.finals.mean(0)
        best = np.unravel_index(np.argmin(means), means.shape)
        return float(self.fresh[:, *self.oracle].mean() / self.fresh[:, *best].mean() - 1)

    def regret(self, shape: int, lr: int) -> float:
        """Excess of a cell's mean over the oracle's on the fresh seeds; negative by luck."""
        return float(self.fresh[:, shape, lr].mean() / self.fresh[:, *self.oracle].mean() - 1)


def _finite(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.inf).astype(np.float64)
