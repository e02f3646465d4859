"""How runs end: on a floor that is never reached, too high, in a cycle, or rising again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

import numpy as np

from lehr.checks.check import Check, Example
from lehr.checks.ends import (
    HIGH,
    cut_cycle,
    ended_early,
    epochs_as_steps,
    risen_from,
    times_too_often,
)
from lehr.checks.finding import Hit
from lehr.checks.rewrite import cooled, ended_at, mapped, phases
from lehr.checks.rules.epochs import steps_once_an_epoch
from lehr.checks.rules.numbers import still
from lehr.checks.rules.warmups import LONGEST_RISE
from lehr.checks.run_log import RunLog, recorded
from lehr.checks.subject import Subject
from lehr.schedule import Schedule, cosine, exponential, hold, linear, rsqrt, warmup
from lehr.schedule.algebra import Clip, Extremum, Scaled
from lehr.schedule.durations import Duration
from lehr.schedule.phases import Constant


def _floor(schedule: Schedule) -> float | None:
    """Return the floor a schedule is kept above at its outermost, as a multiplier."""
    gain = 1.0
    while isinstance(schedule, Scaled):
        gain, schedule = gain * schedule.factor, schedule.part
    if isinstance(schedule, Clip) and schedule.low:
        return gain * schedule.low
    if isinstance(schedule, Extremum) and schedule.how == "maximum":
        bounds = [part.factor for part in schedule.parts if isinstance(part, Constant)]
        return gain * max(bounds) if bounds else None
    return None


def _floor_not_reached(subject: Subject) -> Iterator[Hit]:
    floor = None if subject.curve is None else _floor(subject.curve.schedule)
    if subject.curve is None or floor is None:
        return
    end = subject.curve(subject.curve.horizon)
    if end <= floor * (1 + 1e-9) or float(subject.lr.min()) <= floor * (1 + 1e-9):
        return
    top = float(subject.lr.max())
    yield Hit(
        what=f"the floor is {floor:.3g} of the peak, but the lr ends at {end / top:.3g} of it",
        step=subject.length - 1,
        fix=f"let a decay end on the floor, for example cosine(final={floor:.3g}), or leave it out",
        corrections=subject.plans(cosine(final=floor), warmup("5%") >> cosine(final=floor)),
    )


def _ends_high(subject: Subject) -> Iterator[Hit]:
    explained = (
        still(subject)
        or ended_early(subject)
        or steps_once_an_epoch(subject)
        or cut_cycle(subject) is not None
        or risen_from(subject) is not None
        or subject.rise > LONGEST_RISE
    )
    if subject.end <= HIGH or subject.setting.optimizer == "schedule-free" or explained:
        return
    schedule = subject.schedule
    more = max(1, subject.length // 5)
    yield Hit(
        what=f"the lr ends at {100 * subject.end:.0f} % of its peak",
        step=int(subject.steps[-1]),
        fix='let it fall to 0 in the last fifth: >> linear("20%")'
        if schedule
        else f"continue from the last checkpoint for {more:,} steps of linear() down to 0",
        corrections=()
        if schedule is None
        else subject.plans(ended_at(schedule, 0.0), cooled(schedule)),
    )


def _as_shares(cycle: Schedule) -> Schedule:
    """Return a cycle of fixed durations as one that divides any span alike."""
    parts = phases(cycle)
    own = [getattr(part, "duration", None) for part in parts]
    amounts = [duration.amount for duration in own if isinstance(duration, Duration)]
    if len(amounts) != len(parts):
        return cycle
    total = sum(amounts, Fraction(0))
    shared = replace(cast("Any", parts[-1]), duration=None)
    for part, amount in zip(reversed(parts[:-1]), reversed(amounts[:-1]), strict=True):
        percent = Duration(Fraction(round(1000 * amount / total), 10), "%")
        shared = replace(cast("Any", part), duration=percent) >> shared
    return shared


def _cut_in_a_cycle(subject: Subject) -> Iterator[Hit]:
    cut = cut_cycle(subject)
    if cut is None or subject.schedule is None:
        return
    cycles, whole, left = cut
    length = cycles.cycle.extent == "fixed" and subject.length - left
    count = max(1, whole)

    def counted(node: Schedule) -> Schedule:
        return replace(cycles, cycle=_as_shares(cycles.cycle), n=count) if node == cycles else node

    yield Hit(
        what=f"the run ends {left:,} steps into cycle {whole + 1}, at {100 * subject.end:.0f} % "
        "of the peak",
        step=subject.length - left,
        fix=f"train {length:,} steps, or divide the run into {count} cycles"
        if length
        else "divide the run into whole cycles",
        corrections=subject.plans(mapped(subject.schedule, counted)),
    )


def _rises_again(subject: Subject) -> Iterator[Hit]:
    index = risen_from(subject)
    if index is None or times_too_often(subject) or epochs_as_steps(subject):
        return
    step = int(subject.steps[index])
    high = 100 * float(subject.relative[index:].max())
    yield Hit(
        what=f"the lr falls until step {step:,} and rises again, to {high:.0f} % of the peak",
        step=step,
        fix=f"give the scheduler the run's horizon: T_max or num_training_steps = {subject.span:,}",
        corrections=()
        if subject.schedule is None
        else subject.plans(warmup("5%") >> cosine(), cosine()),
    )


_STEPS = np.arange(0, 1_000, 10)
_TURNED = RunLog(steps=_STEPS, lr=5e-4 * (1 + np.cos(np.pi * _STEPS / 600)))

CHECKS = (
    Check(
        code="LR020",
        title="a floor that is never reached",
        why="The bound says where the lr should end, and the run ends before it gets there, so "
        "the anneal that was planned is not the one that is run.",
        source="pytorch#47560: CosineAnnealingWarmRestarts never reaches eta_min",
        severity="warning",
        rule=_floor_not_reached,
        triggers=Example(of=rsqrt(100).clip(min=0.01)),
        passes=Example(of=exponential(0.99).clip(min=0.01)),
    ),
    Check(
        code="LR021",
        title="a lr that is still high at the end",
        why="Much of the loss falls when the lr does: a run that keeps it up gives that away. "
        "Cosines customarily end at 10 % of their peak; reported from twice that on. An "
        "optimizer that averages for itself (schedule-free) is not reported.",
        source="Hägele et al., NeurIPS 2024; Bergsma et al., Straight to Zero, ICLR 2025 "
        "(linear to 0 beats ending at 10 %)",
        severity="warning",
        rule=_ends_high,
        triggers=Example(of=warmup("5%") >> hold()),
        passes=Example(of=warmup("5%") >> hold() >> linear("20%")),
    ),
    Check(
        code="LR022",
        title="a cycle that is cut in the middle",
        why="A cyclic schedule is as good as the end of a cycle, where the lr is low; a run that "
        "ends anywhere else ends too high.",
        source="Loshchilov & Hutter, SGDR, ICLR 2017 (evaluate at the end of a cycle)",
        severity="warning",
        rule=_cut_in_a_cycle,
        triggers=Example(of=cosine(300).repeat()),
        passes=Example(of=cosine(250).repeat()),
    ),
    Check(
        code="LR023",
        title="a lr that rises again after its decay",
        why="torch's CosineAnnealingLR past T_max and Hugging Face's cosine past "
        "num_training_steps climb back to the peak: the horizon given to the scheduler is "
        "shorter than the run. Restarts and cycles are not reported.",
        source="torch CosineAnnealingLR, transformers cosine, Paddle: periodic by construction",
        severity="warning",
        rule=_rises_again,
        triggers=Example(of=_TURNED, words="a cosine over 600 steps in a run of 1,000"),
        passes=Example(of=recorded(cosine(), 1_000), words="a cosine over the run's 1,000 steps"),
    ),
)
