"""The default strategy: probe peak lrs briefly, then climb on runs that are trained to the end.

Few runs are raced and more are finished, because a ranking before the end misleads (`probes.py`).
They can be: the short list holds the lr for long, so its members share one trunk, and each further
cooldown costs what is left after it parts. Every other schedule is tried where its mean lr equals
the leader's at its best, since each shape wants its own peak: a linear decay about twice that of a
late cooldown.

What the parts give, and what was tried and dropped, is measured in `evidence/choose`.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from lehr.choose.candidate import Candidate
from lehr.choose.lost import LOOK, Lost
from lehr.choose.strategies.base import Brief, Outcome, Outcomes, Ranking, Round, Rounds
from lehr.choose.strategies.probes import EARLY, SOON, demand, drift, is_flat, probe
from lehr.choose.strategies.search import Heat, Run, Search
from lehr.schedule import Plan

STEEP = 0.05
"""A gain of one stride beyond which the next one is two rungs."""
POOR = 1.5
"""How many times worse than the best an early probe is that a long stride does not land on."""
FAR = 2
"""Rungs between the most promising peak lr and the customary one, from which both are finished."""
FINALISTS = 3
"""Runs that are repeated with a second seed."""


@dataclass(frozen=True)
class Climb:
    """Probe, climb, try the other schedules; begin elsewhere while the budget lasts.

    Args:
        schedules: the short list; the first leads, the others are tried in this order.
        all_shapes: whether every schedule has to be tried (the user named them).
    """

    schedules: tuple[Plan, ...]
    all_shapes: bool = False
    name = "climb"

    def plans(self, baseline: Candidate) -> tuple[Plan, ...]:
        """The short list and the baseline's plan, which the confirmation trains."""
        return tuple(dict.fromkeys((*self.schedules, baseline.plan)))

    def marks(self, horizon: int) -> tuple[int, ...]:
        """A tenth, a fifth, and the end."""
        steps = {max(1, math.floor(part * horizon + 0.5)) for part in (EARLY, SOON)}
        return tuple(sorted(steps | {horizon}))

    def search(self, brief: Brief) -> Rounds:
        """Search within `brief.budget`.

        Raises:
            UsageError: several schedules were named, and the budget cannot try them all.
        """
        search = Search(brief=brief, schedules=self.schedules, every=self.all_shapes)
        rungs = yield from _promised(search)
        if not rungs and not search.probed:
            remark = "the budget paid for no search: this is the baseline, untested"
            return Ranking(candidates=(brief.baseline,), remarks=(remark,))
        if rungs:
            yield from _finish(search, rungs)
        best = [search.candidate(run.plan, run.rung) for run in search.ranked]
        probed = [search.candidate(search.leader, rung) for rung in _not_refuted(search, rungs)]
        candidates = tuple(dict.fromkeys((*best, *probed)))
        return Ranking(
            candidates=candidates, remarks=(*_remarks(search, rungs), *_left_out(search))
        )


def _promised(search: Search) -> Generator[Round, Outcomes, list[int]]:
    """The rungs that promise most: the one that is known, or else those that probes find."""
    start = search.brief.start
    if start is None:
        return (yield from probe(search))
    demand(search)
    return [search.ladder.closest(start.peak_lr)]


def _finish(search: Search, rungs: list[int]) -> Heat:
    """Climb from the most promising rung, then from others while the budget lasts."""
    begin = _beginnings(search, rungs)
    if len(begin) > 1:
        yield from search.finish("full", search.led(begin))
    yield from _climb(search, begin[0] if search.top is None else search.top)
    yield from _try_others(search)
    if search.brief.start is not None:
        yield from _try_neighbours(search)
        yield from _try_others(search)
    repeated = False
    for rung in rungs[1:]:
        if search.top is None or not search.open(rung):
            continue
        before = search.top
        yield from search.finish("full", search.led([rung]))
        if search.top != before:
            yield from _climb(search, search.top)
        yield from _try_neighbours(search)
        yield from _try_others(search)
        if not repeated:
            yield from _repeat(search)
            repeated = True
    if not repeated:
        yield from _repeat(search)


def _beginnings(search: Search, rungs: list[int]) -> list[int]:
    """Where to begin: the most promising rung, and the customary one if it is far from that.

    What people customarily use is worth one run: probes can be blind, for example on a plateau.
    """
    first, customary = rungs[0], search.ladder.nearest(search.brief.baseline.peak_lr)
    both = [first, customary]
    far = customary in rungs and abs(customary - first) >= FAR
    return both if far and search.affords_finish(both) else [first]


