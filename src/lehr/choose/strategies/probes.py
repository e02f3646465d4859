"""Probes: the leader's first tenth at peak lrs far apart, and a fifth where that looks good.

They tell which peak lrs are hopeless and roughly where to begin, no more: what is best then is
often an octave or two from what is best in the end, in either direction.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping

from lehr.choose.strategies.base import Outcomes, Round
from lehr.choose.strategies.search import Heat, Search
from lehr.errors import UsageError

EARLY, SOON = 0.10, 0.20
BRACKETS = (7, 5, 3)
"""Peak lrs of the first probes, a factor 4 apart; the most that the budget pays."""
KEEP = 3
"""Peak lrs whose probes go on to a fifth of the run."""
BEYOND = 4
"""How often the ladder grows at its end while the best is there, or downwards while all diverge."""
FLAT = 0.02


def probe(search: Search) -> Generator[Round, Outcomes, list[int]]:
    """Probe peak lrs.

    Returns:
        the healthy rungs, the most promising first; none where the budget pays no probes or all
        of them diverged.

    Raises:
        UsageError: several schedules were named, and the budget cannot try them all.
    """
    until = search.brief.at(EARLY)
    brackets = (search.ladder.coarse(count) for count in BRACKETS)
    rungs = next((some for some in brackets if search.affords_probes(some, until)), None)
    demand(search)
    if rungs is None:
        return []
    yield from search.probe("bracket", rungs, until)
    for _ in range(BEYOND):
        more = _beyond(search)
        if not more or not search.affords_probes(more, until):
            break
        yield from search.probe("bracket", more, until)
    order = _by_promise(search, search.probed)
    kept, rest = order[:KEEP], order[KEEP:]
    full = search.requests("full", search.led(kept[:1]), search.brief.horizon)
    longer = search.requests("race lr", search.led(kept), search.brief.at(SOON))
    named = search.companions(kept[:1]) if search.every else []
    if search.affords([*longer, *full, *named]):
        yield from search.probe("race lr", kept, search.brief.at(SOON))
        return [*_by_promise(search, kept), *rest]
    if not search.affords(full):
        yield from _look_around(search, until)
        return _one_lower(search, _by_promise(search, search.probed))
    return order


def drift(search: Search) -> float:
    """Rungs by which the best peak lr moved between the two probes; 0 where that is not known.

    It usually falls as training goes on, and goes on falling.
    """
    later = {rung: search.probed[rung] for rung in search.longer if rung in search.healthy}
    if len(later) < 2:
        return 0.0
    return _vertex(later) - _vertex(search.early)


def demand(search: Search) -> None:
    """Refuse a budget on which schedules that were named cannot all be tried.

    Raises:
        UsageError: it is too small.
    """
    if not (search.every and search.others):
        return
    few = search.ladder.coarse(BRACKETS[-1])
    probes = search.requests("bracket", search.led(few), search.brief.at(EARLY))
    least = search.brief.cost(
        [
            *(probes if search.brief.start is None else ()),
            *search.requests("full", search.led(few[:1]), search.brief.horizon),
            *search.companions(few[:1]),
        ]
    )
    if least > search.brief.budget + 1e-9:
        raise UsageError(
            f"{len(search.schedules)} schedules cannot be tried on this budget",
            value=f"{search.brief.budget:g} full runs for the search",
            rule=f"trying them costs at least {least:.2g} full runs",
            fix="name fewer schedules, or raise --budget",
        )


def is_flat(scores: Iterable[float]) -> bool:
    """Whether scores of several peak lrs are too alike to rank them: within 2 % of each other.

    >>> is_flat([2.30, 2.31, 2.30]), is_flat([2.30, 1.10, 2.30])
    (True, False)
    """
    known = list(scores)
    if len(known) < 3:  # two alike say nothing of the rest of the ladder
        return False
    return max(known) - min(known) <= FLAT * max(abs(score) for score in known)


def _by_promise(search: Search, rungs: Iterable[int]) -> list[int]:
    healthy = search.healthy
    return sorted(healthy.keys() & set(rungs), key=lambda rung: (healthy[rung], rung))


def _one_lower(search: Search, rungs: list[int]) -> list[int]:
    """Put the rung below the best first: the best peak lr after a tenth is too high in the end."""
    lower = [rungs[0] - 1] if rungs and search.open(rungs[0] - 1) else []
    return [*lower, *(rung for rung in rungs if rung not in lower)]


def _vertex(scores: Mapping[int, float]) -> float:
    """Where the parabola through the best coarse rung and its neighbours has its lowest point."""
    healthy = {rung: score for rung, score in scores.items() if math.isfinite(score)}
    best = min(healthy, key=lambda rung: (healthy[rung], rung))
    heights = [healthy.get(best + away) for away in (-2, 0, 2)]
    if None in heights:
        return float(best)
    below, here, above = (height for height in heights if height is not None)
    if min(below, here, above) > 0:
        below, here, above = math.log(below), math.log(here), math.log(above)
    bend = below - 2 * here + above
    return best + (below - above) / bend if bend > 0 else float(best)


def _beyond(search: Search) -> tuple[int, ...]:
    """The coarse rung beyond the end at which the best one lies; lower ones if all diverged."""
    healthy = search.healthy
    if not healthy:
        return search.ladder.next_rungs(search.probed)
    if is_flat(healthy.values()):
        return ()
    best = min(healthy, key=lambda rung: (healthy[rung], rung))
    wanted = {min(search.probed): best - 2, max(search.probed): best + 2}.get(best)
    return () if wanted is None or not search.ladder.allows(wanted) else (wanted,)


def _look_around(search: Search, until: int) -> Heat:
    """Where no run can be finished: probe beside the best for as long as that can be paid."""
    while not is_flat(search.healthy.values()):
        more = search.ladder.next_rungs(search.probed)
        while more and not search.affords_probes(more, until):
            more = more[:-1]
        if not more:
            return
        yield from search.probe("race lr", more, until)
