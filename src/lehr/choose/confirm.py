"""Confirmation: the front-runner against its rivals on fresh paired seeds, stopping when sure."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

from lehr.choose.candidate import Candidate, Request
from lehr.choose.decision import Gain, Mode
from lehr.choose.statistics import Layout, layout
from lehr.choose.strategies.base import Outcomes, Round

PAIRS_AT_LEAST = 2
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
    def layout(self) -> Layout | None:
        """The seeds on which nobody diverged; None where there is no such seed."""
        return layout(self.objectives, self.mode)[0]

    def gain(self, ours: Candidate, other: Candidate) -> Gain | None:
        """How much better one of the field is than another; None where that is not known."""
        table = self.layout
        if table is None or ours == other or not {ours, other} <= set(self.field):
            return None
        return table.gain(self.field.index(ours), self.field.index(other), looks=self.looks)

    def diverged(self, candidate: Candidate) -> int:
        """On how many seeds a candidate of the field diverged."""
        place = self.field.index(candidate)
        return sum(values[place] is None for values in self.objectives.values())

    @property
    def settled(self) -> bool:
        """Whether every comparison has been decided one way or the other."""
        gains = [self.gain(self.field[0], other) for other in self.field[1:]]
        return all(gain is not None and is_decided(gain) for gain in gains)


def is_decided(gain: Gain) -> bool:
    """Whether the interval of a gain excludes zero."""
    return gain.low > 0 or gain.high < 0


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

    Args:
        field: the front-runner, then its rivals in order of importance; the last ones are left
            out where the budget does not pay for two seeds of all.
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
        pairs = math.floor(budget / cost(_heat(runners, first_seed, horizon)) + 1e-9)
        if pairs >= PAIRS_AT_LEAST:
            seeds = range(first_seed, first_seed + min(pairs, PAIRS_AT_MOST))
            return (yield from paired(runners, seeds=seeds, horizon=horizon, mode=mode))
    return None


def paired(
    runners: tuple[Candidate, ...], *, seeds: range, horizon: int, mode: Mode
) -> Generator[Round, Outcomes, Confirmation]:
    """Train all runners on one seed after another until every comparison is decided.

    Args:
        runners: the front-runner, then its rivals.
        seeds: at least two; the first two are trained together.
        horizon: optimizer steps of a full run.
        mode: whether small or large objectives are good.
    """
    training_run = frozenset({(runners[0], seeds[0])})
    objectives: dict[int, tuple[float | None, ...]] = {}
    looks = len(seeds) - PAIRS_AT_LEAST + 1
    seen = Confirmation(field=runners, objectives=objectives, looks=looks, mode=mode)
    for group in (seeds[:PAIRS_AT_LEAST], *((seed,) for seed in seeds[PAIRS_AT_LEAST:])):
        requests = tuple(asked for seed in group for asked in _heat(runners, seed, horizon))
        outcomes = yield Round(name="confirm", requests=requests, alive=training_run)
        for seed in group:
            heat = _heat(runners, seed, horizon)
            objectives[seed] = tuple(outcomes[asked].objective for asked in heat)
        if seen.settled:
            break
    return seen


def _heat(runners: Sequence[Candidate], seed: int, horizon: int) -> tuple[Request, ...]:
    return tuple(
        Request(candidate=runner, seed=seed, until=horizon, stage="confirm") for runner in runners
    )
