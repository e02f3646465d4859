"""Progress on stderr: of a study its stage, distinct steps and time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from lehr.choose import Progress as Watcher

EVERY = 10.0
"""Seconds between two lines where there is no terminal to redraw."""


@contextmanager
def watch(console: Console) -> Iterator[Watcher]:
    """Give a watcher that draws a bar on a terminal and writes a few lines elsewhere."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        TextColumn("{task.description:18}"),
        BarColumn(bar_width=None, complete_style="dark_orange", finished_style="dark_orange"),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} steps"),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=console, transient=True, speed_estimate_period=120) as bars:
        yield Bar(bars)


@contextmanager
def busy(console: Console, doing: str) -> Iterator[None]:
    """Say on a terminal what takes a while of which nobody knows how long."""
    if not console.is_terminal:
        yield
        return
    with console.status(Text(doing)):
        yield


class Bar:
    """A bar for the stage at work; a finished stage leaves one line."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("start", total=0, visible=False)
        self._steps = 0
        self._name = ""

    def stage(self, name: str, steps_total: int) -> None:
        """Begin a stage; one without steps has been trained before."""
        if self._steps:
            self._bars.console.print(Text(f"{self._name}: {self._steps:,} steps", style="dim"))
        self._name, self._steps = name, steps_total
        self._bars.reset(self._task, description=name, total=steps_total, visible=steps_total > 0)

    def advanced(self, steps: int) -> None:
        """Move the bar."""
        self._bars.advance(self._task, steps)

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self._bars.console.print(Text(text, style="dim"))


class Lines:
    """Plain lines, not more than one in a few seconds apart from notes and new stages.

    Args:
        console: where to write.
        clock: seconds that only grow.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._name = ""
        self._total = self._done = 0
        self._began = self._wrote = clock()

    def stage(self, name: str, steps_total: int) -> None:
        """Say that a stage begins, if it has something to train."""
        self._name, self._total, self._done = name, steps_total, 0
        self._began = self._wrote = self._clock()
        if steps_total:
            self._print(f"{name}: {steps_total:,} steps")

    def advanced(self, steps: int) -> None:
        """Say how far the stage is, if the last line is old enough."""
        self._done += steps
        now = self._clock()
        if now - self._wrote < EVERY or self._done >= self._total:
            return
        self._wrote = now
        left = (now - self._began) / self._done * (self._total - self._done)
        self._print(f"{self._name}: {self._done:,} of {self._total:,} steps, {duration(left)} left")

    def note(self, text: str) -> None:
        """Write a line."""
        self._print(text)

    def _print(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)


def duration(seconds: float) -> str:
    """Say about how long something takes.

    >>> duration(4), duration(75), duration(4000), duration(200000)
    ('4 s', '1 min 15 s', '1 h 6 min', '2 d 7 h')
    """
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    whole = max(round(seconds), 1)
    first = next(place for place, (_, size) in enumerate(units) if whole >= size)
    parts: list[str] = []
    for name, size in units[first : first + 2]:
        amount, whole = divmod(whole, size)
        parts += [f"{amount} {name}"] if amount else []
    return " ".join(parts)
