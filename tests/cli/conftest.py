"""A command line inside the process, and logs for it to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lehr import cosine, warmup, wsd
from lehr.cli import main
from lehr.laws import FORMS
from lehr.laws.law import prior_of, values_of
from lehr.laws.path import path

HORIZON = 3_000


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


@pytest.fixture
def logs(tmp_path: Path) -> list[str]:
    """Two logs in the working directory, as the weight-norm law would have written them."""
    form = FORMS[-1]
    steps = np.arange(100, HORIZON, 100)
    names = []
    for name, peak, shape in (
        ("cosine.csv", 1e-3, warmup(50) >> cosine()),
        ("wsd.csv", 2e-3, wsd(warmup=50)),
    ):
        lr = peak * shape.over(HORIZON).values()
        loss, _ = form.evaluate(
            values_of(form, prior_of(form)[0]), path(lr, steps.astype(float), 0.1)
        )
        rows = [f"{s},{lr[s]!r},{value!r}" for s, value in zip(steps, loss.tolist(), strict=True)]
        text = "step,lr,loss\n0," + f"{lr[0]!r},\n" + "\n".join(rows)
        (tmp_path / name).write_text(text.replace("np.float64(", "").replace(")", "") + "\n")
        names.append(name)
    return names