def _climb(search: Search, start: int) -> Heat:
    """Finish the leader rung by rung for as long as that is better.

    First upwards, or downwards where the probes' best peak lr was falling with the step; with known
    runs as they say.
    """
    known = search.brief.start
    way = (-1 if drift(search) < 0 else 1) if known is None else known.way
    pair = [rung for rung in (start, start + way) if search.open(rung)]
    if not search.affords_finish(pair):
        pair = pair[:1]
    yield from search.finish("full", search.led(pair))
    top = search.top
    if top == start:
        way = -way
    stride = 2 if _steep(search, start, top) else 1
    while top is not None:
        rung = top + way * stride
        if stride > 1 and not (search.open(rung) and _promising(search, rung)):
            stride, rung = 1, top + way
        if not search.open(rung) or not search.affords_finish([rung]):
            return
        yield from search.finish("full", search.led([rung]))
        before, top = top, search.top
        if top != before:
            stride = 2 if _steep(search, before, top) else 1
        elif stride > 1:
            stride = 1
        else:
            return


def _try_neighbours(search: Search) -> Heat:
    """Finish the leader on both sides of its best."""
    while search.top is not None:
        beside = [rung for rung in (search.top + 1, search.top - 1) if search.open(rung)]
        if not beside or not search.affords_finish(beside[:1]):
            return
        yield from search.finish("full", search.led(beside[:1]))


def _try_others(search: Search) -> Heat:
    """Finish the other schedules where they are equivalent to the leader at its best."""
    if search.top is None:
        return
    runs: list[Run] = []
    for plan in search.others:
        run = plan, search.equivalent(plan, search.top)
        paid = search.affords(search.requests("race shape", [*runs, run], search.brief.horizon))
        if paid and run not in search.finished:
            runs.append(run)
    yield from search.finish("race shape", runs)


def _repeat(search: Search) -> Heat:
    """Train the best few with a second seed, if all of them can be paid."""
    best = search.ranked[:FINALISTS]
    runs = [(run.plan, run.rung) for run in best]
    requests = search.requests("full", runs, search.brief.horizon, again=True)
    if len(best) < 2 or not search.affords(requests):
        return
    outcomes = yield from search.train("full", requests)
    for run, request in zip(best, requests, strict=True):
        run.scores.append(search.brief.score(outcomes[request]))


def _steep(search: Search, before: int, after: int | None) -> bool:
    """Whether the leader gained much by its last stride."""
    if after is None or after == before:
        return False
    old, new = (search.finished[search.leader, rung].scores[0] for rung in (before, after))
    return math.isinf(old) or old - new > STEEP * abs(old)


def _promising(search: Search, rung: int) -> bool:
    """Whether an early probe there, if there was one, was not far from the best."""
    score = search.early.get(rung)
    if score is None:
        return True
    best = min(search.early.values())
    return score - best <= (POOR - 1) * abs(best)


def _not_refuted(search: Search, rungs: list[int]) -> list[int]:
    """The probed rungs below every one at which the leader, trained to the end, was lost."""
    runs = [run for run in search.finished.values() if run.plan == search.leader]
    lost = [run.rung for run in runs if math.isinf(run.score)]
    return [rung for rung in rungs if rung < min(lost, default=math.inf)]


def _remarks(search: Search, rungs: list[int]) -> tuple[str, ...]:
    if not rungs:
        return (_all_lost("run of the search", search.outcomes.values()),)
    if search.finished and not search.ranked:
        horizon = search.brief.horizon
        ends = [end for asked, end in search.outcomes.items() if asked.until == horizon]
        return (_all_lost("run that was trained to the end", ends),)
    if not search.finished and is_flat(search.healthy.values()):
        return ("the peak lrs looked alike early in the run (a plateau?): their order is unsure",)
    best = search.ranked[0].rung if search.ranked else rungs[0]
    tried = {*search.probed, *(rung for _, rung in search.finished)}
    if best not in (min(tried), max(tried)):
        return ()
    end = "lowest" if best == min(tried) else "highest"
    return (
        f"the best peak lr, {search.ladder.lr(best):.6g}, is the {end} tried: widen --lr-range or "
        "raise --budget",
    )


def _all_lost(runs: str, outcomes: Iterable[Outcome]) -> str:
    lost = Lost.of(outcomes)
    remedy = "lower --lr-range, or look at the model" if lost.diverged else LOOK
    return f"every {runs} {lost.fate('objective')}: {remedy}"


def _left_out(search: Search) -> tuple[str, ...]:
    """Which schedules of the short list took no part."""
    tried = {search.leader, *(plan for plan, _ in search.finished)}
    rest = [plan.texts()["lr"] for plan in search.schedules if plan not in tried]
    return (f"not tried at this budget: {', '.join(rest)}",) if rest else ()
