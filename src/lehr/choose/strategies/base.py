"""What a strategy is: a generator that asks for rounds of training and returns a ranking.

A round's content depends on the outcomes of the rounds before it alone, never on their order of
arrival. So a study is resumed by asking the strategy again from the start: every round that was
trained is answered from the store.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lehr.choose.candidate import Candidate, Request
from lehr.choose.decision import Mode, Target
from lehr.choose.outcome import Outcome
from lehr.choose.target import score
from lehr.schedule import Plan


@dataclass(frozen=True, kw_only=True)
class Round:
    """Requests to be trained before the strategy goes on.

    Attributes:
        name: what the round does, for whoever watches.
        requests: what to train; shared stretches are trained once.
        alive: (candidate, seed) whose runs later rounds may continue or fork. Checkpoints that
            serve none of them are evicted.
    """

    name: str
    requests: tuple[Request, ...]
    alive: frozenset[tuple[Candidate, int]]


Outcomes = Mapping[Request, Outcome]
Rounds = Generator[Round, Outcomes, "Ranking"]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """A search's conclusion: candidates from best to worst, and what was seen on the way.

    Attributes:
        candidates: the best first; empty only if every run was lost.
        remarks: what could make the ranking wrong, in words.
    """

    candidates: tuple[Candidate, ...]
    remarks: tuple[str, ...] = ()

    def runner_up(self, baseline: Candidate) -> Candidate | None:
        """The best of the others but the baseline, which is compared anyway."""
        return next((other for other in self.candidates[1:] if other != baseline), None)


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where a search begins that needs no probes.

    Attributes:
        peak_lr: of the schedule with which the peak lr is sought.
        way: where it goes first: 1 up, -1 down.
    """

    peak_lr: float
    way: Literal[-1, 1]


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What a strategy is told.

    Attributes:
        horizon: optimizer steps of a full run.
        budget: what the search may spend, in full runs.
        mode: whether a small or a large objective is good.
        baseline: what the user would do without lehr.
        lr_range: lowest and highest peak lr that may be tried; None: no limit.
        seed: the search's seed; its runs share initial weights and batches.
        cost: distinct steps of some requests that no earlier round has paid for, in full runs.
        target: what full runs shall reach in the fewest steps; None: they are ranked by the
            objective at their end.
        start: where to begin, as the user's own runs say; None: probes say it.
    """

    horizon: int
    budget: float
    mode: Mode
    baseline: Candidate
    lr_range: tuple[float, float] | None
    seed: int
    cost: Callable[[Sequence[Request]], float]
    target: Target | None = None
    start: Start | None = None

    def at(self, fraction: float) -> int:
        """The step at a fraction of the horizon, at least 1."""
        return max(1, math.floor(fraction * self.horizon + 0.5))

    def score(self, outcome: Outcome) -> float:
        """What a full run is worth, as a number to minimise; infinite for one that was lost."""
        if self.target is None:
            return self.early_score(outcome)
        return score(outcome, self.target, self.horizon)

    def early_score(self, outcome: Outcome) -> float:
        """The metric at a request's last step as a number to minimise; infinite if it was lost.

        By it probes are ranked, whatever full runs are ranked by: few probes are long enough to
        reach a target.
        """
        if outcome.objective is None:
            return math.inf
        return outcome.objective if self.mode == "min" else -outcome.objective


class Strategy(Protocol):
    """A way to search; see `climb.py` for the default."""

    name: str

    def plans(self, baseline: Candidate) -> tuple[Plan, ...]:
        """Every plan the study may ask for, so that shared stretches can be forked."""
        ...

    def marks(self, horizon: int) -> tuple[int, ...]:
        """The steps at which runs are compared, ascending, the horizon last."""
        ...

    def search(self, brief: Brief) -> Rounds:
        """Ask for rounds, receive their outcomes, return the ranking."""
        ...
