"""Confirmation: the front-runner against its rivals on fresh paired seeds, stopping when sure.

The error counted is that of the study: in at most 5 % of studies any difference between two
candidates is called sure that is not there, or in the wrong direction. The front-runner and its
first rival (the baseline) are compared first. Only once they are told apart does the better of the
two meet the runner-up. Then at most one pair of the three can still be alike, so each may be
compared at the full 5 % (closed testing of three means; Shaffer, J. Am. Stat. Assoc. 81, 1986).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lehr.choose.boundary import FIRST_LOOK
from lehr.choose.candidate import Candidate, Request
from lehr.choose.decision import Expected, Gain, Mode, Target
from lehr.choose.lost import Lost
from lehr.choose.statistics import PAIRS_AT_LEAST, Pairs, expected
from lehr.choose.strategies.base import Outcomes, Round
from lehr.choose.target import restricted, within

PAIRS_AT_MOST = 20

Objectives = Mapping[Candidate, Mapping[int, float | None]]
Seeds = Mapping[Candidate, frozenset[int]]


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What fresh seeds said.

    Attributes:
        objectives: candidate -> seed -> objective, None where the run was lost; the front-runner
            first, then its rivals in the order in which they were met. With a target: the steps to
            it, restricted to the horizon.
        planned: two candidates -> how many pairs of them were planned at the most.
        mode: whether small or large objectives are good.
        unmeasured: candidate -> seeds on which its run was lost though training was healthy; None:
            no run was.
        missed: candidate -> seeds on which it did not reach the target; None: there is no target.
        horizon: to which steps to the target are restricted; None: there is no target.
    """

    objectives: Objectives
    planned: Mapping[frozenset[Candidate], int]
    mode: Mode
    unmeasured: Seeds | None = None
    missed: Seeds | None = None
    horizon: int | None = None

    @property
    def field(self) -> tuple[Candidate, ...]:
        """The candidates compared, the front-runner first."""
        return tuple(self.objectives)

    def seeds(self, *candidates: Candidate) -> tuple[int, ...]:
        """The seeds on which all of some candidates of the field were trained, in order."""
        first, *others = (self.objectives[candidate] for candidate in candidates)
        return tuple(seed for seed in first if all(seed in other for other in others))

    def pairs(self, ours: Candidate, other: Candidate) -> Pairs:
        """Two of the field on the seeds on which neither was lost."""
        rows = [
            (a, b)
            for seed in self.seeds(ours, other)
            if (a := self.objectives[ours][seed]) is not None
            and (b := self.objectives[other][seed]) is not None
        ]
        table = np.array(rows, dtype=np.float64).reshape(-1, 2)
        return Pairs(table[:, 0], table[:, 1], self.mode)

    def gain(self, ours: Candidate, other: Candidate) -> Gain | None:
        """How much better one candidate is than another; None where that is not known.

        With a target it is not known either where one of the two missed it on every seed and the
        other on all or on none: what the spread would have to be taken from was not seen, and an
        interval without it would be too narrow.
        """
        planned = self.planned.get(frozenset({ours, other}))
        if planned is None:
            return None
        gain = self.pairs(ours, other).gain(planned=planned)
        if self.missed is None or gain is None:
            return gain
        missing = {self.missing(ours, other), self.missing(other, ours)}
        unseen = "all" in missing and "some" not in missing
        return None if unseen else gain

    def missing(self, one: Candidate, other: Candidate) -> Literal["none", "some", "all"]:
        """On how many of the seeds shared with another a candidate missed the target."""
        shared = [s for s in self.seeds(one, other) if self.objectives[one][s] is not None]
        lost = sum(seed in (self.missed or {}).get(one, ()) for seed in shared)
        return "none" if lost == 0 else "all" if lost == len(shared) else "some"

    def better(self, ours: Candidate, other: Candidate) -> Candidate | None:
        """The one of two that is surely better; None where fresh seeds do not tell.

        A candidate that was lost on every one of three seeds or more is worse than one that never
        was: of two that are lost alike often, seed by seed, 2 / 4^3 = 3 % part like that. Where
        only some runs were lost, nothing is sure. The same holds of a target: reached on every seed
        by one, on none by the other.
        """
        if frozenset({ours, other}) not in self.planned:
            return None
        shared = self.seeds(ours, other)
        lost = {one: self.lost(one, seeds=shared).count for one in (ours, other)}
        if any(lost.values()):
            sound = [one for one, count in lost.items() if count == 0]
            every = len(shared) >= FIRST_LOOK and max(lost.values()) == len(shared)
            return sound[0] if sound and every else None
        gain = self.gain(ours, other)
        if gain is None and len(shared) >= FIRST_LOOK:
            told = {self.missing(ours, other): ours, self.missing(other, ours): other}
            return told["none"] if told.keys() == {"none", "all"} else None
        if gain is None or gain.low <= 0 <= gain.high:
            return None
        return ours if gain.low > 0 else other

    def undecidable(self, ours: Candidate, other: Candidate) -> bool:
        """Whether no further seeds could say which of two is better: see `better`.

        So it is once both were lost on some seed, or one on some and not on others.
        """
        shared = self.seeds(ours, other)
        lost = [self.lost(one, seeds=shared).count for one in (ours, other)]
        return all(lost) or any(0 < count < len(shared) for count in lost)

    def expected(self, candidate: Candidate) -> Expected | None:
        """What one run of a candidate gives; None where it is not known."""
        known = self.objectives.get(candidate, {}).values()
        values = [value for value in known if value is not None]
        if not values:
            return None
        told = expected(values, self.mode)
        if self.missed is None or self.horizon is None:
            return told
        reached = len(values) - len(self.missed[candidate])
        return within(told, self.horizon).model_copy(update={"reached": reached})

    def out_of_reach(self, *candidates: Candidate) -> bool:
        """Whether there is a target that none of some candidates reached on any seed."""
        if self.missed is None:
            return False
        return all(
            value is None or seed in self.missed[one]
            for one in candidates
            for seed, value in self.objectives[one].items()
        )

    def lost(self, candidate: Candidate, *, seeds: Sequence[int] | None = None) -> Lost:
        """On how many seeds a candidate of the field gave nothing to compare, and why.

        Args:
            candidate: one of the field.
            seeds: on which it was trained; None: all of those.
        """
        column = self.objectives[candidate]
        asked = tuple(column if seeds is None else seeds)
        lost = {seed for seed in asked if column[seed] is None}
        unmeasured = len(lost & (self.unmeasured or {}).get(candidate, frozenset()))
        return Lost(runs=len(asked), diverged=len(lost) - unmeasured, unmeasured=unmeasured)


