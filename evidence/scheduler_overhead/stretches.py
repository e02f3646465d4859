"""Timing contenders side by side, and comparing their minima."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping

Row = dict[str, object]
Stretch = Callable[[], int]
"""Does the work once; returns how many steps or values that was."""


def taken_in_turns(what: str, contenders: Mapping[str, Stretch], rounds: int) -> list[Row]:
    """Time every contender once a round, in CPU time of this process, without collecting garbage.

    A disturbance of the machine meets all of them, and time for which another process has the
    core is not counted. Returns nanoseconds per step (or value) of every stretch.
    """
    rows: list[Row] = []
    gc.collect()
    gc.disable()
    for number in range(rounds):
        for name, stretch in contenders.items():
            begin = time.process_time_ns()
            count = stretch()
            spent = time.process_time_ns() - begin
            row = {"what": what, "contender": name, "round": number, "ns": round(spent / count, 2)}
            rows.append(row)
    gc.enable()
    return rows


def ratio(
    rows: list[Row], what: str, ours: str, theirs: str, *, target: float | None = None
) -> Row:
    """How many times faster the minimum of `ours` is; `target` is the least it should be."""
    fastest: dict[object, float] = {}
    for row in rows:
        if row["what"] == what:
            fastest[row["contender"]] = min(
                fastest.get(row["contender"], math.inf), float(str(row["ns"]))
            )
    times = fastest[theirs] / fastest[ours]
    return {
        "what": what,
        "lehr": ours,
        "lehr_ns": fastest[ours],
        "other": theirs,
        "other_ns": fastest[theirs],
        "times_faster": round(times, 2),
        "target": target or "",
        "met": "" if target is None else "yes" if times >= target else "no",
    }
