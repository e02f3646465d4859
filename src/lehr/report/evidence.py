"""A study's runs, sorted for reading: one curve a run, roles, and who is in the legend where."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from lehr.choose.decision import Curve, Decision, StudyRecord
from lehr.choose.target import steps_to_target
from lehr.report.record import Role


class Trained(Protocol):
    """Anything that names a candidate: a run, a curve, a decision's rival."""

    @property
    def plan(self) -> dict[str, str]:
        """Hyper-parameter -> schedule text."""
        ...

    @property
    def peak_lr(self) -> float:
        """The optimizer's own lr."""
        ...


Key = tuple[str, float]
"""A candidate as something that can be compared: its plan in words and its peak lr."""


def plan_text(plan: Mapping[str, str]) -> str:
    """Write a plan as one would type it: the lr's text alone where it schedules nothing else.

    >>> plan_text({"lr": "linear()"})
    'linear()'
    >>> plan_text({"momentum": "constant()", "lr": "linear()"})
    'Plan(lr=linear(), momentum=constant())'
    """
    if set(plan) == {"lr"}:
        return plan["lr"]
    return f"Plan({', '.join(f'{name}={plan[name]}' for name in sorted(plan))})"


def key(candidate: Trained) -> Key:
    """Name a candidate."""
    return plan_text(candidate.plan), candidate.peak_lr


@dataclass(frozen=True)
class Evidence:
    """Everything the report's parts read from a study.

    Attributes:
        study: as it was recorded.
        curves: the longest curve of every (candidate, seed), in the study's order.
    """

    study: StudyRecord
    curves: tuple[Curve, ...]

    @classmethod
    def of(cls, study: StudyRecord) -> Evidence:
        """Keep of each run the curve that goes farthest."""
        longest: dict[tuple[Key, int], Curve] = {}
        for curve in study.curves:
            run = (key(curve), curve.seed)
            if run not in longest or _length(curve) > _length(longest[run]):
                longest[run] = curve
        return cls(study, tuple(longest.values()))

    @property
    def decision(self) -> Decision:
        """The study's decision."""
        return self.study.decision

    def role(self, candidate: Trained) -> Role:
        """What a candidate is to the decision; a baseline that was chosen is the chosen one."""
        decision = self.decision
        rivals: tuple[tuple[Role, Trained | None], ...] = (
            ("chosen", decision),
            ("baseline", decision.baseline),
            ("runner-up", decision.runner_up),
        )
        name = key(candidate)
        for role, rival in rivals:
            if rival is not None and key(rival) == name:
                return role
        return "other"

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """Plan in words -> its place in the legend: chosen, baseline, runner-up, the rest."""
        rivals = (self.decision, self.decision.baseline, self.decision.runner_up)
        named = [plan_text(rival.plan) for rival in rivals if rival is not None]
        rest = sorted({plan_text(curve.plan) for curve in self.curves} - set(named))
        return {text: place for place, text in enumerate(dict.fromkeys([*named, *rest]))}

    @property
    def searched(self) -> list[Curve]:
        """Runs of the search; they share one seed and may be compared with each other."""
        return [curve for curve in self.curves if curve.stage != "confirm"]

    @property
    def confirmed(self) -> list[Curve]:
        """Runs on fresh seeds."""
        return [curve for curve in self.curves if curve.stage == "confirm"]

    def value(self, curve: Curve, step: int) -> float | None:
        """The metric of a run after `step` updates; None if it was not evaluated there."""
        if step not in curve.metric_steps:
            return None
        return curve.metrics[self.decision.metric][curve.metric_steps.index(step)]

    def best(self, values: Iterable[float]) -> float:
        """The best of some values of the metric."""
        return min(values) if self.decision.metric_mode == "min" else max(values)

    def finished(self, candidate: Trained) -> list[Curve]:
        """A candidate's runs that reached the end: those on fresh seeds if there are some."""
        ours = [
            curve
            for curve in self.curves
            if key(curve) == key(candidate)
            and not curve.diverged
            and curve.metric_steps[-1:] == [self.decision.horizon]
        ]
        return [curve for curve in ours if curve.stage == "confirm"] or ours

    def fresh(self, candidate: Trained) -> list[float]:
        """The objectives of a candidate at the end of its runs on fresh seeds, divergence apart."""
        name = key(candidate)
        ends = [
            self.value(curve, self.decision.horizon)
            for curve in self.confirmed
            if key(curve) == name and not curve.diverged
        ]
        return [end for end in ends if end is not None]

    def steps(self, curve: Curve) -> float | None:
        """After how many steps a run reaches the study's target; None if it does not.

        A diverged run does not, whatever it reached before.
        """
        target = self.decision.target
        if target is None or curve.diverged:
            return None
        values = curve.metrics.get(target.metric, [])
        pairs = zip(curve.metric_steps, values, strict=True)
        return steps_to_target(
            [(step, {target.metric: math.nan if v is None else v}) for step, v in pairs], target
        )


def _length(curve: Curve) -> int:
    return max([*curve.loss_steps[-1:], *curve.metric_steps[-1:]], default=0)