def confirm(
    field: Sequence[Candidate],
    *,
    first_seed: int,
    horizon: int,
    mode: Mode,
    budget: float,
    cost: Callable[[Sequence[Request]], float],
    target: Target | None = None,
) -> Generator[Round, Outcomes, Confirmation | None]:
    """Compare a front-runner with its rivals, one after the other, as far as the budget goes.

    The next rival is met on the same seeds, so that only its own runs are new, and only where
    three of them can be paid for.

    Args:
        field: the front-runner, then its rivals in order of importance.
        first_seed: of the fresh seeds; the next ones follow.
        horizon: optimizer steps of a full run.
        mode: whether small or large objectives are good.
        budget: what may be spent, in full runs.
        cost: distinct steps not yet paid for, in full runs.
        target: what shall be reached in the fewest steps, which are then compared.

    Returns:
        what was seen; None where the budget pays for no comparison.
    """

    def affordable(pair: tuple[Candidate, Candidate], left: float) -> range:
        seeds = range(first_seed, first_seed + PAIRS_AT_MOST)
        while seeds and cost(_requests(pair, seeds, horizon)) > left + 1e-9:
            seeds = seeds[:-1]
        return seeds

    seen: Confirmation | None = None
    if not field:
        return None
    front, *rivals = field
    for rival in rivals:
        seeds = affordable((front, rival), budget)
        if len(seeds) < (PAIRS_AT_LEAST if seen is None else FIRST_LOOK):
            break
        price = cost(_requests((front, rival), seeds, horizon))
        met = yield from paired(
            (front, rival), seeds=seeds, horizon=horizon, mode=mode, target=target
        )
        price -= cost(_requests((front, rival), seeds, horizon))
        budget -= price
        seen = met if seen is None else _joined(seen, met)
        if (winner := met.better(front, rival)) is None:
            break
        front = winner
    return seen


