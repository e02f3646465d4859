"""How a curve ends: dead, risen again, cut in a cycle, before its time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lehr.checks.rewrite import nodes, phases
from lehr.checks.subject import Subject
from lehr.schedule import Schedule
from lehr.schedule.durations import Scope
from lehr.schedule.repeat import Repeat
from lehr.schedule.shapes import Values
from lehr.schedule.stretches import stretches
from lehr.schedule.wrapper import Wrapper

DEAD = 1e-4
"""Fraction of the peak below which updates no longer change anything measurable."""
LONG = 0.05
"""Share of a run that is worth a word: a twentieth of its compute."""
HIGH = 0.2
"""Fraction of the peak; twice the floor of 10 % that is customary for cosines."""
ANNEALED = 0.02
"""Fraction of the peak below which a run has ended in all but name."""
COMPLETE = 0.98
"""Share of its horizon after which a run counts as complete: the last rows may not be logged."""
FEWEST_ROWS = 4
"""Rows that a rise takes, at least, to be gradual."""
AGAIN = 0.1
"""Fraction of the peak by which a lr must rise to be seen rising."""
CUSTOMARY_COUNTS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Processes, or micro-batches of an accumulation, that people have."""


def dead_from(subject: Subject) -> int | None:
    """Return the index from which the lr stays dead to the end, None unless that is long."""
    alive = np.flatnonzero(subject.relative > DEAD)
    begin = int(alive[-1]) + 1 if alive.size else 0
    if begin >= len(subject.steps):
        return None
    share = (subject.length - int(subject.steps[begin])) / subject.length
    return begin if share >= LONG else None


def risen_from(subject: Subject) -> int | None:
    """Return the index of a trough from which the lr rises gradually, and nobody meant it to.

    Meant are: restarts, which jump; cycles, which rise again as they rose first; and in a plan
    everything but a `glide` that goes on past its own end, as ports of other libraries do.
    """
    r, steps = subject.relative, subject.steps
    top = _crest(r)
    lowest = np.minimum.accumulate(r[top:])
    seen = np.flatnonzero(r[top:] - lowest > AGAIN)
    if not seen.size:
        return None
    trough = top + int(np.flatnonzero(r[top:] == lowest[seen[0]])[0])
    crest = trough + _crest(r[trough:])
    climb = np.diff(r[trough : crest + 1])
    height = float(climb.sum())
    gradual = np.count_nonzero(climb) >= FEWEST_ROWS and float(climb.max()) <= 0.5 * height
    if not gradual or height < AGAIN or r[trough] > 0.5:
        return None
    if subject.curve is not None:
        return trough if any(map(_goes_on, nodes(subject.curve.schedule))) else None
    took, first = int(steps[crest] - steps[trough]), int(steps[top] - steps[0])
    slope, first_slope = height / took, float(r[top] - r[0]) / max(first, 1)
    cyclic = abs(took - first) < 0.25 * first or abs(slope - first_slope) < 0.25 * first_slope
    return None if cyclic else trough


def _crest(values: Values) -> int:
    """Return the first index of the value at which a curve stops to rise."""
    falls = np.flatnonzero(np.diff(values) < 0)
    return int(np.argmax(values[: int(falls[0]) + 1 if falls.size else len(values)]))


def _goes_on(node: Schedule) -> bool:
    """Whether a phase follows its formula past a span that it was given in steps."""
    on = getattr(node, "beyond", None) in ("mirror", "on")
    return on and getattr(node, "span", None) is not None


def over_at(subject: Subject) -> int | None:
    """Return the step at which a logged schedule was over, though the run went on."""
    if subject.log is None:
        return None
    index = dead_from(subject)
    index = risen_from(subject) if index is None else index
    return None if index is None or not subject.steps[index] else int(subject.steps[index])


def times_too_often(subject: Subject) -> int | None:
    """Return how often a logged scheduler seems to have been stepped per update, None if once."""
    over = over_at(subject)
    if over is None or subject.interval > over / 10 or epochs_as_steps(subject) is not None:
        return None
    if 0.0 < float(subject.relative[subject.steps > over].max()) < COMPLETE:
        return None  # a whole number of waves comes back to the peak
    off = max(0.02, subject.interval / over)
    times = subject.span / over
    return next((k for k in CUSTOMARY_COUNTS if abs(times / k - 1) <= off), None)


def epochs_as_steps(subject: Subject) -> int | None:
    """Return the number of epochs if a logged schedule was over after so many steps."""
    over, per_epoch = over_at(subject), subject.setting.steps_per_epoch
    if over is None or per_epoch is None:
        return None
    epochs = subject.span / per_epoch
    near = abs(over - epochs) <= max(subject.interval, 0.05 * epochs)
    return round(epochs) if near and epochs >= 2 else None


def ended_early(subject: Subject) -> bool:
    """Whether a logged run stopped before its horizon, with a lr that was still alive."""
    if subject.log is None or subject.horizon is None:
        return False
    return subject.length < COMPLETE * subject.horizon and subject.end > ANNEALED


def cut_cycle(subject: Subject) -> tuple[Repeat, int, int] | None:
    """Return the cycles that the plan's last phase cuts, how many are whole, and what is left.

    Only what the last phase of a plan is, perhaps scaled, clipped or mapped, is looked at.
    """
    if subject.curve is None:
        return None
    last: Schedule = phases(subject.curve.schedule)[-1]
    while isinstance(last, Wrapper):
        last = last.part
    if not isinstance(last, Repeat) or last.n is not None:
        return None
    room = stretches(subject.curve)[-1]
    scope = Scope(span=subject.curve.horizon, clock=subject.curve.clock)
    left, whole = room.stop - room.start, 0
    while True:
        inner = scope.stretched(Fraction(repr(last.stretch)) ** whole)
        steps = last.cycle.length(inner) or left
        if left < steps:
            return (last, whole, left) if left else None
        rounds = left // steps if last.stretch == 1 else 1
        whole, left = whole + rounds, left - rounds * steps
