"""`compare`: is one candidate better than another, on paired seeds?"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from lehr.choose.candidate import Candidate
from lehr.choose.conclude import REACHED_BY_ONE, how_many_more
from lehr.choose.confirm import Confirmation, Seeds, paired
from lehr.choose.decision import CandidateRecord, Expected, Gain, Record, Target, absent
from lehr.choose.progress import Progress, Silent
from lehr.choose.session import open_session
from lehr.choose.settings import possible_seeds
from lehr.choose.statistics import PAIRS_AT_LEAST
from lehr.choose.study import drive
from lehr.choose.target import possible_target
from lehr.choose.tree import SegmentTree
from lehr.errors import UsageError
from lehr.training import ProblemSource


class Comparison(Record):
    """What paired seeds say of two candidates.

    Attributes:
        gain_of_a: how much better `a` is than `b`; None where fewer than two pairs are whole.
        verdict: which is better, `indistinguishable` if the interval spans zero.
        objectives: (a, b) for each seed, None where a run was lost; with a target the steps to it,
            the horizon where it was not reached.
        target: what was to be reached; `schema_version` is 2 then.
        missed: for a and b, the seeds on which the target was not reached.
        unmeasured: for a and b, the seeds on which training was healthy and yet no objective
            finite; None: on none, so that a run was lost where it diverged.
    """

    schema_version: Literal[1, 2] = 1
    problem: str
    objective: str
    horizon: int
    a: CandidateRecord
    b: CandidateRecord
    expected_a: Expected | None
    expected_b: Expected | None
    gain_of_a: Gain | None
    verdict: Literal["a", "b", "indistinguishable"]
    advice: str
    objectives: dict[int, tuple[float | None, float | None]]
    cost_full_runs: float
    target: Target | None = Field(default=None, exclude_if=absent)
    missed: tuple[list[int], list[int]] | None = Field(default=None, exclude_if=absent)
    unmeasured: tuple[list[int], list[int]] | None = Field(default=None, exclude_if=absent)


def compare(
    source: ProblemSource,
    a: Candidate,
    b: Candidate,
    *,
    directory: Path,
    pairs: int = 5,
    seed: int = 0,
    target: float | None = None,
    disk: float | None = None,
    executor: str = "processes",
    workers: int | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Train two candidates on the same seeds until one is surely better or `pairs` are spent.

    Runs are kept in the study of `directory`: the same comparison again, with more pairs or after
    an interruption, trains only what is missing.

    Args:
        source: the problem.
        a: a candidate.
        b: another.
        directory: of the study.
        pairs: how many seeds at the most, at least 2.
        seed: the first of the seeds.
        target: value that the problem's objective shall reach in the fewest steps, which are then
            compared; None: the problem's own target, or else the objective at the end.
        disk: GiB that checkpoints may take; None: no limit.
        executor: one of `EXECUTORS`.
        workers: processes at once; None: as many as the machine has room for.
        fresh: start over; refused where `choose` shares the directory.
        progress: who watches.

    Raises:
        UsageError: the candidates are the same, there are too few pairs, or no such seeds.
        ProblemError: the problem cannot be trained.
        StudyError: the directory holds a study of something else, or is in use.
    """
    if a == b:
        raise UsageError(
            "there is nothing to compare",
            value=f"both are {a}",
            rule="two different candidates",
            fix="change the schedule or the peak lr of one of them",
        )
    if pairs < PAIRS_AT_LEAST:
        raise UsageError(
            "so few pairs cannot be compared",
            value=f"pairs = {pairs}",
            rule="one pair has no spread: at least two",
            fix="--pairs 5",
        )
    possible_target(target)
    possible_seeds(seed, pairs - 1)
    with open_session(
        source,
        directory=directory,
        executor=executor,
        workers=workers,
        fresh=fresh,
        disk=disk,
        progress=progress or Silent(),
        target=target,
        verb="compare",
    ) as session:
        problem, aimed = session.problem, session.target
        tree = SegmentTree(
            (a.plan, b.plan),
            horizon=problem.steps,
            marks=(problem.steps,),
            evaluate_every=problem.evaluate_every,
            shared=problem.forkable,
        )
        trainer = session.trainer(tree)
        seeds = range(seed, seed + pairs)
        seen = drive(
            paired((a, b), seeds=seeds, horizon=problem.steps, mode=problem.mode, target=aimed),
            trainer.train,
        )
        better = seen.better(a, b)
        verdict = "indistinguishable" if better is None else "a" if better == a else "b"
        return Comparison(
            schema_version=1 if aimed is None else 2,
            problem=problem.name,
            objective=problem.objective if aimed is None else aimed.objective,
            horizon=problem.steps,
            a=a.record,
            b=b.record,
            expected_a=seen.expected(a),
            expected_b=seen.expected(b),
            gain_of_a=seen.gain(a, b),
            verdict=verdict,
            advice=_advice(seen, a, b, aimed),
            objectives={
                s: (seen.objectives[a][s], seen.objectives[b][s]) for s in seen.seeds(a, b)
            },
            cost_full_runs=trainer.ledger.spent,
            target=aimed,
            missed=_of_both(seen.missed, a, b),
            unmeasured=_of_both(seen.unmeasured or None, a, b),
        )


def _of_both(seeds: Seeds | None, a: Candidate, b: Candidate) -> tuple[list[int], list[int]] | None:
    return None if seeds is None else (sorted(seeds.get(a, ())), sorted(seeds.get(b, ())))


def _advice(seen: Confirmation, a: Candidate, b: Candidate, target: Target | None) -> str:
    if target is not None and seen.out_of_reach(a, b):
        return f"neither reached {target.words} on any seed: ask for less with --target"
    better = seen.better(a, b)
    if better is None:
        return how_many_more(seen, a, b)
    name, other = ("A", "B") if better == a else ("B", "A")
    if (lost := seen.lost(b if better == a else a)).count:
        return f"{other} {lost.fate('objective')} on every seed, unlike {name}"
    if seen.gain(a, b) is None:
        return REACHED_BY_ONE.format(name, other)
    return f"{name} is better on paired seeds, at 95 % in all looks together"
