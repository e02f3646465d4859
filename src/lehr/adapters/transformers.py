"""Hugging Face: an optimizer and scheduler for `Trainer(optimizers=…)`, and a callback.

With Accelerate, construct the Scheduler with `advance="applied"` before `accelerator.prepare`:
Accelerate calls `scheduler.step()` once for every process, and the schedule still moves once for
every update that was made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lehr.adapters.extras import missing
from lehr.adapters.torch import OnChange, Scheduler
from lehr.errors import StateError, StepError
from lehr.schedule import Clock, Plan, Schedule

try:
    import torch
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
except ModuleNotFoundError as error:
    raise missing(error, extra="transformers") from error


def optimizers(
    optimizer: torch.optim.Optimizer,
    schedule: Schedule | Plan,
    *,
    horizon: int,
    groups: Mapping[str, Schedule | Plan] | None = None,
    on_change: OnChange = "raise",
    clock: Clock | None = None,
) -> tuple[torch.optim.Optimizer, Scheduler]:
    """Make what `Trainer(optimizers=…)` takes: the optimizer, and a Scheduler of it.

    The schedule moves once for every update that was made, whatever the number of processes and of
    accumulated batches, and a Trainer's checkpoint resumes it.

    Args:
        optimizer: whose own lr is the peak lr; `TrainingArguments.learning_rate` is not used.
        schedule: of the lr, or a plan.
        horizon: updates of the run, as `updates` or `max_steps` gives them.
        groups: plans of param groups by their `name`.
        on_change: what to do with a checkpoint of another schedule, horizon or peak.
        clock: what a step is worth, for durations in epochs, tokens or samples.

    Raises:
        ScheduleError: a plan that does not fit the horizon or the optimizer.

    >>> from lehr import cosine, warmup
    >>> adamw = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=5e-5)
    >>> pair = optimizers(adamw, warmup("5%") >> cosine(), horizon=1_000)
    >>> pair[1].horizon
    1000
    """
    scheduler = Scheduler(
        optimizer,
        schedule,
        horizon=horizon,
        groups=groups,
        on_change=on_change,
        advance="applied",
        clock=clock,
    )
    return optimizer, scheduler


def updates(arguments: TrainingArguments, *, examples: int) -> int:
    """Count the updates of a run as the Trainer does: the horizon of its schedule.

    Args:
        arguments: of the Trainer.
        examples: of the training set, `len(train_dataset)`.

    >>> arguments = TrainingArguments(
    ...     num_train_epochs=3, per_device_train_batch_size=8, gradient_accumulation_steps=2,
    ...     report_to="none", use_cpu=True,
    ... )
    >>> updates(arguments, examples=100)  # 13 batches, 7 updates an epoch
    21
    """
    if arguments.max_steps > 0:
        return arguments.max_steps
    rounded = math.floor if arguments.dataloader_drop_last else math.ceil
    batches = rounded(examples / arguments.train_batch_size)
    accelerator: Any = arguments.accelerator_config
    if not accelerator.split_batches:
        batches = rounded(batches / arguments.world_size)
    an_epoch = max(1, math.ceil(batches / arguments.gradient_accumulation_steps))
    return math.ceil(arguments.num_train_epochs * an_epoch)


class Monitor(TrainerCallback):
    """A Trainer's callback: the horizon is the Trainer's own number of updates, and what to log.

    Logs get the scheduled hyper-parameters that the last update used, by the names of
    `Scheduler.hyperparameters()`; the Trainer itself logs the first group's lr.

    Raises:
        StateError: when training begins, the horizon is not the number of updates.
        StepError: the Trainer has another scheduler.
    """

    def __init__(self) -> None:
        self._used: dict[str, float] = {}

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Compare the horizon with the Trainer's number of updates."""
        scheduler = _scheduler(kwargs["lr_scheduler"])
        if scheduler.horizon != state.max_steps:
            raise StateError(
                "the horizon is not the number of updates that the Trainer makes",
                value=f"horizon = {scheduler.horizon}, the Trainer makes {state.max_steps}",
                rule="a run ends where its schedule does",
                fix=f"horizon={state.max_steps}, or updates(arguments, examples=len(dataset))",
            )

    def on_optimizer_step(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Remember what the update that was just made has used."""
        self._used = _scheduler(kwargs["lr_scheduler"]).hyperparameters()
        del self._used["lr"]  # the Trainer logs it as learning_rate

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Add them to the logs of training."""
        logs = kwargs["logs"]
        if "learning_rate" in logs:
            logs.update(self._used)
            state.log_history[-1].update(self._used)


def _scheduler(scheduler: Any) -> Scheduler:
    """Look behind Accelerate's wrapper."""
    inner = getattr(scheduler, "scheduler", scheduler)
    if not isinstance(inner, Scheduler):
        raise StepError(
            "the Trainer has another scheduler",
            value=type(inner).__name__,
            rule="Monitor reports what a lehr Scheduler writes",
            fix="Trainer(…, optimizers=optimizers(optimizer, schedule, horizon=…))",
        )
    return inner
