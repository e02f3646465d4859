"""Setting: what is known about a run besides its schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from lehr.errors import ScheduleError
from lehr.schedule import Clock
from lehr.schedule.checked import choice, multiplier, positive

Optimizer = Literal["sgd", "adam", "adamw", "lion", "muon", "schedule-free", "other"]
"""Families of optimizers that rules tell apart; "other" is none of them."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is known about a run besides its schedule; None is unknown, and such rules rest.

    Args:
        peak_lr: the optimizer's own lr, which the schedule multiplies, above 0.
        optimizer: its family.
        weight_decay: its coefficient, 0 or more; decoupled unless the optimizer is sgd or adam.
        betas: Adam's, each from 0 to below 1.
        stable_lr: the largest lr at which this training is known to be stable, above 0.
        clock: steps per epoch, samples per step (the batch size) and tokens per step.

    Raises:
        ScheduleError: a value out of range.
    """

    peak_lr: float | None = None
    optimizer: Optimizer | None = None
    weight_decay: float | None = None
    betas: tuple[float, float] | None = None
    stable_lr: float | None = None
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        for name in ("peak_lr", "stable_lr"):
            if getattr(self, name) is not None:
                positive(getattr(self, name), name)
        if self.weight_decay is not None:
            multiplier(self.weight_decay, "weight_decay")
        if self.optimizer is not None:
            choice(self.optimizer, "optimizer", get_args(Optimizer))
        if self.betas is not None:
            pair = [multiplier(beta, "a beta") for beta in self.betas]
            if len(pair) != 2 or max(pair) >= 1:
                raise ScheduleError(
                    "betas are not Adam's",
                    value=repr(self.betas),
                    rule="two numbers, each from 0 to below 1",
                    fix="betas=(0.9, 0.999)",
                )

    @property
    def steps_per_epoch(self) -> int | None:
        """Optimizer updates in an epoch."""
        return self.clock.steps_per_epoch

    @property
    def batch_size(self) -> int | None:
        """Samples of one optimizer update over all devices."""
        return self.clock.samples_per_step

    @property
    def adam(self) -> bool:
        """Whether the optimizer divides by the root of a running second moment."""
        return self.optimizer in ("adam", "adamw")

    def words(self) -> str:
        """Say what is known, in the options of `lehr check`."""
        known = {
            "peak lr": self.peak_lr,
            "optimizer": self.optimizer,
            "weight decay": self.weight_decay,
            "betas": self.betas,
            "stable lr": self.stable_lr,
            "batch size": self.batch_size,
            "steps per epoch": self.steps_per_epoch,
        }
        return ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
