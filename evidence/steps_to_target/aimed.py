"""Searches for steps to a target on the recorded runs of one task; the real strategy and test."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "choose"))

from grid import SHAPES
from lehr_choice import Study
from recorded import Choice

from lehr.choose.candidate import Request
from lehr.choose.decision import Target
from lehr.choose.outcome import Outcome
from lehr.choose.target import score, steps_to_target


@dataclass(kw_only=True)
class AimedStudy(Study):
    """A recorded study whose full runs are ranked and compared by steps to a target.

    Args:
        value: the validation loss to reach.
    """

    value: float

    @property
    def target(self) -> Target:
        return Target(metric="val_loss", mode="min", value=self.value)

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """Steps to the target of every recorded run (seeds, shapes, peak lrs); infinite: missed.

        A run that diverged missed it, as it does in a study.
        """
        curves, marks = self.recorded.val, self.recorded.marks
        found = np.full(curves.shape[:3], np.inf)
        for run in np.ndindex(curves.shape[:3]):
            column = curves[run]
            if np.isfinite(column[-1]):
                pairs = zip(marks.tolist(), column.tolist(), strict=True)
                reached = steps_to_target([(s, {"val_loss": v}) for s, v in pairs], self.target)
                found[run] = np.inf if reached is None else reached
        return found

    @cached_property
    def fresh(self) -> NDArray[np.float64]:
        """The same of the fresh seeds, restricted to the horizon."""
        return np.minimum(self.steps[len(self.recorded.searched) :], self.recorded.horizon)

    @cached_property
    def reached(self) -> NDArray[np.float64]:
        """The part of the fresh seeds on which each cell reaches the target."""
        return np.isfinite(self.steps[len(self.recorded.searched) :]).mean(0)

    def random(self, seed: int, runs: int) -> Choice:
        """The best of some cells drawn at random, each trained to the end with one seed."""
        shapes = [self.recorded.shapes.index(name) for name in SHAPES]
        draws = np.random.default_rng([seed, runs]).permutation(
            [(shape, lr) for shape in shapes for lr in range(len(self.recorded.peak_lrs))]
        )[:runs]
        place = self.recorded.seeds.index(seed)

        def worth(cell: NDArray[np.int64]) -> float:
            shape, lr = cell
            steps, end = self.steps[place, shape, lr], self.recorded.val[place, shape, lr, -1]
            outcome = Outcome(
                objective=float(end) if np.isfinite(end) else None,
                diverged=not np.isfinite(end),
                steps_to_target=float(steps) if np.isfinite(steps) else None,
            )
            return score(outcome, self.target, self.recorded.horizon)

        shape, lr = min(draws, key=worth)
        return Choice(shape=int(shape), lr=int(lr), cost=runs)

    def _outcome(self, request: Request, seed: int) -> Outcome:
        plain = super()._outcome(request, seed)
        own = self.recorded.seeds.index(self.stand_in(seed, request.seed))
        steps = float(self.steps[(own, *self.cell(request.candidate))])
        return Outcome(
            objective=plain.objective,
            diverged=plain.diverged,
            steps_to_target=steps if steps <= request.until else None,
        )
