"""Refinement: the front-runner varied one hyper-parameter at a time, before it is confirmed.

It comes after the search and spends a budget of its own, on top of what the search and the
confirmation have by default: every variant is at most one full run. What it does not need goes to
the confirmation.

The best of several variants on one seed is often best by luck: seeds differ by more than most
variants do. So it takes the front-runner's place only where it is better on the mean over three
seeds as well. On one seed alone refining gained nothing on the mean of many tasks and did much harm
on some (`evidence/refine`).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import get_args

from lehr.choose.candidate import Candidate, Request
from lehr.choose.strategies.base import Brief, Outcomes, Ranking, Round
from lehr.choose.strategies.search import REPEATED
from lehr.choose.variants import Refinable, fits, variants
from lehr.errors import UsageError
from lehr.training import OwnValues, Problem, own_values

ORDER: tuple[Refinable, ...] = get_args(Refinable)
"""What is varied first changes the candidate that the next one starts from."""

MOST = {"warmup": 2, "floor": 1, "weight_decay": 2, "momentum": 2}
"""Variants of each at the most."""

FURTHER = 2
"""Seeds besides the search's on which the best variant of each meets the front-runner."""


def in_order(names: Sequence[str]) -> tuple[Refinable, ...]:
    """Each name once, in the order in which they are varied.

    Raises:
        UsageError: a name that is not one of them.

    >>> in_order(["floor", "warmup", "floor"])
    ('warmup', 'floor')
    """
    if unknown := [name for name in names if name not in ORDER]:
        raise UsageError(
            "what is to be refined is not known",
            value=f"refine = {', '.join(unknown)}",
            rule=f"any of {', '.join(ORDER)}",
            fix=f"--refine {ORDER[0]}",
        )
    return tuple(name for name in ORDER if name in names)


def set_aside(names: Sequence[Refinable], *, budget: float, besides: float) -> float:
    """What a refinement may cost, in full runs.

    All variants on the search's seed; on the further ones the best of each, and what is varied
    first. What is accepted has been trained there when the next is varied.

    Args:
        names: what is varied.
        budget: of the whole study, in full runs.
        besides: full runs that the search and the confirmation want.

    Raises:
        UsageError: the budget does not pay for all three.

    >>> set_aside(("warmup", "floor"), budget=21, besides=12)
    9
    """
    if not names:
        return 0
    wanted = sum(MOST[name] for name in names) + FURTHER * (len(names) + 1)
    if budget - wanted < besides:
        raise UsageError(
            "the refinement does not fit into the budget",
            value=f"a budget of {budget:g} full runs",
            rule=f"refining {', '.join(names)} may cost {wanted} full runs, and the search before "
            f"it and the confirmation after it want {besides:g}",
            fix=f"--budget {besides + wanted:g}, or refine less",
        )
    return wanted


def look_at_optimizer(problem: Problem, names: Sequence[Refinable]) -> OwnValues | None:
    """Read the optimizer's own values, if they are to be varied.

    Raises:
        UsageError: the optimizer has no such hyper-parameter, or cannot be seen.
        ProblemError: model or optimizer cannot be built.
    """
    wanted = [name for name in names if name in ("weight_decay", "momentum")]
    if not wanted:
        return None
    own = own_values(problem)
    if own is None:
        raise UsageError(
            f"{wanted[0]} cannot be varied for this problem",
            value=f"a {type(problem).__name__}",
            rule="lehr builds the optimizer to read its own value, which needs a TorchProblem",
            fix="--refine warmup floor",
        )
    held = {"weight_decay": own.weight_decay, "momentum": own.momentum}
    for name in wanted:
        if not any(held[name]):
            raise UsageError(
                f"the optimizer has no {name} to vary",
                value=f"{name} = {', '.join(map(str, held[name])) or 'not among its numbers'}",
                rule="refining multiplies the optimizer's own value, which is above 0",
                fix=f"give the optimizer a {name}, or leave it out of --refine",
            )
    if "momentum" in wanted and len(own.momentum) > 1:
        raise UsageError(
            "the optimizer has several momenta",
            value=", ".join(map(str, own.momentum)),
            rule="one momentum is varied for all param groups",
            fix="leave momentum out of --refine",
        )
    return own


def refined(
    ranking: Ranking, *, names: Sequence[Refinable], own: OwnValues | None, brief: Brief
) -> Generator[Round, Outcomes, Ranking]:
    """Vary the front-runner; what is better, on further seeds as well, takes its place.

    Each accepted change is the start of the next. The order of the hyper-parameters is fixed, and
    the two variants of one are trained side by side.

    Args:
        ranking: the search's.
        names: what is varied, in order.
        own: the optimizer's own values, where they are needed.
        brief: the search's; its budget does not count here.

    Returns:
        the ranking with the refined front-runner first, and the old one next.
    """
    if not (names and ranking.candidates):
        return ranking
    front = ranking.candidates[0]
    if brief.cost([_full(front, brief)]) > 0:
        remark = "not refined: no run of the front-runner was trained to the end"
        return Ranking(candidates=ranking.candidates, remarks=(*ranking.remarks, remark))
    remarks = list(ranking.remarks)
    for name in names:
        offered = variants(name, front, own)
        tried = [other for other in offered if _possible(other, brief)]
        if len(tried) < MOST[name]:
            remarks.append(_left_out(name, front, tried))
        if not tried:
            continue
        front = yield from _better(front, tried, brief)
    return Ranking(
        candidates=tuple(dict.fromkeys((front, *ranking.candidates))), remarks=tuple(remarks)
    )


def _better(
    front: Candidate, tried: Sequence[Candidate], brief: Brief
) -> Generator[Round, Outcomes, Candidate]:
    """The best variant if it is better on the mean over all seeds so far, up to the last one."""
    best, runners = front, [front, *tried]
    sums = dict.fromkeys(runners, 0.0)
    for later in (0, *range(REPEATED, REPEATED + FURTHER)):
        requests = {runner: _full(runner, brief, later) for runner in runners}
        outcomes = yield Round(
            name="refine", requests=tuple(requests.values()), alive=_alive(runners, brief)
        )
        for runner, asked in requests.items():
            sums[runner] += brief.score(outcomes[asked])
        best = min(runners, key=lambda runner: sums[runner])  # a tie keeps the front-runner
        if best == front:
            break
        runners = [front, best]
    return best


def _full(candidate: Candidate, brief: Brief, later: int = 0) -> Request:
    seed = brief.seed + later
    return Request(candidate=candidate, seed=seed, until=brief.horizon, stage="refine")


def _alive(runners: Sequence[Candidate], brief: Brief) -> frozenset[tuple[Candidate, int]]:
    """The runs that a variant may be forked from, now or when the next is varied."""
    seeds = (brief.seed, *range(brief.seed + REPEATED, brief.seed + REPEATED + FURTHER))
    return frozenset((runner, seed) for runner in runners for seed in seeds)


def _possible(candidate: Candidate, brief: Brief) -> bool:
    """Whether a variant fits into the run, and its peak lr into the range the user gave."""
    low, high = brief.lr_range or (0.0, float("inf"))
    return low <= candidate.peak_lr <= high and fits(candidate, brief.horizon)


def _left_out(name: Refinable, front: Candidate, tried: Sequence[Candidate]) -> str:
    how = "in one direction only" if tried else "not at all"
    return f"{name.replace('_', ' ')} was refined {how}: {front} allows no more"
