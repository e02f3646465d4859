"""From a ranking and its confirmation to the decision and the words that explain it."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.choose.candidate import Candidate
from lehr.choose.confirm import Confirmation
from lehr.choose.decision import Expected, Gain, Verdict
from lehr.choose.strategies.base import Ranking


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
            advice="every run of the search diverged, so your baseline stands, itself untested: "
            "try a lower --lr-range, or look for what makes training unstable",
        )
    front = ranking.candidates[0]
    runner_up = next((other for other in ranking.candidates[1:] if other != baseline), None)
    if confirmation is None:
        return Conclusion(
            choice=front,
            runner_up=runner_up,
            verdict="indistinguishable",
            advice="not confirmed on fresh seeds at this budget; --budget 12 pays for three "
            "paired seeds",
        )
    if (
        runner_up in confirmation.field
        and runner_up is not None
        and confirmation.better(front, runner_up) == runner_up
    ):
        front, runner_up = runner_up, front
    verdict, advice = _verdict(front, baseline, confirmation)
    choice = front
    if verdict == "no_winner" and front != baseline:
        choice, runner_up = baseline, front
    if runner_up is not None and _undecided(choice, runner_up, confirmation):
        advice = f"{advice}; the runner-up cannot be told from the choice at this budget"
    return Conclusion(
        choice=choice,
        runner_up=runner_up,
        expected=confirmation.expected(choice),
        gain_over_baseline=confirmation.gain(choice, baseline),
        gain_over_runner_up=None if runner_up is None else confirmation.gain(choice, runner_up),
        verdict=verdict,
        advice=advice,
    )


def how_many_more(confirmation: Confirmation, ours: Candidate, other: Candidate) -> str:
    """What would separate two candidates that are not distinguishable."""
    lost = {one: confirmation.diverged(one) for one in (ours, other)}
    seeds = len(confirmation.objectives)
    if any(lost.values()):
        told = ", ".join(f"{one} on {count}" for one, count in lost.items() if count)
        return f"of {seeds} fresh seeds diverged {told}: half that peak lr is safer"
    needed = confirmation.pairs(ours, other).pairs_needed()
    if needed is None:
        return "no sensible number of seeds would separate them"
    return f"about {needed} paired seeds would separate them"


def _verdict(
    front: Candidate, baseline: Candidate, confirmation: Confirmation
) -> tuple[Verdict, str]:
    """What fresh seeds say of the front-runner against the baseline."""
    if front == baseline:
        return "no_winner", "the search found nothing better than the baseline: keep it"
    better = confirmation.better(front, baseline)
    if better == front:
        if confirmation.diverged(baseline):
            return "chosen", "the baseline diverged on every fresh seed, the choice on none"
        return "chosen", "the gain over the baseline holds on fresh seeds"
    if better == baseline:
        return "no_winner", "the baseline is better on fresh seeds: keep it"
    more = how_many_more(confirmation, front, baseline)
    return "indistinguishable", f"not distinguishable from the baseline at this budget; {more}"


def _undecided(choice: Candidate, other: Candidate, confirmation: Confirmation) -> bool:
    return other in confirmation.field and confirmation.better(choice, other) is None
