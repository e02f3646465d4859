"""A candidate: one plan at one peak lr. A request: train it with a seed up to a step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lehr.choose.decision import CandidateRecord, Stage
from lehr.errors import UsageError
from lehr.schedule import Plan


@dataclass(frozen=True)
class Candidate:
    """A plan and the peak lr that its `lr` schedule multiplies.

    Raises:
        UsageError: the peak lr is not a positive finite number.
    """

    plan: Plan
    peak_lr: float

    def __post_init__(self) -> None:
        """Refuse a peak that no optimizer could use."""
        if not (math.isfinite(self.peak_lr) and self.peak_lr > 0):
            raise UsageError(
                "the peak lr of a candidate is not possible",
                value=f"peak_lr = {self.peak_lr!r}",
                rule="a peak lr is a positive finite number",
                fix="for example 0.1 for SGD or 1e-3 for Adam",
            )

    @property
    def record(self) -> CandidateRecord:
        """The candidate in words."""
        texts = self.plan.texts()
        return CandidateRecord(plan=texts, schedule=texts["lr"], peak_lr=self.peak_lr)

    def __str__(self) -> str:
        """Schedule and peak, as `lehr compare` accepts them."""
        texts = self.plan.texts()
        plan = texts["lr"] if set(texts) == {"lr"} else repr(self.plan)
        return f"{plan} @ {self.peak_lr:.6g}"


@dataclass(frozen=True, kw_only=True)
class Request:
    """Train `candidate` with `seed` from step 0 until step `until`."""

    candidate: Candidate
    seed: int
    until: int
    stage: Stage
