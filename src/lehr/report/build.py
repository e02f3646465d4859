"""From a study to everything its report shows."""

from __future__ import annotations

from lehr.choose.decision import StudyRecord
from lehr.report import curves, lines, sentences, sweeps, tables
from lehr.report.caveats import caveats
from lehr.report.evidence import Evidence
from lehr.report.record import Report, Reproduce


def build(study: StudyRecord, *, seconds_per_step: float | None = None) -> Report:
    """Compute every number, sentence and line of a study's report; nothing is drawn.

    Args:
        study: a finished study, from `lehr.choose.choose` or `read_study`.
        seconds_per_step: as measured while it was trained, for the time to a target.

    Raises:
        ScheduleError: a schedule's text in the study is not one that this version knows.
    """
    evidence = Evidence.of(study)
    decision = study.decision
    cost = tables.cost(evidence)
    return Report(
        problem=decision.problem,
        objective=decision.objective,
        horizon=decision.horizon,
        answer=sentences.answer(decision),
        facts=sentences.facts(decision, cost.saved, seconds_per_step),
        measured=sentences.measured(evidence),
        schedules=lines.schedules(evidence),
        gains=sentences.gains(decision),
        sweeps=sweeps.sweeps(evidence),
        shapes=tables.shapes(evidence),
        losses=curves.losses(evidence),
        objectives=curves.objectives(evidence),
        cost=cost,
        caveats=caveats(evidence),
        runs=tables.runs(evidence),
        reproduce=Reproduce(
            command=study.command,
            seed=decision.seed,
            threads=decision.threads,
            versions=decision.versions,
        ),
        decision=decision,
    )
