"""The report's tables: what each schedule reached, every run, and what it all cost."""

from __future__ import annotations

import math

from lehr.choose.decision import Curve, Interval
from lehr.choose.outcome import Outcome
from lehr.choose.statistics import expected
from lehr.choose.target import score as score_of
from lehr.choose.target import within
from lehr.report.evidence import Evidence, plan_text
from lehr.report.record import CostSummary, RunRow, ShapeRow


def shapes(evidence: Evidence) -> list[ShapeRow]:
    """One row a schedule, at the peak lr where it did best; those trained farthest come first."""
    rows = [_shape(evidence, text) for text in evidence.places]
    found = [row for row in rows if row is not None]
    sign = 1 if evidence.decision.mode == "min" else -1

    def order(row: ShapeRow) -> tuple[bool, int, float]:
        score = math.inf if row.objective is None else sign * row.objective.mean
        return row.role != "chosen", -row.steps, score

    return sorted(found, key=order)


def _shape(evidence: Evidence, text: str) -> ShapeRow | None:
    runs = [curve for curve in evidence.curves if plan_text(curve.plan) == text]
    if not runs:
        return None
    best = _best(evidence, runs)
    group = [run for run in runs if run.peak_lr == best.peak_lr]
    fresh = any(run.stage == "confirm" and not run.diverged for run in group)
    objective, seeds, missed = _objective(evidence, best)
    if evidence.decision.target is None and objective is not None:
        fresh = bool(evidence.fresh(best))  # a search's run, where no fresh one has a finite end
    steps = best.metric_steps[-1] if best.metric_steps else 0
    return ShapeRow(
        schedule=text,
        place=evidence.places[text],
        role=evidence.role(best),
        peak_lr=best.peak_lr,
        steps=steps,
        complete=steps >= evidence.decision.horizon,
        objective=objective,
        seeds=seeds,
        fresh=fresh,
        tried=len({run.peak_lr for run in runs}),
        missed=missed,
        unmeasured=True if objective is None and not missed and not best.diverged else None,
    )


def _best(evidence: Evidence, runs: list[Curve]) -> Curve:
    """The run to judge a schedule by: the choice, else of those trained farthest the best."""
    sign = 1 if evidence.decision.metric_mode == "min" else -1
    target, horizon = evidence.decision.target, evidence.decision.horizon

    def order(run: Curve) -> tuple[bool, bool, int, float]:
        last = _last(evidence, run)
        score = math.inf if last is None else sign * last
        if target is not None:
            reached = evidence.steps(run)
            outcome = Outcome(objective=last, diverged=run.diverged, steps_to_target=reached)
            score = score_of(outcome, target, horizon)
        steps = run.metric_steps[-1] if run.metric_steps else 0
        return evidence.role(run) != "chosen", run.diverged, -steps, score

    return min(runs, key=order)


def _objective(evidence: Evidence, best: Curve) -> tuple[Interval | None, int, int | None]:
    """The objective with its interval, from how many seeds, and how many missed the target."""
    if evidence.decision.target is not None:
        return _steps(evidence, best)
    if ends := evidence.fresh(best):
        known = expected(ends, evidence.decision.mode)
        return Interval(mean=known.mean, low=known.low, high=known.high), known.seeds, None
    last = None if best.diverged else _last(evidence, best)
    return None if last is None else Interval(mean=last, low=last, high=last), 1, None


def _steps(evidence: Evidence, best: Curve) -> tuple[Interval | None, int, int]:
    """Steps to the target, restricted to the horizon; None where no run reached it."""
    runs = evidence.finished(best) or ([] if best.diverged else [best])
    reached = [evidence.steps(run) for run in runs]
    missed = sum(steps is None for steps in reached)
    if missed == len(reached):
        return None, len(runs), missed
    horizon = evidence.decision.horizon
    steps = [float(horizon) if steps is None else steps for steps in reached]
    known = within(expected(steps, "min"), horizon)
    return Interval(mean=known.mean, low=known.low, high=known.high), known.seeds, missed


def _last(evidence: Evidence, run: Curve) -> float | None:
    values = run.metrics.get(evidence.decision.metric, [])
    return values[-1] if values else None


def runs(evidence: Evidence) -> list[RunRow]:
    """Every run: how far it was trained, and what it reached."""
    return [
        RunRow(
            role=evidence.role(run),
            schedule=plan_text(run.plan),
            peak_lr=run.peak_lr,
            seed=run.seed,
            stage=run.stage,
            steps=run.steps,
            objective=run.objective,
            diverged=run.diverged,
            missed=None
            if evidence.decision.target is None
            else run.objective is None and not run.diverged,
        )
        for run in evidence.decision.runs
    ]


def cost(evidence: Evidence) -> CostSummary:
    """What was trained, and what sharing saved."""
    spent, sharing = evidence.decision.cost_full_runs, evidence.study.sharing
    saved = max(sharing.steps_of_runs - sharing.steps_trained, 0)
    return CostSummary(
        search=spent.search,
        refine=spent.refine,
        confirm=spent.confirm,
        total=spent.total,
        sharing=sharing,
        saved_steps=saved,
        saved=saved / sharing.steps_of_runs if sharing.steps_of_runs else 0.0,
    )
