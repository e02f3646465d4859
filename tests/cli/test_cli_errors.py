"""What goes wrong is said on stderr, without a traceback, with the exit code that is promised."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lehr.cli import app as application
from lehr.errors import CheckpointError, LehrError, ParseError, ProblemError, StudyError

Lehr = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["chose", "digits"], 'Did you mean "choose"?'),
        (["choose", "digits", "--bugdet", "3"], "Did you mean --budget?"),
        (["choose", "dgits"], "did you mean digits?"),
        (["choose"], "PROBLEM"),
        (["choose", "digits", "--budget", "much"], "--budget"),
        (["choose", "nowhere.py"], "there is no such problem file"),
        (["choose", "cifar10"], "--data DIR"),
        (["choose", "--"], "an empty command"),
        (["choose", "digits", "--", "python", "train.py"], "digits"),
        (["choose", "--steps", "5", "--", "python", "train.py"], "a command takes its own"),
        (["compare", "digits", "linear()", "rex() @ 1"], "SCHEDULE @ PEAK"),
        (["compare", "digits", "linear() @ -1", "rex() @ 1"], "peak lr"),
        (["compare", "digits", "linear() @ 1", "rex() @ 1", "--seed", "-1"], "seed = -1"),
        (["choose", "digits", "--seed", "4294967295"], "seed = 4294967295"),
        (["choose", "digits", "--lr-range", "0.1", "0.1000001"], "too narrow"),
        (["choose", "digits", "--disk", "nan"], "disk = nan"),
        (["choose", "digits", "--plan", "--workers", "-3"], "workers = -3"),
        (["choose", "digits", "--directory", "/proc/there"], "no study can be kept"),
        (["show", "warmp()"], "did you mean warmup?"),
        (["show", "linear()", "--horizon", "0"], "horizon"),
        (["report", "nowhere"], "there is no study"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_to_type(
    line: list[str], said: str, lehr: Lehr
) -> None:
    """Nothing on stdout, the cause on stderr, no traceback, exit code 2."""
    result = lehr(*line)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("error", "code"),
    [(ProblemError, 3), (StudyError, 2), (CheckpointError, 2), (ParseError, 2)],
)
def test_each_error_has_its_exit_code(
    error: type[LehrError], code: int, lehr: Lehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A problem of the user's that fails is 3; all four parts of an error are shown."""

    def fail(tokens: list[str]) -> int:
        raise error("it broke", value="a [bold]value[/bold]", rule="the rule", fix="the way out")

    monkeypatch.setattr(application, "run", fail)
    result = lehr("list")
    assert result.code == code
    lines = [line.split() for line in result.err.splitlines()]
    assert lines == [
        ["error:", "it", "broke"],
        ["got", "a", "[bold]value[/bold]"],
        ["rule", "the", "rule"],
        ["try", "the", "way", "out"],
    ]


@pytest.mark.parametrize(("verb", "resumes"), [("choose", True), ("list", False)])
def test_an_interruption_says_that_the_line_can_be_repeated(
    verb: str, resumes: bool, lehr: Lehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 130, and a promise only where it is kept."""

    def interrupt(tokens: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(application, "run", interrupt)
    result = lehr(verb)
    assert result.code == 130
    assert ("goes on where it stopped" in result.err) is resumes


def test_a_bug_is_not_hidden(lehr: Lehr, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that is not ours keeps its traceback."""

    def bug(tokens: list[str]) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(application, "run", bug)
    with pytest.raises(ZeroDivisionError):
        lehr("list")


def test_options_can_be_kept_in_pyproject(lehr: Lehr, tmp_path: Path) -> None:
    """[tool.lehr.show] gives defaults, what is typed wins, an unknown key is refused."""
    config = tmp_path / "pyproject.toml"
    config.write_text("[tool.lehr.show]\nhorizon = 4\n", encoding="utf-8")
    assert len(lehr("show", "linear()", "--csv").out.splitlines()) == 5
    assert len(lehr("show", "linear()", "--csv", "--horizon", "6").out.splitlines()) == 7
    config.write_text("[tool.lehr.show]\nhorizont = 4\n", encoding="utf-8")
    result = lehr("show", "linear()", "--csv")
    assert result.code == 2
    assert "horizont" in result.err
    assert os.fspath(config) in result.err
    assert "lehr show --help" in result.err
