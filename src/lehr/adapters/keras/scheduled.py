"""Scheduled: a Keras optimizer whose hyper-parameters follow a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Self

import keras

from lehr.adapters.keras.learning_rate import LearningRate
from lehr.adapters.keras.positive import Positive
from lehr.adapters.keras.scheduling import schedulings
from lehr.adapters.keras.traced import values
from lehr.catalog import parse
from lehr.schedule import BoundPlan, Clock, Plan, Schedule


@keras.saving.register_keras_serializable(package="lehr")
class Scheduled(keras.optimizers.Optimizer):
    """A Keras optimizer that follows a plan by its own count of updates.

    Hyper-parameters are computed inside the training step, so a compiled step needs no retracing
    and `steps_per_execution` changes nothing. The count is saved with the model; a loaded model
    goes on where it was. Under `gradient_accumulation_steps` updates are counted, not batches.

    Args:
        inner_optimizer: whose own values the schedules multiply; its learning rate is a number.
        plan: `lr` is Keras's `learning_rate`, `momentum` its `momentum` or else `beta_1`, `betas`
            its `beta_1`; every other name is the optimizer's own attribute.
        horizon: optimizer updates of the run.
        clock: what a step is worth, for durations in epochs, tokens or samples.
        name: of the optimizer.

    Raises:
        ScheduleError: a plan that does not fit the horizon or the optimizer.

    >>> from lehr import Plan, cosine, linear
    >>> plan = Plan(lr=cosine(), weight_decay=linear())
    >>> adamw = keras.optimizers.AdamW(0.5, weight_decay=0.25)
    >>> optimizer = Scheduled(adamw, plan, horizon=100)
    >>> float(optimizer.learning_rate), optimizer.used_by(50)["weight_decay"]
    (0.5, 0.125)
    """

    def __init__(
        self,
        inner_optimizer: keras.optimizers.Optimizer,
        plan: Schedule | Plan | str,
        *,
        horizon: int,
        clock: Clock | Mapping[str, int] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate=0.0, name=name)
        worth = Clock(**clock) if isinstance(clock, Mapping) else clock
        read = parse(plan) if isinstance(plan, str) else plan
        self.bound: BoundPlan = Plan.of(read).over(horizon, worth)
        self.inner_optimizer = inner_optimizer
        self.schedulings = schedulings(inner_optimizer, self.bound)
        lr = self.schedulings[0]
        inner_optimizer.learning_rate = LearningRate(
            lr.bound.schedule,
            peak_lr=lr.own,
            horizon=horizon,
            accumulate=inner_optimizer.gradient_accumulation_steps or 1,
            clock=worth,
        )

    def used_by(self, update: int) -> dict[str, float]:
        """Give the hyper-parameters of an update, counted from 0, by Keras's names."""
        return {s.attribute: s.used_by(update) for s in self.schedulings}

    @contextmanager
    def _hyperparameters(self, update: Any) -> Iterator[None]:
        """Let the inner optimizer have the values of `update`, which may be traced."""
        inner = self.inner_optimizer
        others = self.schedulings[1:]  # the lr is the inner optimizer's own schedule
        before = [getattr(inner, s.attribute) for s in others]
        try:
            for s in others:
                value = s.own * values(s.bound, update)
                setattr(inner, s.attribute, Positive.unless_known(value, s.attribute))
            yield
        finally:
            for s, own in zip(others, before, strict=True):
                setattr(inner, s.attribute, own)

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Update variables with the hyper-parameters of this update."""
        if not self.built:
            self.build(trainable_variables)
        with self._hyperparameters(self.inner_optimizer.iterations):
            self.inner_optimizer.apply(grads, trainable_variables)

    def stateless_apply(
        self, optimizer_variables: Any, grads: Any, trainable_variables: Any
    ) -> tuple[list[Any], list[Any]]:
        """Do what `apply` does without changing anything; returns the variables afterwards."""
        inner = self.inner_optimizer
        own = len(self._variables)
        theirs = optimizer_variables[own:]
        with keras.StatelessScope(state_mapping=list(zip(inner.variables, theirs, strict=True))):
            update = keras.ops.convert_to_tensor(inner.iterations)
        with self._hyperparameters(update):
            after, states = inner.stateless_apply(theirs, grads, trainable_variables)
        mine = [keras.ops.convert_to_tensor(value) for value in optimizer_variables[:own]]
        return after, [*mine, *states]

    def build(self, variables: Any) -> None:
        """Make the variables of the inner optimizer."""
        if not self.built:
            self.inner_optimizer.build(variables)
            super().build(variables)

    @property
    def variables(self) -> list[Any]:
        """The inner optimizer's variables, after those that Keras gives every optimizer."""
        return self._variables + self.inner_optimizer.variables

    @property
    def iterations(self) -> Any:
        """Updates made so far."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The lr of the next update."""
        return self.inner_optimizer.learning_rate

    def scale_loss(self, loss: Any) -> Any:
        """Scale the loss as the inner optimizer wants it."""
        return self.inner_optimizer.scale_loss(loss)

    def finalize_variable_values(self, var_list: Any) -> None:
        """Let the inner optimizer write its averages, if it keeps any."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """Give plain numbers and texts, of which `from_config` makes an equal optimizer."""
        inner: Any = keras.saving.serialize_keras_object(self.inner_optimizer)
        inner["config"]["learning_rate"] = self.schedulings[0].own
        return {
            "name": self.name,
            "inner_optimizer": inner,
            "plan": str(self.bound.plan),
            "horizon": self.bound.horizon,
            "clock": asdict(self.bound.clock) if self.bound.clock else None,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self:
        """Make the optimizer of which `get_config` gave `config`."""
        inner = keras.saving.deserialize_keras_object(config["inner_optimizer"], custom_objects)
        return cls(**{**config, "inner_optimizer": inner})
