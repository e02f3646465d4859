"""What a resumed run does to its curve: it jumps, begins anew, or goes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lehr.checks.check import Check, Example
from lehr.checks.finding import Hit
from lehr.checks.run_log import RunLog, recorded
from lehr.checks.subject import Subject, superseded
from lehr.schedule import cosine, linear, warmup

JUMP = 0.05
"""Fraction of the peak that a jump must have to be one."""
STEEPER = 5
"""Times the steepest of the changes around it."""
AROUND = 3
"""Changes on either side that a jump is compared with."""
TROUGH = 0.2
"""Fraction of the peak from which a rise to the top is a warm restart."""


def resets(subject: Subject) -> list[int]:
    """Return the rows after which a logged lr begins anew, which restarts at a trough do not."""
    r = subject.relative
    if subject.log is None or len(r) < 5:
        return []
    change = np.diff(r)
    places: list[int] = []
    for row in np.flatnonzero(np.abs(change) > TROUGH).tolist():
        if not max(2, subject.top) <= row < len(r) - 2:
            continue
        if abs(change[row]) <= STEEPER * np.abs(change[row - 2 : row]).max():
            continue
        back = r[row + 1] < min(r[1], 0.5) + JUMP and change[row + 1] > 0
        warms_up = change[row] < 0 and r[0] < 0.5 and back
        peaks = change[row] > 0 and r[0] > 0.5 and r[row] > TROUGH and r[row + 1] > 0.9 * r[0]
        places += [row] if warms_up or peaks else []
    return [] if _periodic(subject, places) else places


def _periodic(subject: Subject, rows: list[int]) -> bool:
    """Whether several restarts leave from one level, or come at even distances, as cycles do."""
    levels, gaps = subject.relative[rows], np.diff(subject.steps[rows], prepend=0)
    return len(rows) > 1 and (
        float(np.ptp(levels)) < JUMP or float(np.ptp(gaps)) < 0.1 * float(gaps.max())
    )


def _begins_anew(subject: Subject) -> Iterator[Hit]:
    for row in resets(subject):
        step = int(subject.steps[row + 1])
        yield Hit(
            what=f"at step {step:,} the lr goes from {subject.lr[row]:.3g} back to "
            f"{subject.lr[row + 1]:.3g}, where the run began",
            step=step,
            fix="restore the scheduler and the optimizer with the weights; "
            "lehr.adapters.torch.Scheduler is right after any load order",
        )


def _jumps(subject: Subject) -> Iterator[Hit]:
    r = subject.relative
    if subject.log is None or len(r) < 8:
        return
    gaps = np.maximum(np.diff(subject.steps) / subject.interval, 1.0)
    change = np.diff(r) / gaps
    size = np.abs(change)
    anew = resets(subject)
    upward: list[int] = []
    found: list[int] = []
    for row in np.flatnonzero(size > JUMP).tolist():
        at_an_end = not 0 < row < len(size) - 2  # where there is nothing to compare with
        if at_an_end or max(r[row], r[row + 1]) <= TROUGH:
            continue
        before, after = change[max(0, row - AROUND) : row], change[row + 1 : row + 1 + AROUND]
        around = np.concatenate([before, after])
        noisy = bool((around < 0).any() and (around > 0).any())
        in_first_rise = row <= subject.top and change[row] > 0
        restart = change[row] > 0 and r[row] <= TROUGH and r[row + 1] >= 0.9 * r[row + 2 :].max()
        stairs = not before[-2:].any()
        gradual = size[row] <= STEEPER * float(np.abs(around).max())
        if noisy or gradual or in_first_rise or restart or stairs or row in anew:
            continue
        found.append(row)
        upward += [row] if change[row] > 0 else []
    cycles = upward if _periodic(subject, upward) else []
    for row in found:
        if row in cycles:
            continue
        step = int(subject.steps[row + 1])
        yield Hit(
            what=f"at step {step:,} the lr jumps from {subject.lr[row]:.3g} to "
            f"{subject.lr[row + 1]:.3g} in an otherwise smooth curve",
            step=step,
            fix="load the optimizer's state before the scheduler's and with the same horizon; "
            "lehr.adapters.torch.Scheduler is right after any load order",
        )


def _goes_back(subject: Subject) -> Iterator[Hit]:
    if subject.log is None:
        return
    steps = subject.log.steps
    steps = steps[np.append(steps[1:] != steps[:-1], True)]  # micro-batches share a step
    again = superseded(steps)
    count = int(np.count_nonzero(again))
    if count:
        step = int(steps[np.argmax(again)])
        yield Hit(
            what=f"{count:,} rows from step {step:,} on were written again; their last form counts",
            step=step,
            fix="nothing, if a run was resumed from a checkpoint; otherwise one file per run",
        )


_LONG = recorded(cosine(), 1_000)
_SECOND = replace(_LONG, lr=np.concatenate([_LONG.lr[:50], 0.1 * _LONG.lr[50:]]))
_WARM = recorded(warmup("10%") >> linear(), 1_000)
_AGAIN = replace(_WARM, lr=np.concatenate([_WARM.lr[:50], _WARM.lr[:50]]))
_BACK = RunLog(
    steps=np.concatenate([_LONG.steps[:60], _LONG.steps[50:]]),
    lr=np.concatenate([_LONG.lr[:60], _LONG.lr[50:]]),
)

CHECKS = (
    Check(
        code="LR041",
        title="a jump in the lr, as a wrong resume makes it",
        why="After a resume most torch schedulers continue from whatever lr the optimizer was "
        "left with: wrong, and silent. Reported where one change is five times as steep as those "
        "around it; milestones, first warmups and warm restarts are none.",
        source="pytorch#119168, #29697, #156846",
        severity="warning",
        rule=_jumps,
        triggers=Example(of=_SECOND, words="a cosine that goes on at a tenth from step 500"),
        passes=Example(of=_LONG, words="the same cosine, undisturbed"),
    ),
    Check(
        code="LR042",
        title="a lr that begins anew in the middle of the run",
        why="The weights were restored and the scheduler was not, so the warmup or the peak comes "
        "again. Restarts from a trough and regular cycles are not reported.",
        source="pytorch#162591; transformers#34053, #27749, #23099; mmengine#1542",
        severity="warning",
        rule=_begins_anew,
        triggers=Example(of=_AGAIN, words="a warmup and a decay that begin again at step 500"),
        passes=Example(of=_WARM, words="the same, undisturbed"),
    ),
    Check(
        code="LR043",
        title="a log that goes back",
        why="A resumed run writes the steps after its checkpoint a second time. All other checks "
        "look at what was written last.",
        source="",
        severity="info",
        rule=_goes_back,
        triggers=Example(of=_BACK, words="steps 500 to 590 written twice"),
        passes=Example(of=_LONG, words="each step once"),
    ),
)
