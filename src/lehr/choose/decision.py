"""What `lehr choose` answers, as one record that can be kept, compared and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from lehr.errors import StudyError

SCHEMA_VERSION = 1

Mode = Literal["min", "max"]
Stage = Literal["bracket", "race lr", "race shape", "full", "refine", "confirm"]
Verdict = Literal["chosen", "indistinguishable", "no_winner"]


class Record(BaseModel):
    """Base of every record: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(Record):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


class Expected(Interval):
    """The objective to expect from one run of the choice, and from how many seeds that is known."""

    seeds: int


class Gain(Interval):
    """How much better the choice is, on paired fresh seeds.

    `relative` gains are fractions of the other's objective (0.05: five per cent better);
    `absolute` ones are differences, used where an objective may be zero or negative.
    """

    unit: Literal["relative", "absolute"]
    pairs: int


class CandidateRecord(Record):
    """A candidate in words: its plan (hyper-parameter -> schedule text) and its peak lr."""

    plan: dict[str, str]
    schedule: str
    peak_lr: float


class RunRecord(CandidateRecord):
    """One run: how far it was trained, and the objective there."""

    seed: int
    stage: Stage
    steps: int
    objective: float | None
    diverged: bool


class Cost(Record):
    """Distinct optimizer steps trained, in units of one full run."""

    search: float
    refine: float = 0.0
    confirm: float
    total: float


class Decision(Record):
    """The answer of a study; the same for every executor and every interruption."""

    schema_version: Literal[1] = SCHEMA_VERSION
    problem: str
    plan: dict[str, str]
    schedule: str
    peak_lr: float
    horizon: int
    objective: str
    mode: Mode
    expected: Expected | None
    baseline: CandidateRecord
    runner_up: CandidateRecord | None
    gain_over_baseline: Gain | None
    gain_over_runner_up: Gain | None
    verdict: Verdict
    advice: str
    expected_regret: float | None
    cost_full_runs: Cost
    runs: list[RunRecord]
    weights: str | None
    seed: int
    threads: int
    versions: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Decision:
        """Read `decision.json`.

        Raises:
            StudyError: the file is missing or is not a decision of this schema.
        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StudyError(
                f"no decision can be read from {path}",
                value=str(error),
                rule=f"a decision.json of schema_version {SCHEMA_VERSION}",
                fix="run `lehr choose` on the problem again; it resumes where it stopped",
            ) from error


class Curve(Record):
    """One run as the report draws it: its training loss (thinned) and its evaluations."""

    plan: dict[str, str]
    schedule: str
    peak_lr: float
    seed: int
    stage: Stage
    diverged: bool
    loss_steps: list[int]
    losses: list[float | None]
    metric_steps: list[int]
    metrics: dict[str, list[float | None]]


class Sharing(Record):
    """What the segment tree saved: steps trained against the sum of the runs' steps."""

    runs: int
    segments: int
    steps_trained: int
    steps_of_runs: int


class StudyRecord(Record):
    """Everything a report shows: the decision, the curves behind it, and what was shared."""

    decision: Decision
    curves: list[Curve]
    sharing: Sharing
    warnings: list[str]
    command: str
