"""The three small files through which `lehr choose -- command` and a script talk.

The environment variable `LEHR_TRIAL` holds the path of a *request*. In it the script's
`lehr.trial()` finds its candidate, writes its own *declaration* (its defaults, its horizon, its
objective), and appends one line of JSON per *report*.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lehr.training.problem import Mode

VARIABLE = "LEHR_TRIAL"
LOSS = "loss"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Request(_Record):
    """What a script shall do.

    `plan` is None where it shall only declare itself and leave.
    """

    schema_version: Literal[1] = 1
    plan: str | None
    peak_lr: float | None
    seed: int
    stop: int
    declaration: Path
    reports: Path


class Declaration(_Record):
    """What a script trains by itself: the baseline, the horizon and the objective.

    A target that is not declared is not written: what is written identifies a study.
    """

    schema_version: Literal[1] = 1
    plan: str
    peak_lr: float
    steps: int
    objective: str
    mode: Mode
    target: float | None = Field(default=None, exclude_if=lambda target: target is None)


class Report(_Record):
    """Metrics after `step` updates."""

    step: int
    metrics: dict[str, float]

    @property
    def broken(self) -> bool:
        """Whether the training loss is not finite: the run has diverged."""
        return not math.isfinite(self.metrics.get(LOSS, 0.0))
