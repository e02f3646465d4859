"""Variants: a candidate with one hyper-parameter changed."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from lehr.choose.candidate import Candidate
from lehr.errors import ScheduleError
from lehr.schedule import Plan, Schedule, absolute, constant
from lehr.schedule.algebra import Sequence
from lehr.schedule.phases import Hold, Warmup
from lehr.schedule.ramps import Ramp
from lehr.training import OwnValues

Refinable = Literal["warmup", "floor", "weight_decay", "momentum"]

FLOOR = 0.1
"""Where a decay to 0 ends instead; what language models often take."""


def variants(name: Refinable, candidate: Candidate, own: OwnValues | None) -> tuple[Candidate, ...]:
    """Vary one hyper-parameter of a candidate; nothing where it cannot be varied.

    | name | variants |
    | --- | --- |
    | warmup | half and twice as long; the schedule begins with a warmup |
    | floor | the decay ends at 0.1; it is the only one and ended at 0 |
    | weight_decay | a quarter and four times the optimizer's own |
    | momentum | 1 − momentum (or 1 − beta1) halved and doubled |

    Two of them carry the peak lr with them, since the optimizer couples it to them. AdamW shrinks
    the weights by lr × weight decay at every step. The peak was found at the old decay: to leave it
    changes that product by 4, to keep the product changes the peak by 4, and the best is in
    between. So the peak goes half the way: a quarter of the decay is tried at twice the peak lr,
    four times the decay at half of it. SGD's updates add up to lr/(1 − momentum) gradients, and a
    variant keeps that: half of 1 − momentum is tried at half the peak lr. The beta1 of Adam weighs
    a mean, which is no larger for it, and its peak stays.

    What a plan schedules itself is not varied, and values of the optimizer's own stay as they are:
    a variant is a `Plan` that multiplies weight decay, or replaces momentum by `absolute(…)`.

    Args:
        name: what to vary.
        candidate: what to start from.
        own: the optimizer's values; needed for weight_decay and momentum only.

    >>> from lehr import parse
    >>> linear = Candidate(Plan.of(parse('warmup("5%") >> linear()')), 0.1)
    >>> [str(variant) for variant in variants("warmup", linear, None)]
    ['warmup("2.5%") >> linear() @ 0.1', 'warmup("10%") >> linear() @ 0.1']
    >>> [str(variant) for variant in variants("floor", linear, None)]
    ['warmup("5%") >> linear(final=0.1) @ 0.1']
    """
    schedules = candidate.plan.schedules
    if name == "warmup":
        others = [_warmed(schedules["lr"], Fraction(1, 2)), _warmed(schedules["lr"], Fraction(2))]
        changed = [_with(candidate, lr=other) for other in others if other is not None]
    elif name == "floor":
        floored = _floored(schedules["lr"])
        changed = [] if floored is None else [_with(candidate, lr=floored)]
    elif own is None or schedules.keys() & _same_as(name):
        changed = []
    elif name == "weight_decay":
        changed = [
            _with(candidate, weight_decay=constant(factor), peak=peak if own.decay_times_lr else 1)
            for factor, peak in ((0.25, 2.0), (4.0, 0.5))
        ]
    else:
        changed = _of_momentum(candidate, own)
    return tuple(variant for variant in changed if variant != candidate)


def fits(candidate: Candidate, horizon: int) -> bool:
    """Whether a candidate's plan can be bound to a horizon; a longer warmup may leave no room."""
    try:
        candidate.plan.over(horizon)
    except ScheduleError:
        return False
    return True


def _with(candidate: Candidate, *, peak: float = 1, **changed: Schedule) -> Candidate:
    schedules = {**candidate.plan.schedules, **changed}
    return Candidate(Plan(**schedules), candidate.peak_lr * peak)


def _warmed(schedule: Schedule, factor: Fraction) -> Schedule | None:
    """The schedule with its warmup `factor` times as long; in steps, rounded up to whole ones."""
    warmup, *rest = schedule.parts if isinstance(schedule, Sequence) else (schedule,)
    if not (rest and isinstance(warmup, Warmup) and (duration := warmup.duration)):
        return None
    amount = duration.amount * factor
    whole = Fraction(math.ceil(amount)) if duration.unit == "steps" else amount
    return Sequence((replace(warmup, duration=replace(duration, amount=whole)), *rest))


def _floored(schedule: Schedule) -> Schedule | None:
    """The schedule with its one decay, the last phase, ending at FLOOR instead of 0."""
    *before, last = schedule.parts if isinstance(schedule, Sequence) else (schedule,)
    known = all(isinstance(part, Warmup | Hold) for part in before)
    if not (known and isinstance(last, Ramp) and last.final == 0 and last.start in (None, 1)):
        return None
    floored = replace(last, final=FLOOR)
    return Sequence((*before, floored)) if before else floored


def _of_momentum(candidate: Candidate, own: OwnValues) -> list[Candidate]:
    """Halve and double 1 − momentum, where that is above 0."""
    if len(own.momentum) != 1:
        return []
    away = 1 - own.momentum[0]
    return [
        _with(
            candidate,
            momentum=absolute(constant(round(1 - factor * away, 12))),
            peak=factor if own.momentum_times_lr else 1,
        )
        for factor in (0.5, 2.0)
        if factor * away < 1
    ]


def _same_as(name: Refinable) -> set[str]:
    """By which names a plan may schedule it already."""
    return {"momentum", "betas"} if name == "momentum" else {name}
