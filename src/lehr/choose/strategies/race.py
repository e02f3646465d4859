"""The default strategy: race peak lrs, then shapes, on prefixes of full-length runs.

Runs of one shape may be compared at the same step of the *full-length* schedule from a tenth of
the horizon on, if clear losers only are dropped; shapes from about a third on, each at several peak
lrs, because each shape wants its own. Short whole schedules and lr finders mislead. What the rule
gives at which budget is measured in `evidence/expected_regret`.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

from lehr.choose.candidate import Candidate, Request
from lehr.choose.decision import Stage
from lehr.choose.strategies.base import Brief, Outcome, Outcomes, Ranking, Round, Rounds
from lehr.choose.strategies.ladder import Ladder
from lehr.errors import UsageError
from lehr.schedule import Plan

EARLY, DOUBTFUL, LATE = 0.10, 0.20, 0.35
FLAT = 0.02


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much searching a budget buys.

    Attributes:
        coarse: peak lrs of the bracket, one rung (a factor 4) apart.
        neighbours: further peak lrs around the best, half a rung (a factor 2) apart.
        keep: peak lrs that race every shape.
        shapes: schedules of the short list that take part.
        finish: runs trained to the end.
    """

    coarse: int
    neighbours: int
    keep: int
    shapes: int
    finish: int


EFFORTS = (
    Effort(coarse=7, neighbours=4, keep=4, shapes=3, finish=3),
    Effort(coarse=7, neighbours=4, keep=4, shapes=2, finish=3),
    Effort(coarse=7, neighbours=2, keep=3, shapes=2, finish=2),
    Effort(coarse=7, neighbours=2, keep=2, shapes=2, finish=1),
    Effort(coarse=5, neighbours=2, keep=1, shapes=2, finish=1),
    Effort(coarse=7, neighbours=2, keep=0, shapes=1, finish=0),
    Effort(coarse=5, neighbours=0, keep=0, shapes=1, finish=0),
    Effort(coarse=3, neighbours=0, keep=0, shapes=1, finish=0),
)
"""From much to little; the first that the budget pays is used."""

Heat = Generator[Round, Outcomes, dict[Candidate, Outcome]]


