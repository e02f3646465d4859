"""What lehr's own search chooses on recorded runs: the real strategy, tree and ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grid import plans
from lehr import parse
from lehr.choose.candidate import Candidate, Request
from lehr.choose.ledger import Ledger
from lehr.choose.session import baseline_of
from lehr.choose.settings import SHORT_LIST
from lehr.choose.strategies import Brief, Climb, Outcome, Outcomes, Round
from lehr.choose.study import cut_runs, drive
from lehr.choose.tree import SegmentTree
from lehr.schedule import Plan
from lehr.training import TorchProblem
from recorded import Choice, Recorded

SECOND = 1
"""Places by which a search's second seed follows its first among the recorded ones."""


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

    def choose(self, seed: int, budget: float) -> Choice:
        """Search with one of the recorded seeds."""
        return self.search(seed, budget)[0]

    def search(self, seed: int, budget: float) -> tuple[Choice, Sequence[Candidate]]:
        """Search with one of the recorded seeds; the choice, and all candidates ranked."""
        ledger = Ledger(self.tree)

        def train(round_: Round) -> Outcomes:
            ledger.pay(round_.requests)
            return {request: self._outcome(request, seed) for request in round_.requests}

        lrs = self.recorded.peak_lrs
        brief = Brief(
            horizon=self.problem.steps,
            budget=budget,
            mode="min",
            baseline=self.baseline,
            lr_range=(float(lrs[0]), float(lrs[-1])),
            seed=0,
            cost=ledger.cost,
        )
        ranking = drive(self.strategy.search(brief), train).candidates or (self.baseline,)
        shape, lr = self.cell(ranking[0])
        return Choice(shape=shape, lr=lr, cost=ledger.spent), ranking

    def cell(self, candidate: Candidate) -> tuple[int, int]:
        """Where a candidate was recorded."""
        nearest = min(self.lr, key=lambda lr: abs(lr / candidate.peak_lr - 1))
        if abs(nearest / candidate.peak_lr - 1) > 1e-4:
            raise ValueError(f"{candidate} was not recorded")
        return self.shape[candidate.plan], self.lr[nearest]

    def _outcome(self, request: Request, seed: int) -> Outcome:
        shape, lr = self.cell(request.candidate)
        own = seed if request.seed == 0 else self._after(seed)
        value = self.recorded.objective(own, shape, lr, request.until / self.problem.steps)
        lost = value == float("inf")
        return Outcome(objective=None if lost else value, diverged=lost)

    def _after(self, seed: int) -> int:
        """The recorded search seed that stands for the second one."""
        searched = [one for one in self.recorded.seeds if one < 100]
        return searched[(searched.index(seed) + SECOND) % len(searched)]
