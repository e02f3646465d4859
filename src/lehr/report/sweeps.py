"""The objective against the peak lr: early in the run, and at its end."""

from __future__ import annotations

import numpy as np

from lehr.choose.decision import Interval
from lehr.report import numerals
from lehr.report.curves import SPREAD
from lehr.report.evidence import Evidence, plan_text
from lehr.report.record import Sweep, SweepLine, SweepPoint

DECADES = 100.0
"""Objectives above so many times the best are drawn on the picture's edge."""


def sweeps(evidence: Evidence) -> list[Sweep]:
    """The objective against the peak lr: early in the run, and at its end."""
    decision = evidence.decision
    horizon = decision.horizon
    early = [curve for curve in evidence.curves if curve.stage == "bracket" and not curve.diverged]
    steps = [min(curve.metric_steps[-1:] or [horizon]) for curve in early]
    first = min(steps, default=max(1, round(horizon / 10)))
    whole = {first: f"after {numerals.percent(first / horizon)} of the run", horizon: "at the end"}
    drawn = [_sweep(evidence, step, title) for step, title in whole.items()]
    return [sweep for sweep in drawn if sweep is not None]


def _sweep(evidence: Evidence, step: int, title: str) -> Sweep | None:
    lines = _sweep_lines(evidence, step)
    points = [point.objective for line in lines for point in line.points]
    means = [objective.mean for objective in points if objective is not None]
    if not means:
        return None
    decision = evidence.decision
    best, worst = min(means), max(means)
    steep = decision.metric_mode == "min" and best > 0 and worst > DECADES * best
    return Sweep(
        title=title,
        step=step,
        objective=decision.metric,
        log=best > 0 and worst > SPREAD * best,
        ceiling=DECADES * best if steep else None,
        lines=lines,
    )


def _sweep_lines(evidence: Evidence, step: int) -> list[SweepLine]:
    found = {text: _points(evidence, text, step) for text in evidence.places}
    return [
        SweepLine(schedule=text, place=evidence.places[text], points=points)
        for text, points in found.items()
        if points
    ]


def _points(evidence: Evidence, schedule: str, step: int) -> list[SweepPoint]:
    """Runs of one schedule by peak lr; those of the search's seed alone where there are some."""
    runs = [curve for curve in evidence.curves if plan_text(curve.plan) == schedule]
    there = [curve for curve in runs if curve.diverged or evidence.value(curve, step) is not None]
    points: list[SweepPoint] = []
    for peak_lr in sorted({curve.peak_lr for curve in there}):
        all_seeds = [curve for curve in there if curve.peak_lr == peak_lr]
        searched = [curve for curve in all_seeds if curve.stage != "confirm"]
        group = searched or all_seeds
        values = [evidence.value(curve, step) for curve in group]
        healthy = [value for value in values if value is not None]
        points.append(
            SweepPoint(
                role=evidence.role(group[0]),
                peak_lr=peak_lr,
                objective=_range(healthy),
                seeds=len(group),
                diverged=len(group) - len(healthy),
                fresh=not searched,
            )
        )
    return points


def _range(values: list[float]) -> Interval | None:
    if not values:
        return None
    return Interval(mean=float(np.mean(values)), low=min(values), high=max(values))
