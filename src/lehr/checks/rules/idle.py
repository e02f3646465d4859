"""Updates that do nothing: at the very ends of a run, and for a whole tail of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from lehr.checks.check import Check, Example
from lehr.checks.ends import dead_from, epochs_as_steps, times_too_often
from lehr.checks.finding import Hit
from lehr.checks.rewrite import mapped, opened, spread
from lehr.checks.subject import Subject
from lehr.schedule import Schedule, linear, step, warmup
from lehr.schedule.phases import Warmup

ROUNDING = 1e-6
"""Share of a run at whose end a cosine over a billion steps is 0 by rounding alone."""


def _zero_updates(subject: Subject) -> Iterator[Hit]:
    zero = subject.relative == 0
    if zero.all():
        return
    if zero[0]:
        until = int(subject.steps[np.argmin(zero)])
        count = "the first update uses" if until == 1 else f"the first {until:,} updates use"
        begun = subject.log is None and subject.schedule is not None
        yield Hit(
            what=f"{count if subject.log is None else 'the first logged update uses'} lr 0",
            step=int(subject.steps[0]),
            fix='let the warmup reach its peak in its last update: reach="last", as warmup(n) does'
            if begun
            else "start the warmup at (t + 1)/n instead of t/n",
            corrections=subject.plans(_reaching(subject.schedule)) if subject.schedule else (),
        )
    if zero[-1] and dead_from(subject) is None:
        begin = int(subject.steps[len(zero) - int(np.argmin(zero[::-1]))])
        if subject.length - begin < ROUNDING * subject.length:
            return
        yield Hit(
            what=f"updates from step {begin:,} to the end use lr 0",
            step=begin,
            fix="let the decay reach 0 after the last update, as phases without a duration do",
            corrections=subject.plans(opened(subject.schedule)) if subject.schedule else (),
        )


def _reaching(schedule: Schedule) -> Schedule:
    def change(node: Schedule) -> Schedule:
        if not isinstance(node, Warmup):
            return node
        linear_instead = {"shape": "linear"} if node.shape == "constant" and not node.start else {}
        return replace(node, reach="last", **cast("Any", linear_instead))

    return mapped(schedule, change)


def _dead_tail(subject: Subject) -> Iterator[Hit]:
    begin = dead_from(subject)
    if begin is None or times_too_often(subject) or epochs_as_steps(subject):
        return
    step = int(subject.steps[begin])
    share = 100 * (subject.length - step) / subject.length
    schedule = subject.schedule
    yield Hit(
        what=f"the last {share:.0f} % of the run, from step {step:,} on, use less than 1e-4 of "
        "the peak lr",
        step=step,
        fix="give the decay the whole run: a share of it, or no duration at all"
        if schedule
        else f"give the scheduler the run's horizon, {subject.length:,} steps",
        corrections=()
        if schedule is None
        else subject.plans(opened(schedule), spread(schedule), linear()),
    )


CHECKS = (
    Check(
        code="LR003",
        title="updates at lr 0",
        why="A forward and a backward pass whose result is thrown away. One is a convention "
        "(Hugging Face, Optax and torch warm up from exactly 0) and costs next to nothing.",
        source="the warmups of transformers, Optax, Keras and Megatron-LM",
        severity="info",
        rule=_zero_updates,
        triggers=Example(of=warmup(100, reach="next") >> linear()),
        passes=Example(of=warmup(100) >> linear()),
    ),
    Check(
        code="LR004",
        title="a dead tail: the decay is over long before the run",
        why="Below a ten-thousandth of the peak the weights stand still, so the rest of the run "
        "only costs. Reported from a twentieth of the run on; the ends of a cosine and of a "
        "quadratic decay are shorter than that.",
        source="Li, Yumer & Ramanan, Budgeted Training, ICLR 2020: decay over the whole budget",
        severity="warning",
        rule=_dead_tail,
        triggers=Example(of=step(100)),
        passes=Example(of=step("30%")),
    ),
)
