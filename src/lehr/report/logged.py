"""Logged: a run as its log tells it, and what in that could make a forecast wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lehr.laws import Curve, Law
from lehr.laws.curve import Array, per_step
from lehr.logs import Series
from lehr.logs.runs import listed
from lehr.report import numerals
from lehr.report.forecast_doubts import Doubt

LATE = 3
"""Intervals between two lrs after which the first one says little of what was before it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Logged:
    """A run that was logged.

    Args:
        curve: what a law is fitted on.
        lr: its learning rates as it went on to its end, their steps ascending; they may go on
            beyond the last loss.
        before: whether it logged a loss before its first update, of which no law says anything.
    """

    curve: Curve
    lr: Series
    before: bool = False

    @property
    def late(self) -> bool:
        """Whether its lrs begin so late that the first says little of what was before it."""
        steps = self.lr.steps
        return len(steps) > 1 and bool(steps[0] > LATE * np.median(np.diff(steps)))

    @property
    def made(self) -> Array:
        """The lr of each update that was made, as far as its lrs or its losses tell."""
        updates = max(int(self.lr.steps[-1]) + 1, int(self.curve.steps[-1]))
        return per_step((self.lr.steps, self.lr.values), updates, self.curve.name)


def of_runs(law: Law, runs: Sequence[Logged]) -> list[Doubt]:
    """Say what is doubtful about the runs that a law was fitted on.

    Args:
        law: that was fitted.
        runs: their logs, in the order in which they were fitted.
    """
    return [
        *(_assumed(runs) if law.decay_assumed else ()),
        *_decays(law, runs),
        *of_logs(runs),
    ]


def of_group(runs: Sequence[Logged]) -> list[Doubt]:
    """Say what is doubtful about runs from which a prior is learned, whose law knows of decay."""
    return [*_assumed(runs), *of_logs(runs)]


def of_logs(runs: Sequence[Logged]) -> Iterator[Doubt]:
    """Say what no law is needed to doubt."""
    late = [run for run in runs if run.late]
    if len(late) == 1:
        series, name = late[0].lr, late[0].curve.name
        yield Doubt(
            title=f"The lrs of {name} begin at step {numerals.count(int(series.steps[0]))}",
            text=f"{numerals.lr(float(series.values[0]), 3)} is taken for all updates before. "
            "If this is a run that was resumed, put the log of its beginning before it.",
            warning=True,
        )
    elif late:
        first = numerals.count(min(int(run.lr.steps[0]) for run in late))
        yield Doubt(
            title=f"Lrs begin at step {first} or later, of "
            f"{_of([run.curve.name for run in late], runs)}",
            text="The first of each is taken for all updates before. "
            "If these are runs that were resumed, put the logs of their beginnings before them.",
            warning=True,
        )
    before = [run.curve.name for run in runs if run.before]
    if before:
        yield Doubt(
            title=f"The loss at step 0 was left out, of {_of(before, runs)}",
            text="Laws begin after the first update.",
            warning=False,
        )


def _assumed(runs: Sequence[Logged]) -> Iterator[Doubt]:
    silent = [run.curve.name for run in runs if not run.curve.decay_known]
    if silent:
        who = "No log says" if len(silent) == len(runs) else f"{_of(silent, runs)} do not say"
        yield Doubt(
            title="A weight decay of 0 was assumed",
            text=f"{who} it, and the law depends on it: --weight-decay 0.1, or 0 if it is 0.",
            warning=True,
        )


def _decays(law: Law, runs: Sequence[Logged]) -> Iterator[Doubt]:
    first = runs[0].curve
    decays = sorted({run.curve.weight_decay for run in runs})
    ends = {float(law.evaluate(first.lr, first.steps[-1:], decay)[0][0]) for decay in decays}
    if len(ends) > 1:
        low, high, own = (numerals.lr(d) for d in (decays[0], decays[-1], law.weight_decay))
        yield Doubt(
            title=f"The runs had weight decays from {low} to {high}",
            text=f"What is expected is of {own}, that of the first, {first.name}; "
            "name a log of another first to ask about that one.",
            warning=True,
        )


def _of(names: Sequence[str], runs: Sequence[Logged]) -> str:
    return f"{len(names)} of {numerals.plural(len(runs), 'log')} ({listed(names)})"
