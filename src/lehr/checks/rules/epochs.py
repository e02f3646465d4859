"""Steps taken for epochs, and epochs for steps; steps counted once per process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

import numpy as np

from lehr.checks.check import Check, Example
from lehr.checks.ends import (
    CUSTOMARY_COUNTS,
    HIGH,
    ended_early,
    epochs_as_steps,
    over_at,
    times_too_often,
)
from lehr.checks.finding import Hit
from lehr.checks.rewrite import mapped, nodes
from lehr.checks.run_log import recorded
from lehr.checks.setting import Setting
from lehr.checks.subject import Subject
from lehr.schedule import Clock, Schedule, cosine, linear, multi_step, warmup
from lehr.schedule.durations import Duration
from lehr.schedule.factors import Falling, MultiStep

FEWEST_STAIRS = 4
"""Changes of the lr from which stairs are a habit."""
EARLY = 0.01
"""Share of the run: a schedule that is done with everything by then was not meant so."""
NOTHING = 1e-4
"""A factor that has shrunk so far in the first tenth of the run leaves nothing of the lr."""


def _ended_early(subject: Subject) -> Iterator[Hit]:
    if not ended_early(subject) or subject.horizon is None:
        return
    share = subject.length / subject.horizon
    times = subject.horizon / subject.length
    count = next((k for k in CUSTOMARY_COUNTS if abs(times / k - 1) <= 0.02), None)
    hint = f" (the horizon is {count} times the run: one process's?)" if count else ""
    left = max(1, subject.length // 5)
    yield Hit(
        what=f"the run ended at step {subject.length:,}, {100 * share:.0f} % of its horizon of "
        f"{subject.horizon:,}, at {100 * subject.end:.0f} % of the peak lr{hint}",
        step=subject.length,
        fix=f"resume, or anneal what there is: {left:,} more steps of linear() down to 0; count "
        "the horizon in optimizer steps of the whole run"
        if count
        else f"resume, or anneal what there is: {left:,} more steps of linear() down to 0",
    )


def _counted_per_process(subject: Subject) -> Iterator[Hit]:
    times, over = times_too_often(subject), over_at(subject)
    if times is None or over is None:
        return
    yield Hit(
        what=f"the schedule was over at step {over:,}, 1/{times} of the run",
        step=over,
        fix="step the scheduler once per optimizer step: accelerate's wrapper steps it "
        f"num_processes times, so give it {times} times the horizon or do not prepare() it; with "
        "accumulated gradients step it when the optimizer steps. Or its horizon (T_max) was "
        f"given as {over:,}",
    )


def steps_once_an_epoch(subject: Subject) -> bool:
    """Whether a logged lr changes in stairs of one epoch, and ends high."""
    per_epoch, interval = subject.setting.steps_per_epoch, subject.interval
    if subject.log is None or per_epoch is None or per_epoch < 3 * interval:
        return False
    changes = subject.steps[1:][np.diff(subject.lr) != 0]
    epochs = subject.length / per_epoch
    if len(changes) < max(FEWEST_STAIRS, epochs / 2):
        return False
    late = changes % per_epoch
    punctual = (late <= interval) | (late >= per_epoch - interval)
    return bool(punctual.mean() >= 0.9) and subject.end > HIGH


def _stepped_per_epoch(subject: Subject) -> Iterator[Hit]:
    per_epoch = subject.setting.steps_per_epoch
    if per_epoch is None or not steps_once_an_epoch(subject):
        return
    yield Hit(
        what=f"the lr changes once every {per_epoch:,} steps, and ends at "
        f"{100 * subject.end:.0f} % of its largest value",
        step=per_epoch,
        fix="call scheduler.step() after every optimizer.step() (Lightning: "
        'interval="step"), or give the scheduler a horizon in epochs',
    )


def _stepped_per_step(subject: Subject) -> Iterator[Hit]:
    epochs, over = epochs_as_steps(subject), over_at(subject)
    if epochs is None or over is None:
        return
    yield Hit(
        what=f"the schedule was over at step {over:,}, as many steps as the run has epochs",
        step=over,
        fix=f"give the scheduler its horizon in steps, {subject.span:,}, or step it once an epoch",
    )


def _read_like_epochs(subject: Subject) -> Iterator[Hit]:
    curve, per_epoch = subject.curve, subject.setting.steps_per_epoch
    if curve is None or subject.schedule is None:
        return
    found = [node for node in nodes(subject.schedule) if _done_too_soon(node, curve.horizon)]
    epochs = None if per_epoch is None else curve.horizon / per_epoch
    for node in found:
        most = max(float(duration.amount) for duration in _steps_of(node))
        could_be = isinstance(node, MultiStep) if epochs is None else 1 <= most <= epochs
        if not could_be:
            continue
        yield Hit(
            what=f"{node} is done by step {int(most):,} of {curve.horizon:,}"
            if isinstance(node, MultiStep)
            else f"{node} has a period of {int(most):,} of {curve.horizon:,} steps",
            step=int(most),
            fix='write durations in epochs as "30ep" and say --steps-per-epoch',
            corrections=()
            if epochs is None
            else subject.plans(mapped(subject.schedule, lambda n: _in_epochs(n, found))),
        )


def _steps_of(node: Schedule) -> tuple[Duration, ...]:
    """Return the durations in steps that a decay consists of."""
    if isinstance(node, MultiStep):
        marks = node.milestones
    elif isinstance(node, Falling) and node.curve.shape in ("step", "exponential"):
        marks = (node.every,)
    else:
        marks = ()
    return tuple(mark for mark in marks if mark.unit == "steps")


def _done_too_soon(node: Schedule, horizon: int) -> bool:
    marks = _steps_of(node)
    if not marks or float(max(mark.amount for mark in marks)) > EARLY * horizon:
        return False
    if isinstance(node, Falling):
        factor = node.curve.parameter
        periods = min(1e6, 0.1 * horizon / float(node.every.amount))
        return factor < 1 and factor**periods < NOTHING
    return True


def _in_epochs(node: Schedule, found: list[Schedule]) -> Schedule:
    if node not in found:
        return node
    if isinstance(node, MultiStep):
        return replace(node, milestones=tuple(_epochs(mark) for mark in node.milestones))
    return replace(cast("Any", node), every=_epochs(cast("Any", node).every))


def _epochs(duration: Duration) -> Duration:
    return Duration(Fraction(duration.amount), "ep") if duration.unit == "steps" else duration


_PER_EPOCH = Setting(clock=Clock(steps_per_epoch=100))
_FEW = recorded(cosine(), 1_000, every=10)
_STAIRS = replace(_FEW, lr=np.repeat(warmup(50).over(50).values(0, 10) * 1e-3, 10))

CHECKS = (
    Check(
        code="LR031",
        title="a run that ended before its horizon, not annealed",
        why="A schedule cut short never lowers the lr, and most of the gain comes when it does: "
        "the same steps under a schedule of that length end lower. Reported below 98 % of the "
        "horizon, unless the lr had come down to 2 % of its peak anyway.",
        source="Li, Yumer & Ramanan, Budgeted Training, ICLR 2020; Hägele et al., NeurIPS 2024",
        severity="warning",
        rule=_ended_early,
        triggers=Example(
            of=recorded(cosine(), 1_000, stop=630, planned=1_000),
            words="a cosine over 1,000 steps that stops at 630",
        ),
        passes=Example(
            of=recorded(cosine(), 1_000, planned=1_000), words="the same cosine to its end"
        ),
    ),
    Check(
        code="LR032",
        title="a scheduler that is stepped several times per update",
        why="The schedule is over at 1/k of the run, k a customary number of processes or of "
        "accumulated batches; the rest runs at lr 0, or climbs back.",
        source="accelerate#2926, #2142, #1398, #662, #1382; diffusers#3954",
        severity="warning",
        rule=_counted_per_process,
        triggers=Example(
            of=recorded(linear(), 250, stop=1_000), words="a decay that is over at a quarter"
        ),
        passes=Example(of=recorded(linear(), 1_000), words="the same decay over the whole run"),
    ),
    Check(
        code="LR033",
        title="stepped once an epoch, though written per step",
        why="The lr stands still within each epoch and is nowhere near its end when the run is: "
        "the scheduler has done as many steps as there are epochs. A schedule that is written in "
        "epochs and comes down to a fifth of its peak is not reported.",
        source="Lightning's default interval is the epoch: lightning#5631, #6948, #20436",
        severity="warning",
        rule=_stepped_per_epoch,
        triggers=Example(
            of=_STAIRS, setting=_PER_EPOCH, words="a warmup of 50 steps that takes one an epoch"
        ),
        passes=Example(
            of=replace(_FEW, lr=np.repeat(linear().over(10).values() * 1e-3, 10)),
            setting=_PER_EPOCH,
            words="a decay over 10 epochs, one stair each",
        ),
    ),
    Check(
        code="LR034",
        title="stepped every update, though written in epochs",
        why="The schedule is over after as many steps as the run has epochs.",
        source="pytorch#65417; the most frequent scheduler bug class is a mistaken unit",
        severity="warning",
        rule=_stepped_per_step,
        triggers=Example(
            of=recorded(linear(), 50, stop=1_000, every=1),
            setting=Setting(clock=Clock(steps_per_epoch=20)),
            words="a decay that is over at step 50, in a run of 50 epochs of 20 steps",
        ),
        passes=Example(
            of=recorded(linear(), 1_000, every=1),
            setting=Setting(clock=Clock(steps_per_epoch=20)),
            words="the same decay over all 1,000 steps",
        ),
    ),
    Check(
        code="LR035",
        title="milestones or periods in steps that read like epochs",
        why="Recipes are written in epochs (30, 60, 80 of 90), lehr counts optimizer steps. "
        "Reported where all milestones lie in the first hundredth of the run, or a period that "
        "short leaves nothing of the lr and steps per epoch are known. If they are, only numbers "
        "that could be epochs are reported.",
        source="He et al., CVPR 2016 (the recipe most often copied)",
        severity="warning",
        rule=_read_like_epochs,
        triggers=Example(
            of=multi_step([30, 60, 80]),
            horizon=45_000,
            setting=Setting(clock=Clock(steps_per_epoch=500)),
        ),
        passes=Example(
            of=multi_step(["30ep", "60ep", "80ep"]),
            horizon=45_000,
            setting=Setting(clock=Clock(steps_per_epoch=500)),
        ),
    ),
)
