"""What a finished study leaves behind: its record, its decision and the choice's weights."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lehr.choose.candidate import Candidate, Request
from lehr.choose.conclude import Conclusion
from lehr.choose.confirm import Confirmation
from lehr.choose.decision import Cost, Curve, Decision, RunRecord, Sharing, StudyRecord, Target
from lehr.choose.regret import expected_regret
from lehr.choose.replaced import DECISION, PAGE, put_aside
from lehr.choose.session import Session, versions
from lehr.choose.settings import Settings
from lehr.choose.store import Store
from lehr.choose.strategies import Outcome
from lehr.choose.trainer import Trainer
from lehr.choose.unreached import misses
from lehr.errors import StudyError
from lehr.files import write_atomically

DOCUMENT = "record"
POINTS = 400
"""A curve of the report has at most so many points."""


def record(
    session: Session,
    trainer: Trainer,
    *,
    conclusion: Conclusion,
    confirmation: Confirmation | None,
    remarks: tuple[str, ...],
    cost: Cost,
    settings: Settings,
    named: Sequence[str],
    executor: str,
) -> StudyRecord:
    """Put a study into one record; its weights are not kept yet (`with_weights`)."""
    runs = dict(deepest(trainer.asked))
    problem = session.problem
    choice, target = conclusion.choice, session.target
    texts = choice.plan.texts()
    values = [outcome.objective for outcome in runs.values() if outcome.objective is not None]
    measured = (  # the table of regrets was made of such studies only
        (problem.mode, target, settings.schedules, settings.lr_range) == ("min", None, None, None)
        and (values or not runs)
        and all(value > 0 for value in values)
    )
    against = None if target is None or confirmation is None else confirmation
    decision = Decision(
        schema_version=1 if target is None else 2,
        problem=problem.name,
        plan=texts,
        schedule=texts["lr"],
        peak_lr=choice.peak_lr,
        horizon=problem.steps,
        objective=problem.objective if target is None else target.objective,
        mode=problem.mode if target is None else "min",
        target=target,
        expected=conclusion.expected,
        expected_of_baseline=None if against is None else against.expected(session.baseline),
        baseline=session.baseline.record,
        runner_up=None if conclusion.runner_up is None else conclusion.runner_up.record,
        gain_over_baseline=conclusion.gain_over_baseline,
        gain_over_runner_up=conclusion.gain_over_runner_up,
        verdict=conclusion.verdict,
        advice=conclusion.advice,
        expected_regret=expected_regret(cost.search) if measured else None,
        cost_full_runs=cost,
        runs=[_run(request, outcome, target) for request, outcome in runs.items()],
        weights=None,
        seed=settings.seed,
        threads=problem.threads,
        versions=versions(),
    )
    return StudyRecord(
        decision=decision,
        curves=[curve_of(trainer, request, outcome) for request, outcome in runs.items()],
        sharing=Sharing(
            runs=len(runs),
            segments=trainer.ledger.segments,
            steps_trained=trainer.ledger.steps,
            steps_of_runs=sum(request.until for request in runs),
        ),
        warnings=[*remarks, *_lost(confirmation, problem.objective), *misses(confirmation, target)],
        command=settings.command(named, executor=executor),
    )


def with_weights(
    session: Session, trainer: Trainer, study: StudyRecord, *, choice: Candidate
) -> StudyRecord:
    """Keep the weights of the choice, and say in the record where they lie.

    They may have to be made again, so a study is kept once before: what goes wrong here costs the
    weights, not the decision.
    """
    weights = _keep_weights(session, trainer, choice, dict(deepest(trainer.asked)))
    told = study.decision.model_copy(update={"weights": weights})
    return study.model_copy(update={"decision": told})


def keep(session: Session, study: StudyRecord) -> None:
    """Write the record into the store and `decision.json` beside it.

    An earlier decision that differs, say on another budget, is put aside, and whoever watches is
    told.
    """
    earlier = put_aside(session.directory, study.decision)
    session.store.put_document(DOCUMENT, study.model_dump_json())
    text = study.decision.model_dump_json(indent=2)
    write_atomically(session.directory / DECISION, text + "\n")
    if earlier is not None:
        if (page := session.directory / PAGE).exists():
            page.replace(earlier.page)
        session.progress.note(earlier.told)


def read_study(directory: Path) -> StudyRecord:
    """Read a finished study's record, without disturbing a driver that may be at work.

    Raises:
        StudyError: there is no study, or it has not come to a decision.
    """
    with Store.read(directory) as store:
        text = store.document(DOCUMENT)
    if text is None:
        raise StudyError(
            f"the study in {directory} has not come to a decision",
            value="no record in its store",
            rule="a report needs a finished study",
            fix="run the same `lehr choose` again; it goes on where it stopped",
        )
    return StudyRecord.model_validate_json(text)


def measured_pace(directory: Path) -> float | None:
    """Seconds that a step of a study took; never part of its decision, nor of its record."""
    with Store.read(directory) as store:
        return store.seconds_per_step()


def deepest(asked: dict[Request, Outcome]) -> Iterator[tuple[Request, Outcome]]:
    """Each run once, as far as it was asked for, in the order in which runs were first asked for.

    A prefix that a longer request of the same candidate and seed contains is not a run of its own.
    """
    furthest: dict[tuple[Candidate, int], Request] = {}
    for request in asked:
        run = (request.candidate, request.seed)
        if run not in furthest or request.until > furthest[run].until:
            furthest[run] = request
    return ((request, asked[request]) for request in furthest.values())


def _run(request: Request, outcome: Outcome, target: Target | None) -> RunRecord:
    steps = None if outcome.diverged else outcome.steps_to_target
    return RunRecord(
        **request.candidate.record.model_dump(),
        seed=request.seed,
        stage=request.stage,
        steps=request.until,
        objective=outcome.objective if target is None else steps,
        diverged=outcome.diverged,
        metric=None if target is None else outcome.objective,
    )


def curve_of(trainer: Trainer, request: Request, outcome: Outcome) -> Curve:
    """What a trained request left to draw and to replay: thinned losses, all evaluations."""
    losses = trainer.losses(request)
    steps = _thinned(len(losses))
    metrics = trainer.metrics(request)
    names = sorted({name for _, values in metrics for name in values})
    return Curve(
        **request.candidate.record.model_dump(),
        seed=request.seed,
        stage=request.stage,
        diverged=outcome.diverged,
        loss_steps=steps,
        losses=[_finite(float(losses[step])) for step in steps],
        metric_steps=[step for step, _ in metrics],
        metrics={
            name: [_finite(values.get(name, math.nan)) for _, values in metrics] for name in names
        },
    )


def _thinned(count: int) -> list[int]:
    """At most POINTS of `count` places, the first and the last among them."""
    places = np.linspace(0, count - 1, min(count, POINTS)) if count else np.empty(0)
    return np.unique(places.round().astype(int)).tolist()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _lost(confirmation: Confirmation | None, metric: str) -> list[str]:
    if confirmation is None:
        return []
    return [
        f"of {lost.runs} fresh seeds, {candidate} {lost.words(metric)}"
        for candidate in confirmation.field
        if (lost := confirmation.lost(candidate)).count
    ]


def _keep_weights(
    session: Session,
    trainer: Trainer,
    choice: Candidate,
    runs: dict[Request, Outcome],
) -> str | None:
    """Keep the last checkpoint of a full run of the choice; its path inside the directory.

    A confirming run is preferred: the choice was not selected by it.
    """
    problem = session.problem
    full = [
        request
        for request, outcome in runs.items()
        if request.candidate == choice and request.until == problem.steps and not outcome.diverged
    ]
    if not full:
        return None
    run = next((request for request in full if request.stage == "confirm"), full[0])
    name = f"{choice.plan!r} {choice.peak_lr!r} seed {run.seed}"
    if session.store.document("weights") != name or not session.weights.is_dir():
        checkpoint = trainer.checkpoint(run)
        if checkpoint is None:
            return None
        arriving = session.directory / ".weights.new"
        shutil.rmtree(arriving, ignore_errors=True)
        shutil.copytree(checkpoint, arriving)
        session.store.put_document("weights", "being replaced")  # a kill from here on is noticed
        shutil.rmtree(session.weights, ignore_errors=True)
        arriving.rename(session.weights)
        session.store.put_document("weights", name)
    return session.weights.name
