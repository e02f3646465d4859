"""One search on its way: what it has seen, and what it may still spend."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lehr.choose.candidate import Candidate, Request
from lehr.choose.decision import Stage
from lehr.choose.strategies.base import Brief, Outcome, Outcomes, Round
from lehr.choose.strategies.ladder import Ladder
from lehr.schedule import Plan

REPEATED = 1000
"""How far the second seed lies behind the search's: the confirmation's come right after that."""

Run = tuple[Plan, int]
"""A schedule, and the rung of its peak lr."""
Heat = Generator[Round, Outcomes, None]


@dataclass(kw_only=True)
class Finished:
    """A run that was trained to the end.

    Attributes:
        plan: its schedule.
        rung: its peak lr's.
        scores: on the search's seed, then on the second one if it was repeated.
    """

    plan: Plan
    rung: int
    scores: list[float]

    @property
    def score(self) -> float:
        """The mean over its seeds."""
        return sum(self.scores) / len(self.scores)


@dataclass(kw_only=True)
class Search:
    """What a search has seen and spent.

    Args:
        brief: what it was told.
        schedules: the leader, with which the peak lr is sought, then the others.
        every: whether each of the others has to be tried.

    Attributes:
        probed: rung -> score of the leader's longest probe there; infinite where it was lost.
        early: rung -> score of the first probe there.
        longer: rungs that were probed for a second time, for longer.
        finished: runs of the search's seed that were trained to the end.
        outcomes: of all requests.
        spent: full runs.
    """

    brief: Brief
    schedules: tuple[Plan, ...]
    every: bool
    probed: dict[int, float] = field(default_factory=dict[int, float])
    early: dict[int, float] = field(default_factory=dict[int, float])
    longer: set[int] = field(default_factory=set[int])
    finished: dict[Run, Finished] = field(default_factory=dict[Run, Finished])
    outcomes: dict[Request, Outcome] = field(default_factory=dict[Request, Outcome])
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Lay out the ladder, and where each schedule stands on it beside the leader."""
        self.ladder = Ladder.around(self.brief.baseline.peak_lr, self.brief.lr_range)
        self.leader = self.schedules[0]
        self.others = self.schedules[1:]
        self._lean = {plan: self._leaning(plan) for plan in self.others}

    @property
    def healthy(self) -> dict[int, float]:
        """The probes that were not lost."""
        return {rung: score for rung, score in self.probed.items() if math.isfinite(score)}

    @property
    def top(self) -> int | None:
        """The leader's best rung among its finished runs."""
        runs = [run for run in self.finished.values() if run.plan == self.leader]
        best = min(runs, key=lambda run: (run.scores[0], run.rung), default=None)
        return None if best is None else best.rung

    @property
    def ranked(self) -> list[Finished]:
        """Finished runs that were not lost: those of two seeds first, the best first."""
        healthy = [run for run in self.finished.values() if math.isfinite(run.score)]
        return sorted(healthy, key=lambda run: (-len(run.scores), run.score))

    def open(self, rung: int) -> bool:
        """Whether the leader may be finished at a rung, and has not been."""
        alive = math.isfinite(self.probed.get(rung, 0.0))
        return alive and self.ladder.allows(rung) and (self.leader, rung) not in self.finished

    def equivalent(self, plan: Plan, rung: int) -> int:
        """Where a schedule stands whose mean lr is the leader's at `rung`.

        At the same rung where the ladder does not reach so far.
        """
        wanted = rung + self._lean[plan]
        return wanted if self.ladder.allows(wanted) else rung

    def candidate(self, plan: Plan, rung: int) -> Candidate:
        """A schedule at the peak lr of a rung."""
        return Candidate(plan, self.ladder.lr(rung))

    # --- what it costs ----------------------------------------------------------------------

    def requests(
        self, stage: Stage, runs: Iterable[Run], until: int, *, again: bool = False
    ) -> list[Request]:
        """Train runs up to a step, with the search's seed or with the second one."""
        seed = self.brief.seed + (REPEATED if again else 0)
        return [
            Request(candidate=self.candidate(*run), seed=seed, until=until, stage=stage)
            for run in runs
        ]

    def companions(self, rungs: Iterable[int]) -> list[Request]:
        """What is to be trained beside the leader at these rungs before the search ends.

        Every other schedule if the user named them, else the first.
        """
        due = self.others if self.every else self.others[:1]
        runs = [(plan, self.equivalent(plan, rung)) for rung in rungs for plan in due]
        return self.requests("race shape", runs, self.brief.horizon)

    def affords(self, requests: Sequence[Request]) -> bool:
        """Whether requests can be paid."""
        return self.spent + self.brief.cost(requests) <= self.brief.budget + 1e-9

    def affords_probes(self, rungs: Iterable[int], until: int) -> bool:
        """Whether the leader can be probed at these rungs."""
        return self.affords(self.requests("bracket", self.led(rungs), until))

    def affords_finish(self, rungs: Sequence[int]) -> bool:
        """Whether the leader can be finished at these rungs, with its companions at the last."""
        full = self.requests("full", self.led(rungs), self.brief.horizon)
        return self.affords([*full, *self.companions(rungs[-1:])])

    def led(self, rungs: Iterable[int]) -> list[Run]:
        """The leader at some rungs."""
        return [(self.leader, rung) for rung in rungs]

    # --- training ---------------------------------------------------------------------------

    def probe(self, stage: Stage, rungs: Sequence[int], until: int) -> Heat:
        """Train the leader at some rungs up to a step."""
        requests = self.requests(stage, self.led(rungs), until)
        outcomes = yield from self.train(stage, requests)
        for rung, request in zip(rungs, requests, strict=True):
            if rung in self.probed:
                self.longer.add(rung)
            self.probed[rung] = self.brief.early_score(outcomes[request])
            self.early.setdefault(rung, self.probed[rung])

    def finish(self, stage: Stage, runs: Sequence[Run]) -> Heat:
        """Train runs to the end, if all of them can be paid."""
        requests = self.requests(stage, runs, self.brief.horizon)
        if not requests or not self.affords(requests):
            return
        outcomes = yield from self.train(stage, requests)
        for (plan, rung), request in zip(runs, requests, strict=True):
            score = self.brief.score(outcomes[request])
            self.finished[plan, rung] = Finished(plan=plan, rung=rung, scores=[score])

    def train(
        self, stage: Stage, requests: Sequence[Request]
    ) -> Generator[Round, Outcomes, Mapping[Request, Outcome]]:
        """Pay for requests and have them trained."""
        self.spent += self.brief.cost(requests)
        wanted = Round(name=stage, requests=tuple(requests), alive=self._alive(requests))
        given = yield wanted
        self.outcomes.update(given)
        return given

    def _alive(self, requests: Iterable[Request]) -> frozenset[tuple[Candidate, int]]:
        """Runs that may yet be continued or forked: healthy ones, under every schedule."""
        finished = {rung for (_, rung), run in self.finished.items() if math.isfinite(run.score)}
        lrs = {self.ladder.lr(rung) for rung in {*self.healthy, *finished}}
        lrs |= {request.candidate.peak_lr for request in requests}
        return frozenset(
            (Candidate(plan, lr), self.brief.seed) for plan in self.schedules for lr in lrs
        )

    def _leaning(self, plan: Plan) -> int:
        """Rungs by which a schedule's peak lies above the leader's if their mean lrs are equal."""
        lead, ours = (mean_multiplier(one, self.brief.horizon) for one in (self.leader, plan))
        if lead is None or ours is None:
            return 0
        return round(2 * math.log(lead / ours) / math.log(self.ladder.ratio))


def mean_multiplier(plan: Plan, horizon: int) -> float | None:
    """Return the mean of what a plan multiplies the peak lr by; None where it does not."""
    multipliers = plan.over(horizon).multipliers()
    if "lr" in multipliers.absolute:
        return None
    mean = float(np.mean(multipliers.values["lr"]))
    return mean if 0 < mean < math.inf else None
