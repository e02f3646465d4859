"""A study of the tiny problem, as these tests ask for one."""

from __future__ import annotations

from pathlib import Path

import tiny_problem

from lehr.choose import StudyRecord, choose
from lehr.training import ProblemSource

SOURCE = ProblemSource.of(tiny_problem.__file__)


def serial(directory: Path, **settings: object) -> StudyRecord:
    return choose(SOURCE, directory=directory, executor="serial", **settings)  # type: ignore[arg-type] # forwarded as they are
