"""Learning rates that are none, and a schedule that does not move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lehr.checks.check import Check, Example
from lehr.checks.finding import Hit
from lehr.checks.rewrite import deliberately_constant, ended_at, spread
from lehr.checks.run_log import RunLog, recorded
from lehr.checks.subject import Subject
from lehr.schedule import cosine, exponential, linear

LEAST_MOVE = 0.01
"""A lr that moves by less than 1 % over the run is taken for one that was not meant to stand."""


def _bad_numbers(subject: Subject) -> Iterator[Hit]:
    if subject.log is None:
        return
    lr, steps = subject.log.lr, subject.log.steps
    for words, bad, fix in (
        (
            "not finite",
            ~np.isfinite(lr),
            "restore the last checkpoint before it; a factor of a division by 0 in a scheduler, "
            "often a warmup or a cycle of 0 steps",
        ),
        (
            "negative",
            lr < 0,
            "call scheduler.step() at most as often as the run has updates "
            '(torch\'s OneCycleLR(anneal_strategy="linear") goes below 0 after its last)',
        ),
    ):
        count = int(np.count_nonzero(bad))
        if count:
            step = int(steps[np.argmax(bad)])
            rows = "1 row" if count == 1 else f"{count:,} rows"
            yield Hit(
                what=f"the lr is {words} in {rows}, first at step {step:,}", step=step, fix=fix
            )


def still(subject: Subject) -> bool:
    """Whether the lr hardly moves, and was not written as a constant."""
    if float(np.ptp(subject.relative)) >= LEAST_MOVE or abs(subject.end - 1) >= LEAST_MOVE:
        return False
    return subject.schedule is None or not deliberately_constant(subject.schedule)


def _constant_in_disguise(subject: Subject) -> Iterator[Hit]:
    if not still(subject) or subject.span < 10:
        return
    move = 100 * float(np.ptp(subject.relative))
    schedule = subject.schedule
    if schedule is None:
        fix = (
            "call scheduler.step() after every optimizer.step(), and give it the run's own horizon"
        )
        corrections = ()
    else:
        fix = "give the decay the run's horizon: a share of it, or no duration at all"
        corrections = subject.plans(ended_at(schedule, 0.0), spread(schedule), linear())
    yield Hit(
        what=f"the lr moves by {move:.2g} % over {subject.length:,} steps",
        fix=fix,
        corrections=corrections,
    )


_NAN = recorded(cosine(), 1_000)
_LR = _NAN.lr.copy()
_LR[60:] = np.nan

CHECKS = (
    Check(
        code="LR001",
        title="a learning rate that is negative, infinite or not a number",
        why="A negative lr climbs the loss, and one update with NaN destroys every weight. "
        "Schedulers mostly accept configurations that lead there without a word.",
        source="pytorch#91765, #180187",
        severity="error",
        rule=_bad_numbers,
        triggers=Example(
            of=RunLog(steps=_NAN.steps, lr=_LR), words="a cosine that becomes NaN at step 600"
        ),
        passes=Example(of=_NAN, words="the same cosine without the NaN"),
        needs_shape=False,
    ),
    Check(
        code="LR002",
        title="a constant in disguise",
        why="The schedule is written to move and does not: its period or horizon is far longer "
        "than the run, or nobody steps it. 1 % is less than any schedule is meant to move; "
        "`constant()` and `hold()` are not reported here.",
        source="",
        severity="warning",
        rule=_constant_in_disguise,
        triggers=Example(of=exponential(0.5, every=1_000_000)),
        passes=Example(of=exponential(0.01, every="100%")),
    ),
)