@dataclass(frozen=True)
class Race:
    """Bracket, race peak lrs, race shapes, finish the best.

    Args:
        schedules: the short list, in the order in which a growing budget lets them in; the first
            brackets the peak lr.
        all_shapes: whether every schedule takes part at any budget that races shapes (the user
            named them).
    """

    schedules: tuple[Plan, ...]
    all_shapes: bool = False
    name = "race"

    def plans(self, baseline: Candidate) -> tuple[Plan, ...]:
        """The short list and the baseline's plan, which the confirmation trains."""
        return tuple(dict.fromkeys((*self.schedules, baseline.plan)))

    def marks(self, horizon: int) -> tuple[int, ...]:
        """A tenth, a fifth, about a third, and the end."""
        steps = {max(1, math.floor(part * horizon + 0.5)) for part in (EARLY, DOUBTFUL, LATE)}
        return tuple(sorted(steps | {horizon}))

    def search(self, brief: Brief) -> Rounds:
        """Search within `brief.budget`."""
        ladder = Ladder.around(brief.baseline.peak_lr, brief.lr_range)
        effort = self.effort(brief)
        if effort is None:
            remark = "the budget paid for no search: this is the baseline, untested"
            return Ranking(candidates=(brief.baseline,), remarks=(remark,))
        spare = brief.budget - brief.cost(self._foreseen(brief, effort))

        scores = yield from self._race_lrs(brief, ladder, effort, spare)
        healthy = sorted(
            (rung for rung in scores if math.isfinite(scores[rung])), key=scores.__getitem__
        )
        remarks = (*_remarks(ladder, scores), *self._left_out(effort))
        lrs = [ladder.lr(rung) for rung in healthy]
        shapes = self._shapes(effort)
        if not (lrs and effort.keep):
            leaders = tuple(Candidate(shapes[0], lr) for lr in lrs)
            return Ranking(candidates=leaders, remarks=remarks)

        entrants = [Candidate(plan, lr) for lr in lrs[: effort.keep] for plan in shapes]
        late = yield from _heat(brief, "race shape", entrants, brief.at(LATE), alive=entrants)
        raced = _ranked(brief, late)
        finalists = raced[: effort.finish]
        full = yield from _heat(brief, "full", finalists, brief.horizon, alive=finalists)
        finished = _ranked(brief, full)
        raced_only = [candidate for candidate in raced if candidate not in full]
        early_only = [Candidate(shapes[0], lr) for lr in lrs[effort.keep :]]
        ranked = (*finished, *raced_only, *early_only)
        return Ranking(candidates=ranked, remarks=remarks)

    def effort(self, brief: Brief) -> Effort | None:
        """The largest effort that the budget pays; None where it pays none.

        Raises:
            UsageError: several schedules were named, and the budget cannot race them all.
        """
        every = self.all_shapes and len(self.schedules) > 1
        efforts = [effort for effort in EFFORTS if effort.keep or not every]
        costs = {effort: brief.cost(self._foreseen(brief, effort)) for effort in efforts}
        chosen = next((effort for effort in efforts if costs[effort] <= brief.budget + 1e-9), None)
        if chosen is None and every:
            raise UsageError(
                f"{len(self.schedules)} schedules cannot be raced on this budget",
                value=f"{brief.budget:g} full runs for the search",
                rule=f"racing them costs at least {min(costs.values()):.2g} full runs",
                fix="name fewer schedules, or raise --budget",
            )
        return chosen

    def foreseen(self, brief: Brief) -> list[Request]:
        """Requests that cost what the search will, walking on at the ladder's ends apart."""
        effort = self.effort(brief)
        return [] if effort is None else self._foreseen(brief, effort)

    def _foreseen(self, brief: Brief, effort: Effort) -> list[Request]:
        """Stand-ins for the requests to come: which peak lrs win does not change the cost."""
        ladder = Ladder.around(brief.baseline.peak_lr, brief.lr_range)
        shapes = self._shapes(effort)
        lrs = [ladder.lr(rung) for rung in range(effort.coarse + effort.neighbours)]
        early = [Candidate(shapes[0], lr) for lr in lrs]
        late = [Candidate(plan, lr) for lr in lrs[: effort.keep] for plan in shapes]
        return [
            *_requests(brief, "bracket", early[: effort.coarse], brief.at(EARLY)),
            *_requests(brief, "race lr", early[effort.coarse :], brief.at(EARLY)),
            *_requests(brief, "race shape", late, brief.at(LATE)),
            *_requests(brief, "full", late[: effort.finish], brief.horizon),
        ]

    def _shapes(self, effort: Effort) -> tuple[Plan, ...]:
        everything = self.all_shapes and effort.keep
        return self.schedules if everything else self.schedules[: effort.shapes]

    def _left_out(self, effort: Effort) -> tuple[str, ...]:
        """Which schedules of the short list took no part."""
        tried = self._shapes(effort)
        rest = [plan.texts()["lr"] for plan in self.schedules if plan not in tried]
        return (f"not tried at this budget: {', '.join(rest)}",) if rest else ()

    def _race_lrs(
        self, brief: Brief, ladder: Ladder, effort: Effort, spare: float
    ) -> Generator[Round, Outcomes, dict[int, float]]:
        """Score rungs at a tenth of the horizon: the coarse ladder, then around the best.

        Where all healthy rungs look alike, a tenth has told nothing: they are trained on to a
        fifth if that can be paid, and nothing is walked to on the strength of a flat curve.
        """
        shapes = self._shapes(effort)
        scores: dict[int, float] = {}

        def heat(stage: Stage, rungs: Iterable[int], until: int) -> Heat:
            field = {rung: Candidate(shapes[0], ladder.lr(rung)) for rung in rungs}
            hopeful = [rung for rung in {*scores, *field} if scores.get(rung, 0) < math.inf]
            alive = [Candidate(plan, ladder.lr(rung)) for rung in hopeful for plan in shapes]
            outcomes = yield from _heat(brief, stage, field.values(), until, alive=alive)
            scores.update({rung: brief.score(outcomes[field[rung]]) for rung in field})
            return outcomes

        def price(rungs: Iterable[int], until: int) -> float:
            field = [Candidate(shapes[0], ladder.lr(rung)) for rung in rungs]
            return brief.cost(_requests(brief, "race lr", field, until))

        until = brief.at(EARLY)
        room = effort.neighbours * until / brief.horizon + spare + 1e-9
        yield from heat("bracket", ladder.coarse(effort.coarse), until)
        healthy = [rung for rung in scores if math.isfinite(scores[rung])]
        longer = price(healthy, brief.at(DOUBTFUL))
        if is_flat([scores[rung] for rung in healthy]) and longer <= room:
            until = brief.at(DOUBTFUL)
            room -= longer
            yield from heat("race lr", healthy, until)
        while not is_flat([score for score in scores.values() if math.isfinite(score)]):
            rungs = ladder.next_rungs(scores)
            while price(rungs, until) > room:
                rungs = rungs[:-1]
            if not rungs:
                break
            room -= price(rungs, until)
            yield from heat("race lr", rungs, until)
        return scores


