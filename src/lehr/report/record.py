"""What a report shows: every number, sentence and line, before anything is drawn."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lehr.choose.decision import (
    Decision,
    Gain,
    Interval,
    Record,
    Sharing,
    Stage,
    Verdict,
    absent,
)

SCHEMA_VERSION = 1

Role = Literal["chosen", "baseline", "runner-up", "other"]
"""What a candidate is to the decision; every figure draws one role in one way."""


class Span(Record):
    """A piece of a sentence; code is set in another face and never broken apart."""

    text: str
    code: bool = False


class Sentence(Record):
    """A sentence of which some pieces are code."""

    spans: list[Span]

    def __str__(self) -> str:
        """The sentence as plain text."""
        return "".join(span.text for span in self.spans)


class Answer(Record):
    """The decision in words, and what to paste.

    Attributes:
        verdict: as in the decision.
        label: the verdict for people, two or three words.
        headline: the answer, one sentence.
        detail: what it stands on.
        advice: what would say more.
        code: Python to paste, complete but for the model.
    """

    verdict: Verdict
    label: str
    headline: Sentence
    detail: str
    advice: str
    code: str


class Fact(Record):
    """One number worth a tile: what it is, the number, and how surely it is known."""

    label: str
    value: str
    note: str


class ScheduleLine(Record):
    """The lr of one candidate over a run: an update uses `lrs[i]` at step `steps[i]`."""

    role: Role
    label: str
    steps: list[int]
    lrs: list[float]


class CurveLine(Record):
    """One run over its steps, cut where it leaves the picture.

    Attributes:
        diverged: whether training was given up; the last point is where, or where it was cut.
        leaves: whether it was cut.
    """

    role: Role
    label: str
    diverged: bool
    leaves: bool
    steps: list[int]
    values: list[float]


class Curves(Record):
    """Runs drawn together.

    Attributes:
        title: of the value axis.
        horizon: of a full run, in steps.
        log: whether the values span so much that they want a logarithmic axis.
        low: bottom of the value axis, in the values' own unit.
        high: top of the value axis.
        lines: less important roles first, so that the chosen one is drawn on top.
        target: a value to mark, the study's target; None: none.
    """

    title: str
    horizon: int
    log: bool
    low: float
    high: float
    lines: list[CurveLine]
    target: float | None = Field(default=None, exclude_if=absent)


class SweepPoint(Record):
    """All runs of one schedule at one peak lr, at the sweep's step.

    Attributes:
        objective: mean, smallest and largest of the healthy seeds; None where all diverged.
        seeds: how many seeds were trained that far.
        diverged: how many of them diverged.
        fresh: whether these are seeds of the confirmation, not the one all search runs share.
    """

    role: Role
    peak_lr: float
    objective: Interval | None
    seeds: int
    diverged: int
    fresh: bool


class SweepLine(Record):
    """One schedule's points by ascending peak lr; `place` is its place in the legend."""

    schedule: str
    place: int
    points: list[SweepPoint]


class Sweep(Record):
    """The objective against the peak lr at one step of the run.

    Attributes:
        log: whether the objectives want a logarithmic axis.
        ceiling: points above it are drawn on it; None where all fit.
    """

    title: str
    step: int
    objective: str
    log: bool
    ceiling: float | None
    lines: list[SweepLine]


class GainRow(Record):
    """One paired comparison on fresh seeds: how much better the choice is."""

    against: str
    schedule: str
    peak_lr: float
    gain: Gain
    words: str


class ShapeRow(Record):
    """What one schedule reached, at its own best peak lr.

    Attributes:
        place: of the schedule in the legend.
        peak_lr: at which it did best.
        steps: how far it was trained there.
        complete: whether that is a full run.
        objective: mean over seeds with its 95% interval; None where every run diverged, or none
            had a finite metric.
        seeds: on how many seeds that rests; with one, the interval is a point.
        fresh: whether these are fresh seeds, on which nothing was selected.
        tried: at how many peak lrs.
        missed: on how many of the seeds the study's target was missed; None: it has none.
        unmeasured: True where training was healthy and yet no metric was finite; else None.
    """

    schedule: str
    place: int
    role: Role
    peak_lr: float
    steps: int
    complete: bool
    objective: Interval | None
    seeds: int
    fresh: bool
    tried: int
    missed: int | None = Field(default=None, exclude_if=absent)
    unmeasured: bool | None = Field(default=None, exclude_if=absent)


class CostSummary(Record):
    """What the study cost, in full runs and in steps.

    Attributes:
        saved_steps: steps that would have been trained again without sharing.
        saved: the same as a fraction of the sum of all runs.
    """

    search: float
    refine: float
    confirm: float
    total: float
    sharing: Sharing
    saved_steps: int
    saved: float


class Caveat(Record):
    """Something that could make the answer wrong; a warning deserves a look before training."""

    title: str
    text: str
    warning: bool


class RunRow(Record):
    """One run in the table of all runs; `missed` says of a healthy one that the target was."""

    role: Role
    schedule: str
    peak_lr: float
    seed: int
    stage: Stage
    steps: int
    objective: float | None
    diverged: bool
    missed: bool | None = Field(default=None, exclude_if=absent)


class Reproduce(Record):
    """How to get the same decision again."""

    command: str
    seed: int
    threads: int
    versions: dict[str, str]


class Report(Record):
    """The whole report. Renderers add no number and no sentence about the study to it."""

    schema_version: Literal[1] = SCHEMA_VERSION
    problem: str
    objective: str
    horizon: int
    answer: Answer
    facts: list[Fact]
    measured: str
    schedules: list[ScheduleLine]
    gains: list[GainRow]
    sweeps: list[Sweep]
    shapes: list[ShapeRow]
    losses: Curves | None
    objectives: Curves | None
    cost: CostSummary
    caveats: list[Caveat]
    runs: list[RunRow]
    reproduce: Reproduce
    decision: Decision
