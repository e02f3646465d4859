"""The lr of the candidates over a run, thinned to what a line needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lehr.catalog import names
from lehr.report import numerals
from lehr.report.evidence import Evidence, Trained
from lehr.report.record import Role, ScheduleLine
from lehr.schedule import Plan

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
    return schedule_line(role, label, values)


def schedule_line(role: Role, label: str, values: NDArray[np.float64]) -> ScheduleLine:
    """Thin the values of all steps to what a line needs, bends included."""
    steps = _corners(values)
    lrs = [float(values[step]) for step in steps]
    return ScheduleLine(role=role, label=label, steps=steps, lrs=lrs)


def _corners(values: NDArray[np.float64]) -> list[int]:
    """Steps that draw a line: evenly spread ones, and both sides of every bend."""
    even = np.linspace(0, len(values) - 1, min(POINTS, len(values))).round().astype(int)
    bends = np.abs(np.diff(values, n=2)) if len(values) > 2 else np.zeros(0)
    sharp = np.flatnonzero(bends > 1e-3 * np.ptp(values)) + 1
    near = [place for bend in sharp[:POINTS] for place in (bend - 1, bend, bend + 1)]
    return sorted({*even.tolist(), *(int(place) for place in near)})