def is_flat(scores: list[float]) -> bool:
    """Whether scores of several peak lrs are too alike to rank them: within 2 % of each other.

    >>> is_flat([2.30, 2.31, 2.30]), is_flat([2.30, 1.10, 2.30])
    (True, False)
    """
    if len(scores) < 3:  # two alike say nothing of the rest of the ladder
        return False
    return max(scores) - min(scores) <= FLAT * max(abs(score) for score in scores)


def _heat(
    brief: Brief,
    stage: Stage,
    candidates: Iterable[Candidate],
    until: int,
    *,
    alive: Iterable[Candidate],
) -> Heat:
    """Train candidates to the same step with the search's seed; their outcomes."""
    requests = _requests(brief, stage, candidates, until)
    running = frozenset((candidate, brief.seed) for candidate in alive)
    outcomes = yield Round(name=stage, requests=tuple(requests), alive=running)
    return {request.candidate: outcomes[request] for request in requests}


def _requests(
    brief: Brief, stage: Stage, candidates: Iterable[Candidate], until: int
) -> list[Request]:
    return [
        Request(candidate=candidate, seed=brief.seed, until=until, stage=stage)
        for candidate in candidates
    ]


def _ranked(brief: Brief, outcomes: Mapping[Candidate, Outcome]) -> list[Candidate]:
    """The candidates that did not diverge, the best first; ties keep the order of entry."""
    scores = {candidate: brief.score(outcome) for candidate, outcome in outcomes.items()}
    healthy = [candidate for candidate in scores if math.isfinite(scores[candidate])]
    return sorted(healthy, key=scores.__getitem__)


def _remarks(ladder: Ladder, scores: Mapping[int, float]) -> tuple[str, ...]:
    healthy = [rung for rung in scores if math.isfinite(scores[rung])]
    if not healthy:
        return ("every peak lr that was tried diverged: lower --lr-range, or look at the model",)
    if is_flat([scores[rung] for rung in healthy]):
        return ("the peak lrs looked alike early in the run (a plateau?): their order is unsure",)
    best = min(healthy, key=scores.__getitem__)
    if best not in (min(scores), max(scores)):
        return ()
    end = "lowest" if best == min(scores) else "highest"
    return (
        f"the best peak lr early in the run, {ladder.lr(best):.6g}, is the {end} tried: widen "
        "--lr-range or raise --budget",
    )