def paired(
    runners: tuple[Candidate, Candidate],
    *,
    seeds: range,
    horizon: int,
    mode: Mode,
    target: Target | None = None,
) -> Generator[Round, Outcomes, Confirmation]:
    """Train two candidates on one seed after another until they are told apart.

    Where neither reaches the target on the first three seeds, no more are trained: steps that
    nobody makes cannot be told apart. Nor are more trained once divergences leave it undecided.

    Args:
        runners: two candidates; the first one's run on the first seed keeps its checkpoints.
        seeds: at least two; the first three are trained together, before the first look.
        horizon: optimizer steps of a full run.
        mode: whether small or large objectives are good.
        target: what shall be reached in the fewest steps, which are then compared.
    """
    training_run = frozenset({(runners[0], seeds[0])})
    columns: dict[Candidate, dict[int, float | None]] = {runner: {} for runner in runners}
    missed: dict[Candidate, frozenset[int]] = {runner: frozenset() for runner in runners}
    unmeasured: dict[Candidate, frozenset[int]] = {}
    seen = Confirmation(
        objectives=columns,
        planned={frozenset(runners): len(seeds)},
        mode=mode if target is None else "min",
        unmeasured=unmeasured,
        missed=None if target is None else missed,
        horizon=None if target is None else horizon,
    )
    for group in (seeds[:FIRST_LOOK], *((seed,) for seed in seeds[FIRST_LOOK:])):
        requests = _requests(runners, group, horizon)
        outcomes = yield Round(name="confirm", requests=requests, alive=training_run)
        for asked in requests:
            outcome = outcomes[asked]
            value = outcome.objective if target is None else restricted(outcome, horizon)
            columns[asked.candidate][asked.seed] = value
            if outcome.unmeasured:
                before = unmeasured.get(asked.candidate, frozenset())
                unmeasured[asked.candidate] = before | {asked.seed}
            if target is not None and value is not None and outcome.steps_to_target is None:
                missed[asked.candidate] |= {asked.seed}
        if (
            seen.better(*runners) is not None
            or seen.undecidable(*runners)
            or seen.out_of_reach(*runners)
        ):
            break
    return seen


def _joined(seen: Confirmation, met: Confirmation) -> Confirmation:
    """Two comparisons of which one candidate took part in both, and what they say of the others."""
    objectives = {one: dict(column) for one, column in seen.objectives.items()}
    for one, column in met.objectives.items():
        objectives.setdefault(one, {}).update(column)

    def either(*tables: Seeds | None) -> dict[Candidate, frozenset[int]]:
        known = [table for table in tables if table is not None]
        return {one: frozenset[int]().union(*(t.get(one, ()) for t in known)) for one in objectives}

    planned = max(met.planned.values())
    everyone = {frozenset({a, b}): planned for a in seen.field for b in met.field if a != b}
    return Confirmation(
        objectives=objectives,
        planned={**everyone, **seen.planned, **met.planned},
        mode=seen.mode,
        unmeasured=either(seen.unmeasured, met.unmeasured),
        missed=None if seen.missed is None else either(seen.missed, met.missed),
        horizon=seen.horizon,
    )


def _requests(
    runners: Sequence[Candidate], seeds: Sequence[int], horizon: int
) -> tuple[Request, ...]:
    return tuple(
        Request(candidate=runner, seed=seed, until=horizon, stage="confirm")
        for seed in seeds
        for runner in runners
    )
