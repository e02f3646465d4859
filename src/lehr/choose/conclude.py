"""From a ranking and its confirmation to the decision and the words that explain it."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.choose.candidate import Candidate
from lehr.choose.confirm import Confirmation, is_decided
from lehr.choose.decision import Expected, Gain, Verdict
from lehr.choose.statistics import pairs_needed
from lehr.choose.strategies.base import Ranking


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """The best known candidate, how it compares, and what would say more."""

    choice: Candidate
    runner_up: Candidate | None
    expected: Expected | None
    gain_over_baseline: Gain | None
    gain_over_runner_up: Gain | None
    verdict: Verdict
    advice: str


def conclude(
    ranking: Ranking, baseline: Candidate, confirmation: Confirmation | None
) -> Conclusion:
    """Weigh what was seen.

    The front-runner of the search stays the choice unless fresh seeds show that the baseline is
    better: what it is compared on was not used to select it.
    """
    if not ranking.candidates:
        return Conclusion(
            choice=baseline,
            runner_up=None,
            expected=None,
            gain_over_baseline=None,
            gain_over_runner_up=None,
            verdict="no_winner",
            advice="every run diverged: lower --lr-range, or look for what makes training unstable",
        )
    front = ranking.candidates[0]
    runner_up = next((other for other in ranking.candidates[1:] if other != baseline), None)
    if confirmation is None:
        return Conclusion(
            choice=front,
            runner_up=runner_up,
            expected=None,
            gain_over_baseline=None,
            gain_over_runner_up=None,
            verdict="indistinguishable",
            advice="not confirmed on fresh seeds at this budget; --budget 12 compares the choice "
            "with the baseline",
        )
    table = confirmation.layout
    over_baseline = confirmation.gain(front, baseline)
    over_runner_up = None if runner_up is None else confirmation.gain(front, runner_up)
    verdict, advice = _verdict(front, baseline, confirmation, over_baseline)
    if verdict == "no_winner" and front != baseline:
        return Conclusion(
            choice=baseline,
            runner_up=front,
            expected=None if table is None else table.expected(confirmation.field.index(baseline)),
            gain_over_baseline=None,
            gain_over_runner_up=confirmation.gain(baseline, front),
            verdict=verdict,
            advice=advice,
        )
    if over_runner_up is not None and not is_decided(over_runner_up):
        advice = f"{advice}; the runner-up cannot be told from the choice at this budget"
    return Conclusion(
        choice=front,
        runner_up=runner_up,
        expected=None if table is None else table.expected(0),
        gain_over_baseline=over_baseline,
        gain_over_runner_up=over_runner_up,
        verdict=verdict,
        advice=advice,
    )


def _verdict(
    front: Candidate, baseline: Candidate, confirmation: Confirmation, gain: Gain | None
) -> tuple[Verdict, str]:
    """What fresh seeds say of the front-runner against the baseline."""
    seeds = len(confirmation.objectives)
    if front == baseline:
        return "no_winner", "the search found nothing better than the baseline: keep it"
    lost = confirmation.diverged(front)
    if baseline in confirmation.field and confirmation.diverged(baseline) > lost == 0:
        fell = confirmation.diverged(baseline)
        return (
            "chosen",
            f"the baseline diverged on {fell} of {seeds} fresh seeds, the choice on none",
        )
    if lost:
        return "indistinguishable", (
            f"the choice diverged on {lost} of {seeds} fresh seeds: half its peak lr is safer"
        )
    if gain is None:
        return "indistinguishable", "too few fresh seeds to compare with the baseline"
    if gain.low > 0:
        return "chosen", "the gain over the baseline holds on fresh seeds"
    if gain.high < 0:
        return "no_winner", "the baseline is better on fresh seeds: keep it"
    needed = pairs_needed(gain)
    more = "no sensible number of seeds" if needed is None else f"about {needed} paired seeds"
    return "indistinguishable", (
        f"not distinguishable from the baseline at this budget; {more} would separate them"
    )
