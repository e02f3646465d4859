"""What goes with a schedule: momentum that mirrors it, an optimizer that replaces it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lehr.checks.check import Check, Example
from lehr.checks.finding import Hit
from lehr.checks.rewrite import first_warmup
from lehr.checks.setting import Setting
from lehr.checks.subject import Subject
from lehr.schedule import Plan, Schedule, absolute, cosine, hold, linear, warmup

MOVES = 0.01
"""Fraction of its largest value by which momentum must move to be scheduled."""
RISES = 0.1
"""Share of the run that the lr of one cycle takes to rise, at least; a warmup is shorter."""
KEPT = 0.9
"""Fraction of the peak that a schedule-free run is expected to end at, at least."""


def _momentum_with_the_lr(subject: Subject) -> Iterator[Hit]:
    if subject.bound is None or subject.rise < RISES or subject.end > 1 - MOVES:
        return
    for name in ("momentum", "betas"):
        momentum = subject.bound.schedules.get(name)
        if momentum is None:
            continue
        peak = int(subject.steps[np.argmax(subject.lr)])
        first, high, last = momentum(0), momentum(peak), momentum(momentum.horizon)
        if high - max(first, last) <= MOVES * high:
            continue
        mirrored = absolute(cosine(peak, final=first, start=high) >> cosine(final=high))
        turned = {**dict(subject.bound.plan.items), name: mirrored}
        yield Hit(
            what=f"{name} rises with the lr, from {first:.3g} to {high:.3g}, and falls with it",
            step=peak,
            fix=f"let it fall to {first:.3g} at the lr's peak and come back, as "
            "one_cycle_momentum() does",
            corrections=(Plan(**turned),) if name in subject.bound.absolute else (),
        )


def _decays_schedule_free(subject: Subject) -> Iterator[Hit]:
    if subject.setting.optimizer != "schedule-free" or subject.end >= KEPT:
        return
    schedule = subject.schedule
    yield Hit(
        what=f"the optimizer is schedule-free, and the lr falls to {100 * subject.end:.0f} %",
        step=int(subject.steps[-1]),
        fix="keep the lr constant after its warmup; the optimizer's averaging is the decay",
        corrections=() if schedule is None else subject.plans(_kept(schedule), hold()),
    )


def _kept(schedule: Schedule) -> Schedule:
    first = first_warmup(schedule)
    return hold() if first is None else first >> hold()


_ONE_CYCLE = cosine("30%", final=1, start=0.04) >> cosine()

CHECKS = (
    Check(
        code="LR062",
        title="momentum cycled the wrong way",
        why="Momentum multiplies the step an lr makes by 1/(1 − momentum). One-cycle lowers it "
        "where the lr peaks; both high at once is what the cycle is there to avoid. Short rises "
        "of momentum during a warmup are not reported.",
        source="Smith, A disciplined approach to neural network hyper-parameters, 2018",
        severity="warning",
        rule=_momentum_with_the_lr,
        triggers=Example(
            of=Plan(
                lr=_ONE_CYCLE,
                momentum=absolute(cosine("30%", final=0.95, start=0.85) >> cosine(final=0.85)),
            )
        ),
        passes=Example(
            of=Plan(
                lr=_ONE_CYCLE,
                momentum=absolute(cosine("30%", final=0.85, start=0.95) >> cosine(final=0.95)),
            )
        ),
    ),
    Check(
        code="LR063",
        title="a decay under a schedule-free optimizer",
        why="Schedule-Free replaces the decay by an average of the weights; a decay on top makes "
        "that average forget the end of the run.",
        source="Defazio et al., The Road Less Scheduled, NeurIPS 2024",
        severity="warning",
        rule=_decays_schedule_free,
        triggers=Example(of=warmup("5%") >> linear(), setting=Setting(optimizer="schedule-free")),
        passes=Example(of=warmup("5%") >> hold(), setting=Setting(optimizer="schedule-free")),
    ),
)
