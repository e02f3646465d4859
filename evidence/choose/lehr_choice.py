"""What lehr's own search chooses on recorded runs: the real strategy, tree and ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from grid import plans
from recorded import Choice, Recorded

from lehr import parse
from lehr.choose.candidate import Candidate, Request
from lehr.choose.conclude import conclude
from lehr.choose.confirm import confirm
from lehr.choose.decision import Gain, Mode, Target, Verdict
from lehr.choose.ledger import Ledger
from lehr.choose.session import baseline_of
from lehr.choose.settings import SHORT_LIST
from lehr.choose.strategies import Brief, Climb, Outcome, Outcomes, Ranking, Round
from lehr.choose.strategies.search import REPEATED
from lehr.choose.study import cut_runs, drive, rivals, search_budget
from lehr.choose.tree import SegmentTree
from lehr.schedule import Plan
from lehr.training import TorchProblem


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What a study with confirmation came to.

    Attributes:
        front: the search's cell.
        choice: the decision's cell.
        verdict: of the decision.
        gain: over the baseline, as stated.
        search: full runs spent on it.
        confirm: likewise.
    """

    front: tuple[int, int]
    choice: tuple[int, int]
    verdict: Verdict
    gain: Gain | None
    search: float
    confirm: float


@dataclass(kw_only=True)
class Study:
    """Searches on one recorded task.

    Args:
        problem: the task.
        recorded: its runs, of the trunk's shapes too.
        strategy: what searches.
    """

    problem: TorchProblem
    recorded: Recorded
    strategy: Climb = field(
        default_factory=lambda: Climb(tuple(Plan.of(parse(text)) for text in SHORT_LIST))
    )

    def __post_init__(self) -> None:
        self.baseline = baseline_of(self.problem)
        self.tree: SegmentTree = cut_runs(self.problem, self.strategy, self.baseline)
        self.shape = {plan: self.recorded.shapes.index(name) for name, plan in plans().items()}
        self.lr = {lr: place for place, lr in enumerate(self.recorded.peak_lrs.tolist())}

    @property
    def target(self) -> Target | None:
        """What full runs shall reach in the fewest steps; None: they are ranked by their end."""
        return None

    @property
    def mode(self) -> Mode:
        """Whether what the search is told shall be small or large."""
        return "min"

    def alike(self) -> Self:
        """The same study, all candidates alike: each has the best cell's runs, shuffled."""
        curves = self.recorded
        random = np.random.default_rng(0)
        best = curves.val[:, *curves.oracle]
        val = np.empty_like(curves.val)
        for shape, lr in np.ndindex(curves.val.shape[1:3]):
            val[:, shape, lr] = best[random.permutation(len(best))]
        return replace(self, recorded=replace(curves, val=val))

    def choose(self, seed: int, budget: float) -> Choice:
        """Search with one of the recorded seeds."""
        ledger = Ledger(self.tree)
        ranking = self.search(ledger, seed, budget)
        shape, lr = self.cell((ranking.candidates or (self.baseline,))[0])
        return Choice(shape=shape, lr=lr, cost=ledger.spent)

    def decide(self, seed: int, total: float) -> Decided:
        """Search, confirm on other recorded seeds, and conclude."""
        ledger = Ledger(self.tree)
        ranking = self.search(ledger, seed, search_budget(total))
        searched = ledger.spent
        front = ranking.candidates[0] if ranking.candidates else self.baseline
        confirmation = drive(
            confirm(
                rivals(ranking, self.baseline),
                first_seed=1,
                horizon=self.problem.steps,
                mode=self.mode,
                budget=total - searched,
                cost=ledger.cost,
                target=self.target,
            ),
            self._trained(ledger, seed),
        )
        conclusion = conclude(ranking, self.baseline, confirmation)
        return Decided(
            front=self.cell(front),
            choice=self.cell(conclusion.choice),
            verdict=conclusion.verdict,
            gain=conclusion.gain_over_baseline,
            search=searched,
            confirm=ledger.spent - searched,
        )

    def brief(self, ledger: Ledger, budget: float) -> Brief:
        """What the search is told: to stay where runs are recorded."""
        lrs = self.recorded.peak_lrs
        return Brief(
            horizon=self.problem.steps,
            budget=budget,
            mode=self.mode,
            baseline=self.baseline,
            lr_range=(float(lrs[0]), float(lrs[-1])),
            seed=0,
            cost=ledger.cost,
            target=self.target,
        )

    def search(self, ledger: Ledger, seed: int, budget: float) -> Ranking:
        """Search with one of the recorded seeds; what it trains is paid to the ledger."""
        rounds = self.strategy.search(self.brief(ledger, budget))
        return drive(rounds, self._trained(ledger, seed))

    def _trained(self, ledger: Ledger, seed: int) -> Callable[[Round], Outcomes]:
        """Look up what a round gives, and pay for it."""

        def train(round_: Round) -> Outcomes:
            ledger.pay(round_.requests)
            return {request: self._outcome(request, seed) for request in round_.requests}

        return train

    def cell(self, candidate: Candidate) -> tuple[int, int]:
        """Where a candidate was recorded."""
        nearest = min(self.lr, key=lambda lr: abs(lr / candidate.peak_lr - 1))
        if abs(nearest / candidate.peak_lr - 1) > 1e-4:
            raise ValueError(f"{candidate} was not recorded")
        return self.shape[candidate.plan], self.lr[nearest]

    def _outcome(self, request: Request, seed: int) -> Outcome:
        shape, lr = self.cell(request.candidate)
        own = self.stand_in(seed, request.seed)
        value = self.recorded.objective(own, shape, lr, request.until / self.problem.steps)
        lost = value == float("inf")
        return Outcome(objective=None if lost else value, diverged=lost)

    def stand_in(self, seed: int, wanted: int) -> int:
        """The recorded search seed that stands for one the study asks for.

        The search's is `seed` itself, its second one the next; the confirmation's are the others,
        in an order drawn anew for each seed.
        """
        searched = self.recorded.searched
        place = searched.index(seed)
        order = [*searched[place:], *searched[:place]]
        if wanted in (0, REPEATED):
            return order[0 if wanted == 0 else 1]
        others = np.random.default_rng(seed).permutation(order[2:])
        return int(others[(wanted - 1) % len(others)])
