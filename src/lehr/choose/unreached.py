"""What to conclude where the target is missed: by some runs, or by all of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from lehr.choose.candidate import Request
from lehr.choose.conclude import Conclusion
from lehr.choose.confirm import Confirmation
from lehr.choose.decision import Mode, Target
from lehr.choose.outcome import Outcome

Evaluations = Sequence[tuple[int, Mapping[str, float]]]


def without_reach(
    conclusion: Conclusion,
    *,
    asked: Mapping[Request, Outcome],
    metrics: Callable[[Request], Evaluations],
    confirmation: Confirmation | None,
    target: Target,
    horizon: int,
) -> Conclusion:
    """Turn a conclusion into `no_winner` where no run that counts reached the target.

    Those on fresh seeds count; where there are none, all that were trained to the end. The choice
    stays: it came nearest.

    Args:
        conclusion: from what was compared.
        asked: every request of the study, and what it gave.
        metrics: evaluations of a request's run.
        confirmation: what fresh seeds said, if they were asked.
        target: what was to be reached.
        horizon: optimizer steps of a full run.
    """
    full = {asked_for: o for asked_for, o in asked.items() if asked_for.until == horizon}
    healthy = {one: outcome for one, outcome in full.items() if not outcome.diverged}
    fresh = {one: outcome for one, outcome in healthy.items() if one.stage == "confirm"}
    counted = fresh or healthy
    if not counted or any(o.steps_to_target is not None for o in counted.values()):
        return conclusion
    somewhere = any(o.steps_to_target is not None for o in healthy.values())
    where = "on a fresh seed, only on the search's" if somewhere else f"within {horizon:,} steps"
    return dataclasses.replace(
        conclusion,
        verdict="no_winner",
        advice=f"no run reached {target.words} {where}{_nearest(map(metrics, counted), target)}",
        gain_over_baseline=None,
        gain_over_runner_up=None,
        expected=conclusion.expected if confirmation is not None else None,
    )


def misses(confirmation: Confirmation | None, target: Target | None) -> list[str]:
    """Which candidates missed the target on some fresh seeds, in words."""
    if confirmation is None or confirmation.missed is None or target is None:
        return []
    if confirmation.out_of_reach(*confirmation.field):  # which is the conclusion itself
        return []
    return [
        f"on {len(seeds)} of {len(confirmation.seeds(candidate))} fresh seeds {target.words} was "
        f"not reached by {candidate}, which counts as reaching it at the last step"
        for candidate, seeds in confirmation.missed.items()
        if seeds
    ]


def easier(value: float, mode: Mode) -> float:
    """A round number that a run which came to `value` reaches.

    >>> easier(0.02314, "min"), easier(0.9678, "max"), easier(-1.5, "min")
    (0.024, 0.96, -1.5)
    """
    if value == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    rounded = math.ceil(value / unit) if mode == "min" else math.floor(value / unit)
    return float(f"{rounded * unit:.6g}")


def _nearest(curves: Iterable[Evaluations], target: Target) -> str:
    seen = [metrics[target.metric] for evaluations in curves for _, metrics in evaluations]
    finite = [value for value in seen if math.isfinite(value)]
    if not finite:
        return ""
    best = min(finite) if target.mode == "min" else max(finite)
    return (
        f"; the nearest came to {best:.4g}: ask for less (--target {easier(best, target.mode):g}, "
        "which trains nothing twice), or train for more steps"
    )
