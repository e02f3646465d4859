"""A user's own training script as a run of a study."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, final

from lehr.catalog import parse
from lehr.errors import UsageError
from lehr.schedule import Plan, Schedule
from lehr.training.problem import Mode
from lehr.training.trial_files import VARIABLE, Declaration, Report, Request

if TYPE_CHECKING:
    import torch

    from lehr.adapters.torch import Scheduler

_REPORTS_AFTER_STOP = 2


@final
class Trial:
    """What a script trains this time; `trial` makes it.

    Attributes:
        steps: optimizer steps of the full run, its horizon; the schedule is laid out over it.
        seed: of everything random in the script.
        peak_lr: the lr to give to the optimizer.
        plan: the schedules of all hyper-parameters.
        schedule: the lr's schedule.
        objective: the metric that is selected on.
        mode: whether the objective shall be small or large.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        peak_lr: float,
        steps: int,
        seed: int,
        objective: str,
        mode: Mode,
        stop: int,
        reports: Path | None = None,
    ) -> None:
        self.plan = plan
        self.peak_lr = peak_lr
        self.steps = steps
        self.seed = seed
        self.objective = objective
        self.mode: Mode = mode
        self._stop = stop
        self._reports = reports
        self._step = 0
        self._over = False
        self._ignored = 0

    @property
    def schedule(self) -> Schedule:
        """The lr's schedule."""
        return self.plan.schedules["lr"]

    def scheduler(self, optimizer: torch.optim.Optimizer) -> Scheduler:
        """Give the torch scheduler that runs the plan; step it after `optimizer.step()`."""
        from lehr.adapters.torch import Scheduler

        return Scheduler(optimizer, self.plan, horizon=self.steps)

    def report(self, step: int, **metrics: float) -> None:
        """Report metrics after `step` updates (1 after the first, `steps` at the end).

        Report `loss`, the training loss, often: divergence is seen in it. Report the objective
        at least every twentieth of the steps, and at the end.

        Raises:
            UsageError: steps that go backwards or past the end, a metric that is no number, or
                a script that goes on although `should_stop` asks it to leave.
        """
        _check_report(step, metrics, last=self._step, steps=self.steps)
        report = Report(step=step, metrics={name: float(value) for name, value in metrics.items()})
        self._ignored += self._over and self._stop < self.steps
        if self._ignored > _REPORTS_AFTER_STOP:
            raise UsageError(
                "the script goes on although trial.should_stop is True",
                value=f"step {step}, asked to stop at step {self._stop}",
                fix="if trial.should_stop: break",
            )
        self._step = step
        self._over = self._over or report.broken or step >= self._stop
        if self._reports is not None:
            with self._reports.open("a", encoding="utf-8") as file:
                file.write(report.model_dump_json() + "\n")

    @property
    def should_stop(self) -> bool:
        """Whether to leave the loop: the step asked for is reached, or the loss has blown up."""
        return self._over


def trial(
    *,
    schedule: Schedule | Plan | str,
    peak_lr: float,
    steps: int,
    objective: str,
    mode: Mode = "min",
    target: float | None = None,
    seed: int = 0,
) -> Trial:
    """Let a training script take part in a study.

    Run alone, the script trains with the defaults given here. Under
    `lehr choose -- python train.py` it is one candidate's run, and the defaults are the baseline.

        trial = lehr.trial(schedule="cosine()", peak_lr=0.1, steps=2_000, objective="val_loss")
        torch.manual_seed(trial.seed)
        optimizer = torch.optim.SGD(net.parameters(), lr=trial.peak_lr)
        scheduler = trial.scheduler(optimizer)
        for step in range(trial.steps):
            …
            optimizer.step()
            scheduler.step()
            trial.report(step + 1, loss=loss.item())
            if (step + 1) % 100 == 0:
                trial.report(step + 1, val_loss=validate(net))
            if trial.should_stop:
                break

    Args:
        schedule: the lr's schedule, a plan, or the text of one.
        peak_lr: the optimizer's own lr, > 0.
        steps: optimizer steps of the full run, ≥ 1.
        objective: the metric to select on, one of those the script reports.
        mode: whether the objective shall be small or large.
        target: value of the objective to reach in the fewest steps, which is then what lehr
            chooses for; the run goes on to its end. None: the objective at the end.
        seed: of a run alone; under lehr the study gives the seed.

    Raises:
        UsageError: a value that is not possible.
        ScheduleError: a schedule that does not fit the steps.
    """
    own = _plan(schedule)
    _check(own, peak_lr=peak_lr, steps=steps, objective=objective, mode=mode, target=target)
    path = os.environ.get(VARIABLE)
    if path is None:
        return Trial(
            plan=own,
            peak_lr=peak_lr,
            steps=steps,
            seed=seed,
            objective=objective,
            mode=mode,
            stop=steps,
        )
    request = Request.model_validate_json(Path(path).read_text(encoding="utf-8"))
    declaration = Declaration(
        plan=_text(own),
        peak_lr=peak_lr,
        steps=steps,
        objective=objective,
        mode=mode,
        target=target,
    )
    request.declaration.write_text(declaration.model_dump_json(), encoding="utf-8")
    if request.plan is None or request.peak_lr is None:
        sys.exit(0)
    return Trial(
        plan=_plan(request.plan),
        peak_lr=request.peak_lr,
        steps=steps,
        seed=request.seed,
        objective=objective,
        mode=mode,
        stop=request.stop,
        reports=request.reports,
    )


def _plan(schedule: Schedule | Plan | str) -> Plan:
    return Plan.of(parse(schedule) if isinstance(schedule, str) else schedule)


def _text(plan: Plan) -> str:
    """Give the plan's text; the schedule's where only the lr is scheduled."""
    return repr(plan.schedules["lr"] if set(plan.schedules) == {"lr"} else plan)


def _check(
    plan: Plan,
    *,
    peak_lr: float,
    steps: int,
    objective: str,
    mode: str,
    target: float | None,
) -> None:
    wrong: list[str] = []
    if not (isinstance(peak_lr, int | float) and math.isfinite(peak_lr) and peak_lr > 0):
        wrong.append(f"peak_lr = {peak_lr!r}: a positive number")
    if type(steps) is not int or steps < 1:
        wrong.append(f"steps = {steps!r}: a whole number of at least 1")
    if not isinstance(objective, str) or not objective.isidentifier():
        wrong.append(f"objective = {objective!r}: a name that trial.report(step, name=…) takes")
    number = isinstance(target, int | float) and not isinstance(target, bool)
    if target is not None and not (number and math.isfinite(target)):
        wrong.append(f"target = {target!r}: a finite number, or None")
    if mode not in ("min", "max"):
        wrong.append(f"mode = {mode!r}: 'min' or 'max'")
    if wrong:
        raise UsageError("lehr.trial() cannot be", value="\n        ".join(wrong))
    plan.over(steps)


def _check_report(step: object, metrics: dict[str, float], *, last: int, steps: int) -> None:
    if type(step) is not int or not max(last, 0) <= step <= steps:
        raise UsageError(
            "a report of a step that cannot be",
            value=f"step = {step!r}, after step {last} of {steps}",
            rule="whole numbers that do not decrease: updates made so far, at most trial.steps",
        )
    odd = [name for name, value in metrics.items() if not hasattr(value, "__float__")]
    if odd or not metrics:
        raise UsageError(
            "a report without a number",
            value=", ".join(f"{name} = {metrics[name]!r}" for name in odd) or "no metric",
            fix="trial.report(step, loss=loss.item())",
        )
