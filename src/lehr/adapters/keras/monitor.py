"""Monitor: logs what a schedule gave, and notices a fit that does not end with its horizon."""

from __future__ import annotations

from typing import Any

import keras

from lehr.adapters.keras.learning_rate import LearningRate
from lehr.adapters.keras.scheduled import Scheduled
from lehr.adapters.keras.scheduling import Scheduling
from lehr.errors import StateError, StepError


class Monitor(keras.callbacks.Callback):
    """A callback of `fit` for an optimizer with a `LearningRate` or a `Scheduled` one.

    Every epoch's logs get the hyper-parameters of the epoch's last update, by Keras's names. The
    first epoch raises if the run would not end where its schedule does: updates made so far, plus
    those of the epochs to come, are the horizon.

    Args:
        part: whether this `fit` is meant to end before the horizon. Default False.

    Raises:
        StateError: while training, the horizon is not the number of updates.
        StepError: the optimizer has no schedule of lehr, or a schedule that counts batches where
            the optimizer accumulates gradients.
    """

    def __init__(self, *, part: bool = False) -> None:
        super().__init__()
        self._part = part
        self._schedulings: tuple[Scheduling, ...] = ()
        self._checked = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Find the schedules."""
        self._schedulings = _schedulings(self._optimizer())
        self._checked = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the horizon with what is to come, once."""
        fit: Any = self.params
        batches = fit["steps"]
        if self._checked or batches is None:  # an endless stream says no length
            return
        self._checked = True
        optimizer = self._optimizer()
        inner = optimizer.inner_optimizer if isinstance(optimizer, Scheduled) else optimizer
        accumulate = inner.gradient_accumulation_steps or 1
        before = int(inner._iterations)  # batches; `iterations` forgets those of an open update
        done = before // accumulate
        end = (before + batches * (fit["epochs"] - epoch)) // accumulate
        horizon = self._schedulings[0].bound.horizon
        if end > horizon or (end < horizon and not self._part):
            raise StateError(
                "the horizon is not the number of updates that this fit leads to",
                value=f"horizon = {horizon}, {done} updates done, {end - done} to come",
                rule="a run ends where its schedule does",
                fix=f"horizon={end}" + ("" if end > horizon else ", or Monitor(part=True)"),
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Log the hyper-parameters of the last update."""
        done = int(self._optimizer().iterations)
        if logs is not None and done:
            logs.update({s.attribute: s.used_by(done - 1) for s in self._schedulings})

    def _optimizer(self) -> Any:
        """Look behind the optimizer that scales the loss under mixed precision."""
        model: Any = self.model
        if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer):
            return model.optimizer.inner_optimizer
        return model.optimizer


def _schedulings(optimizer: Any) -> tuple[Scheduling, ...]:
    if isinstance(optimizer, Scheduled):
        return optimizer.schedulings
    lr = getattr(optimizer, "_learning_rate", None)  # Keras has no public way to the schedule
    if not isinstance(lr, LearningRate):
        raise StepError(
            "this optimizer follows no schedule of lehr",
            value=type(optimizer).__name__,
            rule="Monitor reports what LearningRate or Scheduled gave",
            fix="keras.optimizers.SGD(LearningRate(schedule, peak_lr=…, horizon=…))",
        )
    accumulate = optimizer.gradient_accumulation_steps or 1
    if lr.accumulate != accumulate:
        raise StepError(
            "the schedule would count batches where the optimizer accumulates gradients",
            value=f"accumulate={lr.accumulate}, gradient_accumulation_steps={accumulate}",
            rule="a schedule counts optimizer updates",
            fix=f"LearningRate(…, accumulate={accumulate})",
        )
    return (Scheduling("learning_rate", lr.peak_lr, lr.bound),)
