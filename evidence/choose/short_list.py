"""What a list of schedules loses against all that were recorded, each at its own best peak lr.

For every task and list: the best cell (schedule of the list, peak lr) by its mean on the search's
seeds, valued on ten other seeds, against the best cell of all schedules found the same way.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from grid import SHAPES, TRUNK
from recorded import Recorded

EVERY = (*SHAPES, *TRUNK)
LISTS = {name: (name,) for name in EVERY} | {
    "linear, wsd": ("linear", "wsd"),
    "linear, wsd, rex": ("linear", "wsd", "rex"),
    "linear, wsd, wsd 40, wsd 65": ("linear", "wsd", "wsd 40", "wsd 65"),
    "all nine": EVERY,
}


def losses(tasks: Iterable[str]) -> dict[str, dict[str, float]]:
    """List -> task -> excess over the best of all schedules, as a fraction."""
    found: dict[str, dict[str, float]] = {name: {} for name in LISTS}
    for task in tasks:
        recorded = Recorded.load(task, EVERY)
        means, fresh = recorded.finals.mean(0), recorded.fresh.mean(0)
        worth: dict[str, float] = {}
        for name, shapes in LISTS.items():
            places = [recorded.shapes.index(shape) for shape in shapes]
            row, lr = np.unravel_index(np.argmin(means[places]), (len(places), means.shape[1]))
            worth[name] = float(fresh[places[int(row)], lr])
        for name, value in worth.items():
            found[name][task] = value / worth["all nine"] - 1
    return found


def table(tasks: Iterable[str]) -> list[dict[str, object]]:
    """One row a list: mean, median and worst loss, and the loss task by task."""
    rows: list[dict[str, object]] = []
    for name, by_task in losses(tasks).items():
        values = np.array(list(by_task.values()))
        figures = {"mean": values.mean(), "median": np.median(values), "worst": values.max()}
        rounded = {key: round(float(value), 4) for key, value in (figures | by_task).items()}
        rows.append({"list": name, **rounded})
    return rows
