"""LearningRate: a schedule as a Keras `LearningRateSchedule`, saved with the model as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import keras

from lehr.adapters.keras.traced import values
from lehr.adapters.lr_alone import lr_alone
from lehr.catalog import parse
from lehr.schedule import BoundSchedule, Clock, Schedule
from lehr.schedule.checked import whole


@keras.saving.register_keras_serializable(package="lehr")
class LearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """The `learning_rate` of any Keras optimizer.

    It follows the optimizer's own count, which is saved with the model, so a loaded model goes on
    at the right lr. Past the horizon the last value holds.

    Args:
        schedule: of the lr, or its text.
        peak_lr: what the schedule multiplies.
        horizon: optimizer updates of the run.
        accumulate: the optimizer's `gradient_accumulation_steps`, 1 (default) without. Keras
            counts batches, a schedule counts updates.
        clock: what a step is worth, for durations in epochs, tokens or samples.

    Raises:
        ScheduleError: a schedule that does not fit the horizon.

    >>> from lehr import cosine, warmup
    >>> lr = LearningRate(warmup(10) >> cosine(), peak_lr=0.5, horizon=100)
    >>> optimizer = keras.optimizers.SGD(lr, momentum=0.9)
    >>> float(lr(9)), float(lr(100))
    (0.5, 0.0)
    """

    def __init__(
        self,
        schedule: Schedule | str,
        *,
        peak_lr: float,
        horizon: int,
        accumulate: int = 1,
        clock: Clock | Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()
        worth = Clock(**clock) if isinstance(clock, Mapping) else clock
        self.bound: BoundSchedule = lr_alone(
            parse(schedule) if isinstance(schedule, str) else schedule,
            horizon=horizon,
            clock=worth,
            instead="Scheduled(optimizer, plan, horizon=…)",
        )
        self.peak_lr = float(peak_lr)
        self.accumulate = whole(accumulate, "accumulate")

    def __call__(self, step: Any) -> Any:
        """Return the lr of the optimizer's batch `step`, from 0; may be traced."""
        count = step if self.accumulate == 1 else keras.ops.floor_divide(step, self.accumulate)
        return self.peak_lr * values(self.bound, count)

    def get_config(self) -> dict[str, Any]:
        """Give plain numbers and texts, of which `from_config` makes an equal schedule."""
        clock = self.bound.clock
        return {
            "schedule": str(self.bound.schedule),
            "peak_lr": self.peak_lr,
            "horizon": self.bound.horizon,
            "accumulate": self.accumulate,
            "clock": asdict(clock) if clock else None,
        }
