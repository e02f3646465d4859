"""The report in a terminal."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console
from studies import study

from lehr.choose.decision import StudyRecord
from lehr.report.build import build
from lehr.report.terminal import print_report

GOLDEN = Path(__file__).parent / "golden"


def printed(record: StudyRecord, *, terminal: bool = False, width: int = 100) -> str:
    stream = io.StringIO()
    colors = "truecolor" if terminal else None
    console = Console(file=stream, width=width, force_terminal=terminal, color_system=colors)
    print_report(build(record), console)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


@pytest.mark.parametrize("verdict", ["chosen", "indistinguishable", "no_winner"])
def test_the_terminal_shows_the_same_record(verdict: str) -> None:
    """The whole text of each verdict (UPDATE_GOLDEN=1 writes it anew)."""
    path = GOLDEN / f"terminal_{verdict}.txt"
    text = printed(study(verdict))
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_cuts_nothing(width: int) -> None:
    """Schedules and numbers are wrapped where they do not fit."""
    text = printed(study(), width=width)
    assert "…" not in text
    wide, narrow = (sorted("".join(one.split())) for one in (printed(study(), width=300), text))
    assert narrow == wide


def test_a_pipe_gets_no_terminal_codes() -> None:
    """Colours are for terminals only."""
    assert "\x1b" not in printed(study())
    assert "\x1b" in printed(study(), terminal=True)


def test_a_text_cannot_control_the_terminal() -> None:
    """Control characters of a problem are replaced, brackets are no rich markup."""
    text = printed(study(problem="\x1b[2Jname [bold]x[/bold]", advice="a\x07b"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "�[2Jname [bold]x[/bold]" in text
