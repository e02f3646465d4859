"""What a search finishes after its climb: whatever is expected to improve most for its cost."""

from __future__ import annotations

import math

from lehr.choose.strategies.belief import improvement
from lehr.choose.strategies.search import Heat, Run, Search

WORTH = 0.01
"""Expected improvement below which another seed of the best few tells more than another run."""
NEAR = 2
"""Rungs around the best run, at equal mean lrs, within which another one is looked for."""
FINALISTS = 3
"""Runs that are repeated with further seeds."""
REPEATS = 3
"""Further seeds at most; to tell more is what the confirmation is for."""


def explore(search: Search) -> Heat:
    """Finish run after run, any schedule at any rung, while one is worth it and can be paid."""
    while run := _next(search):
        yield from search.finish("race shape", [run])


def repeat(search: Search) -> Heat:
    """Train the best few with further seeds for as long as two of them can be paid."""
    for _ in range(REPEATS):
        best = search.ranked[:FINALISTS]
        requests = [search.again(run) for run in best]
        while len(requests) > 1 and not search.affords(requests):
            requests.pop()
        if len(requests) < 2:
            return
        outcomes = yield from search.train("full", requests)
        for run, request in zip(best, requests, strict=False):
            run.scores.append(search.brief.score(outcomes[request]))


def _next(search: Search) -> Run | None:
    """The unfinished run whose expected improvement is largest for its cost; None if none is."""
    ranked = search.ranked
    if not ranked:
        return None
    best = ranked[0].plan, ranked[0].rung
    runs = [best, *_open(search, best)]
    means, spreads = (values.tolist() for values in search.belief(runs))
    choice, most = None, 0.0
    for run, mean, spread in zip(runs[1:], means[1:], spreads[1:], strict=True):
        gain = improvement(mean, spread, means[0])
        if gain < WORTH:
            continue
        requests = search.requests("race shape", [run], search.brief.horizon)
        worth = gain / search.price(requests)
        if worth > most and search.affords(requests):
            choice, most = run, worth
    return choice


def _open(search: Search, best: Run) -> list[Run]:
    """Every run near the best that may be finished and is not."""
    around = range(search.stands(best) - NEAR, search.stands(best) + NEAR + 1)
    runs = [(plan, rung + search.lean(plan)) for plan in search.schedules for rung in around]
    return [
        (plan, rung)
        for plan, rung in runs
        if search.ladder.allows(rung)
        and (plan, rung) not in search.finished
        and math.isfinite(search.probed.get(rung, 0.0))
    ]
