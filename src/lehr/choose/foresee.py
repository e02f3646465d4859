"""`--plan`: what a study will cost, before it is paid for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from lehr.choose.candidate import Candidate, Request
from lehr.choose.confirm import confirm
from lehr.choose.decision import Record, Stage
from lehr.choose.executors import slots_of
from lehr.choose.known import KnownRun
from lehr.choose.ledger import Ledger
from lehr.choose.refine import look_at_optimizer, refined
from lehr.choose.session import baseline_of, check_quietly, load_quietly
from lehr.choose.settings import Settings
from lehr.choose.strategies import Brief, Climb, Outcome, Outcomes, Round
from lehr.choose.study import brief_for, cut_runs, drive, runs_in
from lehr.choose.target import aim
from lehr.choose.variants import Refinable
from lehr.training import ProblemSource


class StageCost(Record):
    """One stage: how many runs it trains on, and the distinct steps that adds, in full runs."""

    stage: Stage
    runs: int
    full_runs: float


class CostPlan(Record):
    """The whole study: its stages, and the wall time if nothing diverges."""

    schema_version: int = 1
    problem: str
    horizon: int
    baseline: str
    stages: list[StageCost]
    full_runs: float
    workers: int
    seconds: float
    remarks: tuple[str, ...] = ()


def plan_cost(
    source: ProblemSource,
    *,
    budget: float = 12.0,
    hours: float | None = None,
    lr_range: tuple[float, float] | None = None,
    schedules: Sequence[str] | None = None,
    seed: int = 0,
    refine: Sequence[Refinable] = (),
    target: float | None = None,
    known: Sequence[KnownRun] = (),
    executor: str = "processes",
    workers: int | None = None,
) -> CostPlan:
    """Say what `choose` with the same arguments will train; a few steps are trained to time them.

    How a search goes on depends on what it sees: this is its plan where the customary peak lr
    turns out to be the best, or the one that known runs say. What comes after it is foreseen at its
    longest: every refinement better than what it varies, nothing to tell the confirmed apart by.

    Raises:
        UsageError, ParseError: an argument is not possible.
        ProblemError: the problem cannot be trained.
    """
    settings = Settings(
        budget=budget,
        hours=hours,
        lr_range=lr_range,
        schedules=None if schedules is None else tuple(schedules),
        seed=seed,
        refine=tuple(refine),
        target=target,
        known=tuple(known),
    )
    problem = load_quietly(source)
    settings.accept(problem)
    fingerprint = check_quietly(problem)
    aim(problem, fingerprint, target)  # what it costs does not depend on it
    slots = slots_of(executor, threads=problem.threads, workers=workers)
    total = settings.budget
    if settings.hours is not None:
        total = min(total, runs_in(settings.hours, fingerprint, problem, slots))
    baseline = baseline_of(problem)
    strategy = Climb(settings.plans, all_shapes=settings.schedules is not None)
    ledger = Ledger(cut_runs(problem, strategy, baseline))
    brief, remarks = brief_for(settings, problem, total=total, cost=ledger.cost)
    own = look_at_optimizer(problem, settings.refine)
    customary = baseline.peak_lr if brief.start is None else brief.start.peak_lr
    rehearsed: list[tuple[Round, float]] = []

    def rehearse(round_: Round) -> None:
        new = tuple(asked for asked in round_.requests if ledger.cost([asked]) > 0)
        if new:
            rehearsed.append((dataclasses.replace(round_, requests=new), ledger.cost(new)))
        ledger.pay(round_.requests)

    def at_the_customary_peak(round_: Round) -> Outcomes:
        """Answer as if the peak lr at which it begins were the best for every schedule."""
        rehearse(round_)
        return {asked: _by_distance(asked, customary, brief) for asked in round_.requests}

    def better_and_better(round_: Round) -> Outcomes:
        """Answer as if each request of a round were better than the one before it."""
        rehearse(round_)
        sign = -1 if problem.mode == "min" else 1
        return {
            asked: Outcome(objective=float(sign * place), diverged=False)
            for place, asked in enumerate(round_.requests)
        }

    ranking = drive(strategy.search(brief), at_the_customary_peak)
    drive(refined(ranking, names=settings.refine, own=own, brief=brief), better_and_better)
    stages = [_stage(name, rehearsed) for name in dict.fromkeys(r.name for r, _ in rehearsed)]
    confirming: list[Request] = []

    def undecided(round_: Round) -> Outcomes:
        """Answer as if all candidates were alike, which confirms for as long as can be."""
        ledger.pay(round_.requests)
        confirming.extend(round_.requests)
        alike = Outcome(objective=1.0, diverged=False)
        return dict.fromkeys(round_.requests, alike)

    before = ledger.spent
    front = Candidate(strategy.schedules[0], baseline.peak_lr / 2)
    runner_up = Candidate(strategy.schedules[-1], baseline.peak_lr / 4)
    drive(
        confirm(
            (front, baseline, runner_up),
            first_seed=settings.seed + 1,
            horizon=problem.steps,
            mode=problem.mode,
            budget=total - before,
            cost=ledger.cost,
        ),
        undecided,
    )
    if confirming:
        cost = ledger.spent - before
        stages.append(StageCost(stage="confirm", runs=len(confirming), full_runs=cost))
    return CostPlan(
        problem=problem.name,
        horizon=problem.steps,
        baseline=str(baseline),
        stages=stages,
        full_runs=ledger.spent,
        workers=slots,
        seconds=ledger.steps * fingerprint.seconds_per_step / slots,
        remarks=remarks,
    )


def _by_distance(asked: Request, best_lr: float, brief: Brief) -> Outcome:
    """Worse with each octave from the best peak lr, and better with each step."""
    octaves = math.log2(asked.candidate.peak_lr / best_lr)
    loss = (1 + octaves**2) / asked.until
    return Outcome(objective=loss if brief.mode == "min" else -loss, diverged=False)


def _stage(name: str, rehearsed: Sequence[tuple[Round, float]]) -> StageCost:
    rounds = [(round_, cost) for round_, cost in rehearsed if round_.name == name]
    requests = [asked for round_, _ in rounds for asked in round_.requests]
    full_runs = sum(cost for _, cost in rounds)
    return StageCost(stage=requests[0].stage, runs=len(requests), full_runs=full_runs)
