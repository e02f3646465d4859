"""`choose`: search, refine if asked to, confirm, conclude."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TypeVar

from lehr.choose.archive import keep, record, with_weights
from lehr.choose.candidate import Candidate, Request
from lehr.choose.conclude import conclude
from lehr.choose.confirm import confirm
from lehr.choose.decision import Cost, StudyRecord, Target
from lehr.choose.known import KnownRun, start_of
from lehr.choose.progress import Progress, Silent
from lehr.choose.refine import look_at_optimizer, refined, set_aside
from lehr.choose.session import Session, baseline_of, open_session
from lehr.choose.settings import Settings
from lehr.choose.strategies import Brief, Climb, Outcomes, Ranking, Round, Strategy
from lehr.choose.target import coarseness
from lehr.choose.tree import SegmentTree
from lehr.choose.unreached import without_reach
from lehr.choose.variants import Refinable
from lehr.training import Fingerprint, Problem, ProblemSource

SEARCHING, SHARE = 5.5, 0.45
"""Full runs that a search is worth, and its share of a large budget (`evidence/choose`)."""
CONFIRMING = 6.0
"""Full runs that tell something: front-runner and baseline on three seeds."""


def choose(
    source: ProblemSource,
    *,
    directory: Path,
    budget: float = 12.0,
    hours: float | None = None,
    disk: float | None = None,
    lr_range: tuple[float, float] | None = None,
    schedules: Sequence[str] | None = None,
    seed: int = 0,
    refine: Sequence[Refinable] = (),
    target: float | None = None,
    known: Sequence[KnownRun] = (),
    executor: str = "processes",
    workers: int | None = None,
    fresh: bool = False,
    named: Sequence[str] = (),
    progress: Progress | None = None,
) -> StudyRecord:
    """Choose the schedule and the peak lr for a problem, by training it.

    The study lives in `directory` and goes on where it stopped: the same call again trains only
    what is missing. The decision does not depend on the executor or on interruptions, except that
    the executor `stacked` trains to the same rounding, not to the same bits.

    Args:
        source: the problem.
        directory: of the study.
        budget: full-run equivalents to spend at the most.
        hours: wall time to aim at; the lower of the two limits holds.
        disk: GiB that checkpoints may take; None: no limit.
        lr_range: lowest and highest peak lr to try; None: the problem's own, or no limit.
        schedules: texts of schedules or plans to choose from; None: the short list.
        seed: of the search; the confirmation uses the seeds after it.
        refine: what to vary in the front-runner before it is confirmed: warmup, floor,
            weight_decay, momentum; see `refine.py` for what it costs.
        target: value that the problem's objective shall reach in the fewest steps, which is then
            what is chosen for; None: the problem's own target, or else the objective at the end.
        known: runs of the problem that were trained before (`read_run` reads one's log); the
            search begins at the best of them instead of at probes, where they tell enough.
        executor: one of `EXECUTORS`.
        workers: processes at once; None: as many as the machine has room for.
        fresh: start over.
        named: the words by which the command line names the problem, for the report; without,
            the source's own text.
        progress: who watches.

    Raises:
        UsageError, ParseError: an argument is not possible.
        ProblemError: the problem cannot be trained.
        StudyError: the directory holds a study of something else, or is in use.
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
    strategy = Climb(settings.plans, all_shapes=settings.schedules is not None)
    with open_session(
        source,
        directory=directory,
        executor=executor,
        workers=workers,
        fresh=fresh,
        disk=disk,
        progress=progress or Silent(),
        target=settings.target,
        accept=settings.accept,
    ) as session:
        total = total_budget(session, settings)
        trainer = session.trainer(cut_runs(session.problem, strategy, session.baseline))
        ledger = trainer.ledger
        brief, told = brief_for(
            settings, session.problem, total=total, cost=ledger.cost, target=session.target
        )
        own = look_at_optimizer(session.problem, settings.refine)
        ranking = drive(strategy.search(brief), trainer.train)
        searched = ledger.spent
        ranking = drive(
            refined(ranking, names=settings.refine, own=own, brief=brief), trainer.train
        )
        varied = ledger.spent
        confirmation = drive(
            confirm(
                rivals(ranking, brief.baseline),
                first_seed=settings.seed + 1,
                horizon=brief.horizon,
                mode=brief.mode,
                budget=total - varied,
                cost=ledger.cost,
                target=session.target,
            ),
            trainer.train,
        )
        conclusion = conclude(ranking, brief.baseline, confirmation)
        if session.target is not None:
            conclusion = without_reach(
                conclusion,
                asked=trainer.asked,
                metrics=trainer.metrics,
                confirmation=confirmation,
                target=session.target,
                horizon=brief.horizon,
            )
        study = record(
            session,
            trainer,
            conclusion=conclusion,
            confirmation=confirmation,
            remarks=(*told, *ranking.remarks, *coarse(session)),
            cost=Cost(
                search=searched,
                refine=varied - searched,
                confirm=ledger.spent - varied,
                total=ledger.spent,
            ),
            settings=settings,
            named=named or (source.text,),
            executor=executor,
        )
        keep(session, study)  # what is decided stays, whatever becomes of the weights
        study = with_weights(session, trainer, study, choice=conclusion.choice)
        keep(session, study)
        return study


def coarse(session: Session) -> tuple[str, ...]:
    """What to say where evaluations are too rare for a study of steps to a target."""
    said = None if session.target is None else coarseness(session.problem)
    return () if said is None else (said,)


Result = TypeVar("Result")


def drive(rounds: Generator[Round, Outcomes, Result], train: Callable[[Round], Outcomes]) -> Result:
    """Train every round that a generator asks for; what it returns in the end."""
    try:
        wanted = next(rounds)
        while True:
            wanted = rounds.send(train(wanted))
    except StopIteration as done:
        return done.value


def brief_for(
    settings: Settings,
    problem: Problem,
    *,
    total: float,
    cost: Callable[[Sequence[Request]], float],
    target: Target | None = None,
) -> tuple[Brief, tuple[str, ...]]:
    """What the search is told, and what to remark on where it begins.

    Args:
        settings: of the study.
        problem: what is trained.
        total: full runs that the study may spend.
        cost: distinct steps not yet paid for, in full runs.
        target: what full runs shall reach in the fewest steps.

    Raises:
        UsageError: the budget does not pay for what is to be refined, or the known runs do not fit
            the problem.
    """
    reserved = set_aside(settings.refine, budget=total, besides=Settings.budget)
    budget, lr_range = search_budget(total - reserved), settings.lr_range or problem.lr_range
    start, remarks = start_of(
        settings.known,
        leader=settings.plans[0],
        horizon=problem.steps,
        budget=budget,
        lr_range=lr_range,
    )
    brief = Brief(
        horizon=problem.steps,
        budget=budget,
        mode=problem.mode,
        baseline=baseline_of(problem),
        lr_range=lr_range,
        seed=settings.seed,
        cost=cost,
        target=target,
        start=start,
    )
    return brief, remarks


def cut_runs(problem: Problem, strategy: Strategy, baseline: Candidate) -> SegmentTree:
    """The segment tree of a study: its runs are cut where the strategy's plans part."""
    return SegmentTree(
        strategy.plans(baseline),
        horizon=problem.steps,
        marks=strategy.marks(problem.steps),
        evaluate_every=problem.evaluate_every,
        shared=problem.forkable,
    )


def rivals(ranking: Ranking, baseline: Candidate) -> tuple[Candidate, ...]:
    """Who is compared on fresh seeds: the front-runner, the baseline and the runner-up."""
    if not ranking.candidates:
        return ()
    field = (ranking.candidates[0], baseline, ranking.runner_up(baseline))
    return tuple(dict.fromkeys(one for one in field if one is not None))


def search_budget(total: float) -> float:
    """What the search may spend: all of a small budget, 5.5 full runs of the default's 12.

    Fewer than three paired seeds seldom confirm anything, so a budget that cannot pay for a good
    search and for them is spent on the search.

    >>> [search_budget(total) for total in (1, 6, 9, 12, 20)]
    [1, 6, 9, 5.5, 9.0]
    """
    return total if total < SEARCHING + CONFIRMING else max(SEARCHING, SHARE * total)


def total_budget(session: Session, settings: Settings) -> float:
    """The budget in full runs; a wall time is turned into one once, and kept for a resumption."""
    if settings.hours is None:
        return settings.budget
    name = f"budget of {settings.hours!r} hours"
    kept = session.store.document(name)
    if kept is None:
        runs = runs_in(settings.hours, session.fingerprint, session.problem, session.pace)
        kept = json.dumps(runs)
        session.store.put_document(name, kept)
    return min(settings.budget, float(json.loads(kept)))


def runs_in(hours: float, fingerprint: Fingerprint, problem: Problem, slots: int) -> float:
    """How many full runs fit into some hours."""
    full_run = fingerprint.seconds_per_step * problem.steps
    return round(hours * 3600 * slots / full_run, 2)
