"""What `lehr choose` answers, as one record that can be kept, compared and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lehr.errors import StudyError

SCHEMA_VERSION = 1
"""Of a decision by the metric at the end; one about steps to a target is of version 2."""

Mode = Literal["min", "max"]
Stage = Literal["bracket", "race lr", "race shape", "full", "refine", "confirm"]
Verdict = Literal["chosen", "indistinguishable", "no_winner"]


class Record(BaseModel):
    """Base of every record: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def absent(value: object) -> bool:
    """Whether a field that only some records have is left out of what is written."""
    return value is None


class Target(Record):
    """A value that the metric shall reach in the fewest steps."""

    metric: str
    mode: Mode
    value: float

    @property
    def words(self) -> str:
        """What is to be reached.

        >>> Target(metric="accuracy", mode="max", value=0.97).words
        'accuracy ≥ 0.97'
        """
        return f"{self.metric} {'≤' if self.mode == 'min' else '≥'} {self.value:.6g}"

    @property
    def objective(self) -> str:
        """What is minimised, in words."""
        return f"steps to {self.words}"


class Interval(Record):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


class Expected(Interval):
    """The objective to expect from one run of the choice, and from how many seeds that is known.

    Steps to a target are restricted to the horizon, and `reached` says on how many seeds the
    target was reached at all.
    """

    seeds: int
    reached: int | None = Field(default=None, exclude_if=absent)


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
    """One run: how far it was trained, and the objective there.

    With a target the objective is the steps to it, null where it was not reached, and `metric` is
    what the run had at its last step.
    """

    seed: int
    stage: Stage
    steps: int
    objective: float | None
    diverged: bool
    metric: float | None = Field(default=None, exclude_if=absent)


class Cost(Record):
    """Distinct optimizer steps trained, in units of one full run."""

    search: float
    refine: float = 0.0
    confirm: float
    total: float


class Decision(Record):
    """The answer of a study; the same for every executor and every interruption.

    Where there is a `target`, `objective` and `mode` are those of the steps to it ("min"), the
    metric's own are the target's, and the version is 2.
    """

    schema_version: Literal[1, 2] = SCHEMA_VERSION
    problem: str
    plan: dict[str, str]
    schedule: str
    peak_lr: float
    horizon: int
    objective: str
    mode: Mode
    target: Target | None = Field(default=None, exclude_if=absent)
    expected: Expected | None
    expected_of_baseline: Expected | None = Field(default=None, exclude_if=absent)
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

    @property
    def reached(self) -> bool:
        """Whether a run that counts reached the target: one on a fresh seed, if there were any.

        True where there is no target, or no run was trained to the end.
        """
        full = [run for run in self.runs if run.steps == self.horizon and not run.diverged]
        counted = [run for run in full if run.stage == "confirm"] or full
        missed = bool(counted) and all(run.objective is None for run in counted)
        return self.target is None or not missed

    @property
    def metric(self) -> str:
        """The metric that runs were evaluated by."""
        return self.objective if self.target is None else self.target.metric

    @property
    def metric_mode(self) -> Mode:
        """Whether a small or a large metric is good."""
        return self.mode if self.target is None else self.target.mode

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
                rule="a decision.json of schema_version 1 or 2",
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
