"""Native: a call of a framework's own scheduler, and the proof that it is the schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from lehr.catalog.ports import Library, Port
from lehr.errors import ScheduleError
from lehr.schedule import BoundSchedule
from lehr.schedule.checked import number_text

TOLERANCE = 1e-12
"""Largest difference of a native scheduler, relative to the peak lr."""


@dataclass(frozen=True)
class Call:
    """A framework's own scheduler with its arguments; members are calls themselves.

    Attributes:
        name: the framework's name.
        arguments: its own arguments, without the optimizer and its lr.
        base: the lr that torch's members read from the optimizer; None where there is none.
    """

    name: str
    arguments: Mapping[str, object]
    base: float | None = None

    def port(self, library: Library) -> Port:
        """Return what the call is, as a port."""
        inner = {key: members(value) for key, value in self.arguments.items()}
        made = {
            key: [member.port(library) for member in inner[key]] if inner[key] else value
            for key, value in self.arguments.items()
        }
        if self.base is not None:
            made["base_lr"] = self.base
        return library(self.name, **made)

    def words(self) -> list[str]:
        """Return the arguments as Python writes them, calls apart."""
        return [f"{key}={written(value)}" for key, value in self.arguments.items()]


def members(value: object) -> list[Call]:
    """Return the calls among an argument's entries; none where it is no list."""
    entries = cast("list[object]", value) if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Call)]


def written(value: object) -> str:
    """Write an argument; floats keep their point, so that a library reads a float."""
    if isinstance(value, float) and not value.is_integer():
        return number_text(value)
    return repr(value)


def difference(call: Call, library: Library, bound: BoundSchedule, peak_lr: float) -> float:
    """Return the largest difference to the schedule at the run's steps, relative to the peak.

    Infinite where the library refuses the arguments.
    """
    try:
        port = call.port(library)
        theirs = port.lr(np.arange(bound.horizon))
    except ScheduleError:
        return float("inf")
    return float(np.abs(theirs - peak_lr * bound.values()).max()) / peak_lr


def holds(call: Call, library: Library, bound: BoundSchedule, peak_lr: float) -> bool:
    """Return whether the library's scheduler stays where the schedule does after the run."""
    end = bound.horizon
    after = call.port(library).lr(np.array([end, end + 1, end + 2, end + 1 + end // 3, 3 * end]))
    return bool(np.abs(after - peak_lr * bound(end)).max() <= TOLERANCE * peak_lr)
