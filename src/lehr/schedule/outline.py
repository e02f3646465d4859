"""Outline: the few steps that draw a schedule's curve."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

import numpy as np

from lehr.schedule.bound import BoundSchedule
from lehr.schedule.shapes import Steps, Values
from lehr.schedule.stretches import stretches

MOST = 2_000
"""Points a curve is drawn with at the most; a screen has no more columns."""

TOLERANCE = 5e-4
"""What a drawn line may be off by, as a part of the curve's range: less than a pixel."""

DECADES = 8
"""What a logarithmic axis shows below the largest value."""

LOOKED_AT = 2**20
"""Steps a longer schedule is sampled at, evenly, besides the beginnings of its phases."""


def outline(
    bound: BoundSchedule, *, even: int = 2, most: int = MOST, log: bool = False
) -> tuple[Steps, Values]:
    """Return the steps that draw a schedule from 0 to its horizon, and their values.

    The beginnings of phases are among them, with the step before each.

    Args:
        bound: what is drawn.
        even: evenly spread steps to keep besides, for a reader who points at a straight line.
        most: how many steps to find beyond these.
        log: whether the axis of the values is logarithmic.

    >>> from lehr import hold, linear, warmup
    >>> steps, values = outline((warmup(100_000) >> hold() >> linear("20%")).over(1_000_000))
    >>> steps.tolist()
    [0, 99999, 100000, 799999, 800000, 1000000]
    """
    begins = np.array([stretch.start for stretch in stretches(bound)], np.int64)
    edges = np.maximum(np.concatenate([begins, begins - 1]), 0)
    grid = _spread(bound.horizon, LOOKED_AT)
    steps = _merged(grid, edges) if bound.horizon > LOOKED_AT else grid
    values = bound.at(steps)
    floor = float(values.max()) * 10.0**-DECADES
    seen = np.log10(np.maximum(values, floor)) if log and floor else values
    kept = thin(seen, keep=np.searchsorted(steps, edges), even=even, most=most)
    return steps[kept], values[kept]


def thin(values: Values, *, keep: Iterable[int] = (), even: int = 2, most: int = MOST) -> Steps:
    """Return the indices of the values to join with straight lines, ascending.

    All turning points are kept, and then the value that is farthest from the line, until no value
    is off by more than `TOLERANCE` of the range; so corners are kept exactly. A curve that turns
    too often for that is cut into columns, of which the first, last, lowest and highest values
    are kept.

    Args:
        values: one a step, shape (n,) with n ≥ 1, finite.
        keep: indices to keep in any case.
        even: evenly spread indices to keep besides, at least the 2 ends.
        most: how many indices to find beyond `keep` and `even`.

    Source:
        Ramer 1972, Douglas & Peucker 1973; for the columns Jugel et al., M4, VLDB 2014.

    >>> import numpy as np
    >>> thin(np.array([0.0, 1.0, 2.0, 2.0, 2.0, 1.0])).tolist()
    [0, 2, 4, 5]
    """
    last = len(values) - 1
    fixed = _merged(_spread(last, even), np.fromiter(keep, np.int64))
    turns = _turns(values)
    if len(turns) > most // 4:
        return _merged(fixed, _columns(values, most // 4))
    return _refined(values, _merged(fixed, turns), most - len(turns))


def _spread(last: int, count: int) -> Steps:
    if count > last:
        return np.arange(last + 1, dtype=np.int64)
    return np.linspace(0, last, count).round().astype(np.int64)


def _merged(*parts: Steps) -> Steps:
    """Sort steps and drop repeated ones (`np.unique` hashes, and slowly where steps are even)."""
    steps = np.sort(np.concatenate(parts))
    return steps[np.diff(steps, prepend=-1) > 0]


def _turns(values: Values) -> Steps:
    """Where the values stop rising and fall, or the other way; of a plateau its last index."""
    change = np.diff(values)
    moving = np.flatnonzero(change)
    rising = change[moving] > 0
    return moving[1:][rising[1:] != rising[:-1]]


def _columns(values: Values, count: int) -> Steps:
    edges = np.linspace(0, len(values), count + 1).round().astype(np.int64)
    pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ends = np.concatenate([edges[:-1], edges[1:] - 1])
    peaks = [
        begin + int(place)
        for begin, end in pairs
        for place in (values[begin:end].argmin(), values[begin:end].argmax())
    ]
    return _merged(ends, np.array(peaks, np.int64))


def _refined(values: Values, kept: Steps, most: int) -> Steps:
    """Add the value that is farthest from the line, again and again."""
    allowed = TOLERANCE * float(np.ptp(values))
    worst: list[tuple[float, int, int, int]] = []

    def look(begin: int, end: int) -> None:
        line = np.linspace(float(values[begin]), float(values[end]), end - begin + 1)
        off = np.abs(values[begin : end + 1] - line)
        place = int(off.argmax())
        if off[place] > allowed:
            heappush(worst, (-float(off[place]), begin, begin + place, end))

    for begin, end in zip(kept[:-1].tolist(), kept[1:].tolist(), strict=True):
        look(begin, end)
    found: list[int] = []
    while worst and len(found) < most:
        _, begin, place, end = heappop(worst)
        found.append(place)
        look(begin, place)
        look(place, end)
    return _merged(kept, np.array(found, np.int64))
