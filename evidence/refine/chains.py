"""What a way to refine makes of the default search's front-runner, at which cost."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grid import FRESH_SEEDS, SHAPES, TRUNK
from lehr_choice import Study
from recorded import Recorded
from trained import Trained

from lehr.choose.candidate import Candidate, Request
from lehr.choose.ledger import Ledger
from lehr.choose.outcome import Outcome
from lehr.choose.refine import ORDER, look_at_optimizer
from lehr.choose.strategies import Outcomes, Ranking, Round
from lehr.choose.variants import Refinable, variants
from lehr.errors import UsageError
from lehr.training import OwnValues

SEARCH = 5.5
"""Full runs of the default search."""

Rule = Callable[..., Generator[Round, Outcomes, Ranking]]
"""Like `lehr.choose.refine.refined`: a ranking, names, own values and a brief -> rounds."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One hyper-parameter that a rule varied.

    Attributes:
        name: of the hyper-parameter.
        before: the front-runner then.
        after: the front-runner afterwards; the same where nothing was better.
    """

    name: Refinable
    before: Candidate
    after: Candidate


@dataclass(frozen=True, kw_only=True)
class Chain:
    """One refinement.

    Attributes:
        seed: of the search.
        old: the search's front-runner.
        new: what the rule made of it.
        changes: what was varied on the way, in order.
        search: full runs that the search cost.
        cost: full runs that the refinement cost.
    """

    seed: int
    old: Candidate
    new: Candidate
    changes: tuple[Change, ...]
    search: float
    cost: float


class Refinements:
    """Refinements of one task's searches.

    Args:
        name: the task's.
        seeds: of the searches.
    """

    def __init__(self, name: str, seeds: Sequence[int]) -> None:
        self.name = name
        self.seeds = tuple(seeds)
        self.trained = Trained(name)
        recorded = Recorded.load(name, SHAPES | TRUNK)
        self.study = Study(problem=self.trained.problem, recorded=recorded)

    @cached_property
    def names(self) -> tuple[Refinable, ...]:
        """What may be varied here: all but a weight decay that the optimizer does not have."""
        return tuple(name for name in ORDER if self._can_be_varied(name))

    @cached_property
    def own(self) -> OwnValues | None:
        return look_at_optimizer(self.study.problem, self.names)

    def _can_be_varied(self, name: Refinable) -> bool:
        try:
            look_at_optimizer(self.study.problem, (name,))
        except UsageError:
            return False
        return True

    def chains(self, rule: Rule) -> list[Chain]:
        """Refine after every search, all of them in step, so that many runs train at once."""
        running = {seed: self._begin(seed, rule) for seed in self.seeds}
        finished: dict[int, Chain] = {}
        answers: dict[int, Outcomes | None] = dict.fromkeys(running)
        while running:
            asked: dict[int, Round] = {}
            for seed, chain in list(running.items()):
                try:
                    asked[seed] = chain.send(answers[seed])
                except StopIteration as done:
                    finished[seed] = done.value
                    del running[seed]
            wanted = {
                (request.candidate, self.study.stand_in(seed, request.seed))
                for seed, round_ in asked.items()
                for request in round_.requests
            }
            self.trained.train(wanted)
            answers = {seed: self._outcomes(seed, round_) for seed, round_ in asked.items()}
        return [finished[seed] for seed in self.seeds]

    def _begin(self, seed: int, rule: Rule) -> Generator[Round, Outcomes, Chain]:
        ledger = Ledger(self.study.tree)
        ranking = self.study.search(ledger, seed, SEARCH)
        searched = ledger.spent
        brief = replace(self.study.brief(ledger, SEARCH), lr_range=None)
        rounds = rule(ranking, names=self.names, own=self.own, brief=brief)
        fronts: list[tuple[Refinable, Candidate]] = []
        try:
            round_ = next(rounds)
            while True:
                ledger.pay(round_.requests)
                front, other = (request.candidate for request in round_.requests[:2])
                name = self._varied(front, other)
                if name is not None and round_.requests[0].seed == brief.seed:
                    fronts.append((name, front))
                round_ = rounds.send((yield round_))
        except StopIteration as done:
            refined = done.value
        old, new = ranking.candidates[0], refined.candidates[0]
        afterwards = [*(front for _, front in fronts), new][1:]
        return Chain(
            seed=seed,
            old=old,
            new=new,
            changes=tuple(
                Change(name=name, before=before, after=after)
                for (name, before), after in zip(fronts, afterwards, strict=True)
            ),
            search=searched,
            cost=ledger.spent - searched,
        )

    def _varied(self, front: Candidate, other: Candidate) -> Refinable | None:
        found = (name for name in self.names if other in variants(name, front, self.own))
        return next(found, None)

    def _outcomes(self, seed: int, round_: Round) -> Outcomes:
        def outcome(request: Request) -> Outcome:
            own = self.study.stand_in(seed, request.seed)
            loss = self.trained.loss(request.candidate, own)
            lost = loss == float("inf")
            return Outcome(objective=None if lost else loss, diverged=lost)

        return {request: outcome(request) for request in round_.requests}

    def fresh(self, candidates: Sequence[Candidate]) -> dict[Candidate, list[float]]:
        """What candidates give on the seeds that nothing was chosen on."""
        distinct = dict.fromkeys(candidates)
        self.trained.train((one, seed) for one in distinct for seed in FRESH_SEEDS)
        return {one: [self.trained.loss(one, seed) for seed in FRESH_SEEDS] for one in distinct}
