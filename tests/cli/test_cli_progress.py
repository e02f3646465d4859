"""Progress: a bar on a terminal; elsewhere few lines, and the time left."""

from __future__ import annotations

import io

from rich.console import Console

from lehr.cli.progress import EVERY, Lines, busy, watch


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_long_stage_writes_a_line_in_a_while() -> None:
    """A thousand reports in 100 s give at most one line each ten seconds, with the time left."""
    stream, clock = io.StringIO(), Clock()
    lines = Lines(Console(file=stream, width=80), clock)
    lines.stage("race lr", 1000)
    for _ in range(1000):
        clock.now += 0.1
        lines.advanced(1)
    written = stream.getvalue().splitlines()
    assert written[0] == "race lr: 1,000 steps"
    assert len(written) <= 1 + 100 / EVERY
    assert "of 1,000 steps, 1 min 30 s left" in written[1]


def test_a_stage_that_is_done_already_is_not_mentioned() -> None:
    """A resumed study goes through its finished stages in silence; notes are written."""
    stream = io.StringIO()
    lines = Lines(Console(file=stream, width=80), Clock())
    lines.stage("bracket", 0)
    lines.note("[peak] lr 6.4 diverged")
    assert stream.getvalue() == "[peak] lr 6.4 diverged\n"


def test_a_terminal_gets_a_bar() -> None:
    """The bar shows the stage, its steps and the time left; a finished stage leaves a line."""
    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=True)
    with watch(console) as progress:
        progress.stage("bracket", 200)
        progress.advanced(50)
        progress.note("something happened")
        progress.stage("full", 1000)
    shown = stream.getvalue()
    assert "bracket: 200 steps" in shown
    assert "something happened" in shown
    assert "of 1,000 steps" in shown


def test_a_pipe_gets_lines() -> None:
    """No bar where it cannot be redrawn."""
    with watch(Console(file=io.StringIO())) as progress:
        assert isinstance(progress, Lines)


def test_only_a_terminal_is_told_what_is_being_done() -> None:
    """A spinner cannot be redrawn in a pipe, and leaves nothing on a terminal."""
    piped, drawn = io.StringIO(), io.StringIO()
    with busy(Console(file=piped), "designing"):
        pass
    with busy(Console(file=drawn, force_terminal=True), "designing"):
        pass
    assert piped.getvalue() == ""
    assert "designing" in drawn.getvalue()
