"""The recorded runs of a task by accuracy, and what lehr's search chooses by it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from accurate import APART, KNOWN
from grid import SHAPES, TRUNK
from lehr_choice import Study
from recorded import Recorded

from lehr.choose.candidate import Request
from lehr.choose.decision import Mode
from lehr.choose.outcome import Outcome

CURVES = Path(__file__).parent / "curves"
Metric = Literal["loss", "accuracy"]
PROBLEMS = KNOWN | APART


@dataclass(frozen=True, kw_only=True, eq=False)
class Wrong(Recorded):
    """Runs whose losses are the shares of samples told wrong; infinite where one was lost."""

    def regret(self, shape: int, lr: int) -> float:
        """How many more samples a cell tells wrong than the oracle; a run that is lost, all."""
        wrong = np.minimum(self.fresh, 1.0).mean(0)
        return float(wrong[shape, lr] - wrong[self.oracle])


@dataclass(kw_only=True)
class Accurate(Study):
    """Searches for the largest accuracy."""

    @property
    def mode(self) -> Mode:
        return "max"

    def _outcome(self, request: Request, seed: int) -> Outcome:
        seen = super()._outcome(request, seed)
        if seen.objective is None:
            return seen
        return Outcome(objective=1 - seen.objective, diverged=False)


def recorded(name: str, metric: Metric) -> Recorded:
    """A task's runs, of all schedules: their losses, or what they tell wrong."""
    with np.load(CURVES / f"{name}.npz") as file:
        val, test = (file[part].astype(np.float64) for part in ("val", "test"))
        found = {key: file[key] for key in ("shapes", "peak_lrs", "marks", "seeds")}
    kind = Recorded if metric == "loss" else Wrong
    val, test = (part[..., 0] if metric == "loss" else 1 - part[..., 1] for part in (val, test))
    runs = kind(
        task=name,
        shapes=tuple(found["shapes"].tolist()),
        peak_lrs=found["peak_lrs"],
        marks=found["marks"],
        val=np.where(np.isfinite(val), val, np.inf),
        test=np.where(np.isfinite(test), test, np.inf),
        seeds=tuple(found["seeds"].tolist()),
    )
    return runs.of(SHAPES | TRUNK)
