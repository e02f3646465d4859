"""A command line inside the process: arguments in, exit code and both streams out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lehr.cli import main


@dataclass(frozen=True)
class Result:
    """What a command line did."""

    code: int
    out: str
    err: str


Lehr = Callable[..., Result]


@pytest.fixture
def lehr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Lehr:
    """Run `lehr` in an empty directory, as a pipe of 80 columns would see it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Result:
        code = main(arguments)
        streams = capsys.readouterr()
        return Result(code, streams.out, streams.err)

    return run
