"""The lr of the candidates over a run, thinned to what a line needs."""

from __future__ import annotations

from lehr.catalog import names
from lehr.report import numerals
from lehr.report.evidence import Evidence, Trained
from lehr.report.record import Role, ScheduleLine
from lehr.schedule import Plan
from lehr.schedule.outline import thin

POINTS = 240
"""Points a line is thinned to; more cannot be seen."""


def schedules(evidence: Evidence) -> list[ScheduleLine]:
    """The lr over the run of the chosen candidate, the baseline and the runner-up."""
    decision = evidence.decision
    rivals: list[tuple[Role, Trained | None]] = [
        ("runner-up", decision.runner_up),
        ("baseline", decision.baseline),
        ("chosen", decision),
    ]
    return [
        _schedule(role, rival, decision.horizon)
        for role, rival in rivals
        if rival is not None and evidence.role(rival) == role
    ]


def _schedule(role: Role, candidate: Trained, horizon: int) -> ScheduleLine:
    plan = Plan.from_texts(candidate.plan, names())
    values = plan.over(horizon).schedules["lr"].values() * candidate.peak_lr
    label = f"{candidate.plan['lr']} @ {numerals.lr(candidate.peak_lr)}"
    steps = thin(values, even=POINTS).tolist()
    return ScheduleLine(role=role, label=label, steps=steps, lrs=values[steps].tolist())
