"""Lightning: what `configure_optimizers` returns, and a callback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from lehr.adapters.extras import missing
from lehr.adapters.torch import OnChange, Scheduler
from lehr.errors import StateError, StepError
from lehr.schedule import Clock, Plan, Schedule

try:
    import torch
    from lightning.pytorch import Callback, LightningModule, Trainer
except ModuleNotFoundError as error:
    raise missing(error, extra="lightning") from error


class SchedulerConfiguration(TypedDict):
    """What Lightning wants to know of a scheduler; it steps by epochs unless it is told."""

    scheduler: Scheduler
    interval: str
    frequency: int
    name: str


class Configuration(TypedDict):
    """What `configure_optimizers` returns."""

    optimizer: torch.optim.Optimizer
    lr_scheduler: SchedulerConfiguration


def configuration(
    optimizer: torch.optim.Optimizer,
    schedule: Schedule | Plan,
    *,
    horizon: int,
    groups: Mapping[str, Schedule | Plan] | None = None,
    on_change: OnChange = "raise",
    clock: Clock | None = None,
    name: str = "lr",
) -> Configuration:
    """Make what `configure_optimizers` returns: the optimizer and a Scheduler of it.

    The schedule moves once for every update that was made, whatever `accumulate_grad_batches` is,
    and a checkpoint of Lightning resumes it.

    Args:
        optimizer: whose own lr is the peak lr.
        schedule: of the lr, or a plan.
        horizon: updates of the run: `self.trainer.estimated_stepping_batches`.
        groups: plans of param groups by their `name`.
        on_change: what to do with a checkpoint of another schedule, horizon or peak.
        clock: what a step is worth, for durations in epochs, tokens or samples.
        name: by which Lightning's own LearningRateMonitor logs the lr.

    Raises:
        ScheduleError: a plan that does not fit the horizon or the optimizer.

    >>> from lehr import cosine, warmup
    >>> adamw = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
    >>> configured = configuration(adamw, warmup("5%") >> cosine(), horizon=1_000)
    >>> configured["lr_scheduler"]["interval"]
    'step'
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
    steps: SchedulerConfiguration = {
        "scheduler": scheduler,
        "interval": "step",
        "frequency": 1,
        "name": name,
    }
    return {"optimizer": optimizer, "lr_scheduler": steps}


class Monitor(Callback):
    """A callback: the horizon is Lightning's own number of updates, and schedules are logged.

    Every update logs the scheduled hyper-parameters that it uses, by the names of
    `Scheduler.hyperparameters()`, behind the scheduler's name where there are several.

    Raises:
        StateError: when training begins, a horizon is not the number of updates.
        StepError: a Scheduler is not stepped with every update, or there is none.
    """

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare horizons with Lightning's number of updates."""
        planned = trainer.estimated_stepping_batches
        for config in _configs(trainer):
            if (config.interval, config.frequency) != ("step", 1):
                raise StepError(
                    "Lightning would not step this Scheduler with every update",
                    value=f"interval={config.interval!r}, frequency={config.frequency}",
                    rule="a schedule counts optimizer updates",
                    fix="return configuration(optimizer, schedule, horizon=…)",
                )
            if config.scheduler.horizon != planned:
                raise StateError(
                    "the horizon is not the number of updates that Lightning makes",
                    value=f"horizon = {config.scheduler.horizon}, Lightning makes {planned}",
                    rule="a run ends where its schedule does",
                    fix="horizon=self.trainer.estimated_stepping_batches",
                )

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: torch.optim.Optimizer
    ) -> None:
        """Log what the update that comes next will use."""
        configs = _configs(trainer)
        for config in configs:
            if config.scheduler.optimizer is optimizer:
                prefix = f"{config.name}/" if len(configs) > 1 else ""
                values = config.scheduler.hyperparameters()
                pl_module.log_dict({f"{prefix}{name}": value for name, value in values.items()})


def _configs(trainer: Trainer) -> list[Any]:
    """Find what Lightning knows of the Schedulers."""
    configs = [c for c in trainer.lr_scheduler_configs if isinstance(c.scheduler, Scheduler)]
    if not configs:
        raise StepError(
            "this module has no Scheduler of lehr",
            value=", ".join(type(c.scheduler).__name__ for c in trainer.lr_scheduler_configs),
            rule="Monitor reports what a Scheduler writes",
            fix="return configuration(optimizer, schedule, horizon=…) in configure_optimizers",
        )
    return configs
