"""From a ranking and its confirmation to the decision and the words that explain it."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.choose.boundary import FIRST_LOOK
from lehr.choose.candidate import Candidate
from lehr.choose.confirm import PAIRS_AT_MOST, Confirmation
from lehr.choose.decision import Expected, Gain, Verdict
from lehr.choose.lost import LOOK
from lehr.choose.statistics import PAIRS_AT_LEAST
from lehr.choose.strategies.base import Ranking

REACHED_BY_ONE = "{} reaches the target on every fresh seed, {} on none"
"""Advice with the better candidate's name first."""


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """The best known candidate, how it compares, and what would say more."""

    choice: Candidate
    verdict: Verdict
    advice: str
    runner_up: Candidate | None = None
    expected: Expected | None = None
    gain_over_baseline: Gain | None = None
    gain_over_runner_up: Gain | None = None


def conclude(
    ranking: Ranking, baseline: Candidate, confirmation: Confirmation | None
) -> Conclusion:
    """Weigh what was seen.

    The front-runner of the search stays the choice unless fresh seeds show surely that another is
    better: what it is compared on was not used to select it.
    """
    if not ranking.candidates:
        return Conclusion(
            choice=baseline,
            verdict="no_winner",
            advice="; ".join((*ranking.remarks[:1], "your baseline stands, itself untested")),
        )
    front = ranking.candidates[0]
    runner_up = ranking.runner_up(baseline)
    if confirmation is None:
        return Conclusion(
            choice=front,
            runner_up=runner_up,
            verdict="indistinguishable",
            advice=f"not confirmed on fresh seeds at this budget; --budget {_budget(FIRST_LOOK)} "
            "pays for three paired seeds",
        )
    choice = _leader(confirmation, front, baseline)
    verdict, advice = _verdict(choice, front, baseline, confirmation)
    second = runner_up if choice == front else front
    if second is not None and _undecided(choice, second, confirmation):
        advice = f"{advice}; the runner-up cannot be told from the choice at this budget"
    return Conclusion(
        choice=choice,
        runner_up=second,
        expected=confirmation.expected(choice),
        gain_over_baseline=confirmation.gain(choice, baseline),
        gain_over_runner_up=None if second is None else confirmation.gain(choice, second),
        verdict=verdict,
        advice=advice,
    )


def how_many_more(confirmation: Confirmation, ours: Candidate, other: Candidate) -> str:
    """What the pairs of two candidates could have told, and how many would separate them."""
    pairs, needed = _told(confirmation, ours, other)
    return pairs if needed is None else f"{pairs} (--pairs {needed})"


def _leader(confirmation: Confirmation, front: Candidate, baseline: Candidate) -> Candidate:
    """The front-runner, unless a later one is surely better than it and than the baseline."""
    leader = front
    for other in confirmation.field[1:]:
        beaten = {one for one in (leader, baseline) if one != other}
        if all(confirmation.better(other, one) == other for one in beaten):
            leader = other
    return leader


def _verdict(
    choice: Candidate, front: Candidate, baseline: Candidate, confirmation: Confirmation
) -> tuple[Verdict, str]:
    """What fresh seeds say of the choice against the baseline."""
    if front == choice == baseline:
        return "no_winner", "the search found nothing better than the baseline: keep it"
    if choice == baseline:
        return "no_winner", "the baseline is better on fresh seeds: keep it"
    if confirmation.better(choice, baseline) == choice:
        lost = confirmation.lost(baseline, seeds=confirmation.seeds(choice, baseline))
        if lost.count:
            fate = lost.fate("objective")
            return "chosen", f"the baseline {fate} on every fresh seed, unlike the choice"
        if confirmation.gain(choice, baseline) is None:
            return "chosen", REACHED_BY_ONE.format("the choice", "the baseline")
        if choice != front:
            return "chosen", (
                "the runner-up of the search is better than its front-runner and the baseline on "
                "fresh seeds, which chose it and so flatter its gain a little"
            )
        return "chosen", "the gain over the baseline holds on fresh seeds"
    more, needed = _told(confirmation, choice, baseline)
    if needed is not None:
        within = needed <= PAIRS_AT_MOST
        option = f"about --budget {_budget(needed)}" if within else f"compare --pairs {needed}"
        more = f"{more} ({option})"
    return "indistinguishable", f"not distinguishable from the baseline at this budget; {more}"


def _told(confirmation: Confirmation, ours: Candidate, other: Candidate) -> tuple[str, int | None]:
    """In words what the pairs of two candidates can tell; how many would separate them."""
    seeds = confirmation.seeds(ours, other)
    both = {one: confirmation.lost(one, seeds=seeds) for one in (ours, other)}
    if lost := {one: what for one, what in both.items() if what.count}:
        told = ", ".join(f"{one} {what.words('objective')}" for one, what in lost.items())
        diverged = any(what.diverged for what in lost.values())
        remedy = "where it diverged, half that peak lr is safer" if diverged else LOOK
        return f"of {len(seeds)} fresh seeds, {told}: {remedy}", None
    pairs, planned = confirmation.pairs(ours, other), confirmation.planned[frozenset({ours, other})]
    smallest, needed = pairs.tellable(planned), pairs.pairs_needed()
    if smallest is None:
        if len(pairs.differences) < PAIRS_AT_LEAST:
            return "too few paired seeds", None
        if not pairs.differences.any():
            return "their objectives are the same on every seed", None
        return (
            "they differ by the same amount on every seed, which says nothing of how much other "
            "seeds would differ"
        ), None
    size = f"{smallest:.2g}" if not pairs.relative else f"{100 * smallest:.2g}%"
    told = f"{planned} paired seeds tell a difference of {size} four times in five"
    if needed is None:
        return f"{told}, and no sensible number would tell the one seen", None
    return f"{told}, and about {needed} would tell the one seen", needed


def _budget(pairs: int) -> int:
    """About which budget pays for so many pairs: two full runs each, from half of it."""
    return 4 * pairs


def _undecided(choice: Candidate, other: Candidate, confirmation: Confirmation) -> bool:
    compared = frozenset({choice, other}) in confirmation.planned
    return compared and confirmation.better(choice, other) is None
