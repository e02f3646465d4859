"""Where the phases of a bound schedule begin and end."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lehr.schedule.algebra import Absolute, Sequence
from lehr.schedule.base import Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.durations import Scope


@dataclass(frozen=True)
class Stretch:
    """One phase over the steps [start, stop).

    Attributes:
        text: of the phase.
        start: its first step.
        stop: the step after its last.
        first: multiplier used by its first step.
        last: multiplier used by its last step.
    """

    text: str
    start: int
    stop: int
    first: float
    last: float

    @property
    def name(self) -> str:
        """What a picture has room for: of a call its name, of anything else the text.

        >>> Stretch('warmup("5%")', 0, 50, 0.02, 1.0).name
        'warmup'
        >>> Stretch("cosine().repeat(3)", 0, 50, 1.0, 1.0).name
        'cosine().repeat(3)'
        """
        tree = ast.parse(self.text, mode="eval").body
        called = tree.func if isinstance(tree, ast.Call) else None
        return called.id if isinstance(called, ast.Name) else self.text


def stretches(bound: BoundSchedule) -> list[Stretch]:
    """Split a schedule at its outermost `>>`; one that has none is one stretch.

    >>> from lehr import cosine, warmup
    >>> [(s.text, s.start, s.stop) for s in stretches((warmup(2) >> cosine()).over(10))]
    [('warmup(2)', 0, 2), ('cosine()', 2, 10)]
    """
    schedule = bound.schedule
    schedule = schedule.part if isinstance(schedule, Absolute) else schedule
    parts = schedule.parts if isinstance(schedule, Sequence) else (schedule,)
    found: list[Stretch] = []
    start = 0
    for part, steps in zip(parts, _lengths(bound, parts), strict=True):
        stop = start + steps
        found.append(Stretch(str(part), start, stop, bound(start), bound(stop - 1)))
        start = stop
    return found


def _lengths(bound: BoundSchedule, parts: tuple[Schedule, ...]) -> list[int]:
    """Steps of each part; the open one takes what the others leave."""
    scope = Scope(span=bound.horizon, clock=bound.clock)
    own = [part.length(scope) for part in parts]
    rest = bound.horizon - sum(steps for steps in own if steps is not None)
    return [rest if steps is None else steps for steps in own]
