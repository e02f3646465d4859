"""Confirmation: the front-runner against its rivals on fresh paired seeds, stopping when sure."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lehr.choose.candidate import Candidate, Request
from lehr.choose.decision import Expected, Gain, Mode
from lehr.choose.statistics import PAIRS_AT_LEAST, Pairs, expected
from lehr.choose.strategies.base import Outcomes, Round

FIRST_LOOK = 3
"""Pairs before the first look: with two, only a difference of nine spreads could be told."""
PAIRS_AT_MOST = 20


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What fresh seeds said.

    Attributes:
        field: the candidates compared, the front-runner first.
        objectives: seed -> one objective per candidate of the field; None where it diverged.
        looks: how often the comparison was to be looked at, for the error rate.
        mode: whether small or large objectives are good.
    """

    field: tuple[Candidate, ...]
    objectives: Mapping[int, tuple[float | None, ...]]
    looks: int
    mode: Mode

    @property
    def settled(self) -> bool:
        """Whether the front-runner is surely better or worse than each rival."""
        front, *rivals = self.field
        return all(self.better(front, rival) is not None for rival in rivals)

    def pairs(self, ours: Candidate, other: Candidate) -> Pairs:
        """Two of the field on the seeds on which neither diverged."""
        rows = zip(self._column(ours), self._column(other), strict=True)
        whole = [(a, b) for a, b in rows if a is not None and b is not None]
        table = np.array(whole, dtype=np.float64).reshape(-1, 2)
        return Pairs(table[:, 0], table[:, 1], self.mode)

    def gain(self, ours: Candidate, other: Candidate) -> Gain | None:
        """How much better one of the field is than another; None where that is not known."""
        if ours == other or not {ours, other} <= set(self.field):
            return None
        return self.pairs(ours, other).gain(looks=self.looks)

    def better(self, ours: Candidate, other: Candidate) -> Candidate | None:
        """The one of two that is surely better; None where fresh seeds do not tell.

        A candidate that diverged on every seed is worse than one that never did; where some seeds
        diverged, nothing is sure.
        """
        lost = {candidate: self.diverged(candidate) for candidate in (ours, other)}
        if any(lost.values()):
            seeds = len(self.objectives)
            sound = [candidate for candidate, count in lost.items() if count == 0]
            return sound[0] if len(sound) == 1 and max(lost.values()) == seeds else None
        gain = self.gain(ours, other)
        if gain is None or gain.low <= 0 <= gain.high:
            return None
        return ours if gain.low > 0 else other

    def expected(self, candidate: Candidate) -> Expected | None:
        """What one run of a candidate gives; None where it is not known."""
        if candidate not in self.field:
            return None
        values = [value for value in self._column(candidate) if value is not None]
        return expected(values, self.mode) if values else None

    def diverged(self, candidate: Candidate) -> int:
        """On how many seeds a candidate of the field diverged."""
        return sum(value is None for value in self._column(candidate))

    def _column(self, candidate: Candidate) -> list[float | None]:
        place = self.field.index(candidate)
        return [row[place] for row in self.objectives.values()]


def confirm(
    field: Sequence[Candidate],
    *,
    first_seed: int,
    horizon: int,
    mode: Mode,
    budget: float,
    cost: Callable[[Sequence[Request]], float],
) -> Generator[Round, Outcomes, Confirmation | None]:
    """Compare as many of a field on as many seeds as the budget pays for.

    Three seeds come before a third candidate: a comparison with the first rival that can decide is
    worth more than two that cannot.

    Args:
        field: the front-runner, then its rivals in order of importance.
        first_seed: of the fresh seeds; the next ones follow.
        horizon: optimizer steps of a full run.
        mode: whether small or large objectives are good.
        budget: what may be spent, in full runs.
        cost: distinct steps not yet paid for, in full runs.

    Returns:
        what was seen; None where the budget pays for no comparison.
    """
    for size in range(len(field), 1, -1):
        runners = tuple(field[:size])
        least = FIRST_LOOK if size > 2 else PAIRS_AT_LEAST
        pairs = math.floor(budget / cost(_requests(runners, first_seed, horizon)) + 1e-9)
        if pairs >= least:
            seeds = range(first_seed, first_seed + min(pairs, PAIRS_AT_MOST))
            return (yield from paired(runners, seeds=seeds, horizon=horizon, mode=mode))
    return None


def paired(
    runners: tuple[Candidate, ...], *, seeds: range, horizon: int, mode: Mode
) -> Generator[Round, Outcomes, Confirmation]:
    """Train all runners on one seed after another until every comparison is decided.

    Args:
        runners: the front-runner, then its rivals.
        seeds: at least two; the first three are trained together, before the first look.
        horizon: optimizer steps of a full run.
        mode: whether small or large objectives are good.
    """
    training_run = frozenset({(runners[0], seeds[0])})
    first, later = seeds[:FIRST_LOOK], seeds[FIRST_LOOK:]
    objectives: dict[int, tuple[float | None, ...]] = {}
    seen = Confirmation(field=runners, objectives=objectives, looks=1 + len(later), mode=mode)
    for group in (first, *((seed,) for seed in later)):
        requests = tuple(asked for seed in group for asked in _requests(runners, seed, horizon))
        outcomes = yield Round(name="confirm", requests=requests, alive=training_run)
        for seed in group:
            row = _requests(runners, seed, horizon)
            objectives[seed] = tuple(outcomes[asked].objective for asked in row)
        if seen.settled:
            break
    return seen


def _requests(runners: Sequence[Candidate], seed: int, horizon: int) -> tuple[Request, ...]:
    return tuple(
        Request(candidate=runner, seed=seed, until=horizon, stage="confirm") for runner in runners
    )
