"""Ways to refine that were tried beside the shipped one, on the development half alone."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

from lehr.choose.candidate import Candidate, Request
from lehr.choose.refine import ORDER, refined
from lehr.choose.strategies import Brief, Outcomes, Ranking, Round
from lehr.choose.strategies.search import REPEATED
from lehr.choose.variants import Refinable, fits, variants
from lehr.training import OwnValues

Chain = Generator[Round, Outcomes, Ranking]


def careful(
    ranking: Ranking,
    *,
    names: Sequence[Refinable],
    own: OwnValues | None,
    brief: Brief,
    only: Sequence[Refinable] = (),
    margin: float = 0.0,
    more: int = 0,
    each: bool = False,
) -> Chain:
    """As shipped, but harder to convince.

    Args:
        ranking: the search's.
        names: what may be varied.
        own: the optimizer's own values.
        brief: the search's.
        only: what is varied, in order; nothing named: all.
        margin: by which part of the loss a variant has to be better on the search's seed.
        more: on how many further seeds the best variant meets the front-runner, one after the
            other for as long as it is better.
        each: whether it has to be better on each of them, or on the mean of those so far.
    """
    front = ranking.candidates[0]
    for name in [name for name in (only or names) if name in names]:
        tried = _possible(variants(name, front, own), brief)
        if not tried:
            continue
        scores = yield from _scored([front, *tried], brief)
        best = min(scores, key=lambda runner: scores[runner])
        lead = scores[front] - scores[best]
        if lead <= margin * abs(scores[front]):
            continue
        for later in range(more):
            scores = yield from _scored([front, best], brief, REPEATED + later)
            lead = scores[front] - scores[best] + (0 if each else lead)
            if lead <= 0:
                break
        if lead > 0:
            front = best
    return _with(front, ranking)


def at_once(
    ranking: Ranking,
    *,
    names: Sequence[Refinable],
    own: OwnValues | None,
    brief: Brief,
    again: int = 0,
) -> Chain:
    """All variants of the search's front-runner side by side, and the best of them.

    Args:
        ranking: the search's.
        names: what may be varied.
        own: the optimizer's own values.
        brief: the search's.
        again: how many of those that are better meet the front-runner on a second seed too.
    """
    front = ranking.candidates[0]
    offered = [other for name in names for other in variants(name, front, own)]
    scores = yield from _scored([front, *_possible(offered, brief)], brief)
    better = sorted((r for r in scores if scores[r] < scores[front]), key=lambda r: scores[r])
    if not again or not better:
        return _with((*better, front)[0], ranking)
    finalists = [front, *better[:again]]
    others = yield from _scored(finalists, brief, REPEATED)
    return _with(min(finalists, key=lambda r: scores[r] + others[r]), ranking)


def _scored(
    runners: Sequence[Candidate], brief: Brief, later: int = 0
) -> Generator[Round, Outcomes, dict[Candidate, float]]:
    requests = [
        Request(candidate=runner, seed=brief.seed + later, until=brief.horizon, stage="refine")
        for runner in runners
    ]
    outcomes = yield Round(name="refine", requests=tuple(requests), alive=frozenset())
    return {asked.candidate: brief.score(outcomes[asked]) for asked in requests}


def _possible(offered: Sequence[Candidate], brief: Brief) -> list[Candidate]:
    return [other for other in offered if fits(other, brief.horizon)]


def _with(front: Candidate, ranking: Ranking) -> Ranking:
    return Ranking(candidates=tuple(dict.fromkeys((front, *ranking.candidates))))


LATE = ("momentum", "weight_decay", "floor", "warmup")
FEW = ("momentum", "weight_decay")
SHIPPED = {"as shipped": refined}
TRIED = {
    "better on one seed": careful,
    "better by 1 %": partial(careful, margin=0.01),
    "better by 3 %": partial(careful, margin=0.03),
    "mean of two seeds": partial(careful, more=1),
    "mean of three seeds": partial(careful, more=2),
    "each of two seeds": partial(careful, more=1, each=True),
    "each of three seeds": partial(careful, more=2, each=True),
    "better by 1 %, mean of two seeds": partial(careful, margin=0.01, more=1),
    "better by 1 %, mean of three seeds": partial(careful, margin=0.01, more=2),
    "momentum first": partial(careful, only=LATE),
    "momentum first, mean of two seeds": partial(careful, only=LATE, more=1),
    "momentum first, mean of three seeds": partial(careful, only=LATE, more=2),
    "momentum, weight decay": partial(careful, only=FEW),
    "momentum, weight decay, mean of two seeds": partial(careful, only=FEW, more=1),
    "momentum, weight decay, mean of three seeds": partial(careful, only=FEW, more=2),
    "all at once, the best one": at_once,
    "all at once, the best two on two seeds": partial(at_once, again=2),
    **{
        f"{name.replace('_', ' ')} alone{how}": partial(careful, only=(name,), more=more)
        for name in ORDER
        for more, how in ((0, ""), (2, ", mean of three seeds"))
    },
}
