"""Optax: schedules as functions of the optimizer's own count, safe under `jax.jit`.

The count is part of the optimizer's state, so whatever restores that state restores the schedule;
`optax.MultiSteps` counts applied updates, and each part of `optax.multi_transform` counts its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

from lehr.adapters.extras import missing
from lehr.adapters.lr_alone import lr_alone
from lehr.adapters.traced import Traced
from lehr.errors import ScheduleError, did_you_mean
from lehr.schedule import BoundSchedule, Clock, Plan, Schedule

try:
    import jax
    import jax.numpy as jnp
    import optax
except ModuleNotFoundError as error:
    raise missing(error, extra="jax") from error

_JAX = Traced(jnp)
_LAST_COUNT = 2**31 - 1

# What Optax calls the hyper-parameters of a plan; the first that a factory has is meant.
_ARGUMENTS = {"lr": ("learning_rate",), "momentum": ("momentum", "b1"), "betas": ("b1",)}


@dataclass(frozen=True)
class Values:
    """A schedule as Optax wants it: count -> own × multiplier; made by `learning_rate`.

    Attributes:
        bound: the schedule over its horizon.
        own: what it multiplies.
    """

    bound: BoundSchedule
    own: float

    def __call__(self, count: jax.typing.ArrayLike) -> jax.Array:
        """Return the value used by update `count`, from 0; past the horizon the last one holds.

        Args:
            count: integers of any shape, at least 0; may be traced.
        """
        return self.own * _JAX.values(self.bound, jnp.asarray(count))


def learning_rate(
    schedule: Schedule, *, peak_lr: float, horizon: int, clock: Clock | None = None
) -> Values:
    """Make the `learning_rate` of any Optax optimizer.

    It follows the count in the optimizer's state, so it is right after any restore of that state.

    Args:
        schedule: of the lr.
        peak_lr: what the schedule multiplies.
        horizon: optimizer updates of the run, at most 2³¹ − 1, where Optax stops counting.
        clock: what a step is worth, for durations in epochs, tokens or samples.

    Raises:
        ScheduleError: a schedule that does not fit the horizon, or a horizon beyond the count.

    >>> from lehr import cosine, warmup
    >>> lr = learning_rate(warmup(10) >> cosine(), peak_lr=0.5, horizon=100)
    >>> optimizer = optax.adamw(lr)
    >>> float(lr(0)), float(lr(9)), float(jax.jit(lr)(100))
    (0.05000000074505806, 0.5, 0.0)
    """
    instead = "inject(optax.adamw, plan, horizon=…, learning_rate=…)"
    bound = lr_alone(schedule, horizon=horizon, clock=clock, instead=instead)
    _check_counted(bound)
    return Values(bound, _number(peak_lr, "peak_lr"))


def inject(
    factory: Callable[..., optax.GradientTransformation],
    plan: Schedule | Plan,
    *,
    horizon: int,
    clock: Clock | None = None,
    **arguments: object,
) -> optax.GradientTransformationExtraArgs:
    """Make an Optax optimizer whose hyper-parameters follow a plan, by `optax.inject_hyperparams`.

    Each schedule multiplies the value in `arguments`, or the factory's default; those it gave to
    the update before stand in the state's `hyperparams`.

    Args:
        factory: of the optimizer, such as `optax.adamw`.
        plan: `lr` is Optax's `learning_rate`, `momentum` its `momentum` or else `b1`, `betas` its
            `b1`; every other name is the factory's own.
        horizon: optimizer updates of the run, at most 2³¹ − 1.
        clock: what a step is worth, for durations in epochs, tokens or samples.
        arguments: of the factory, by name.

    Raises:
        ScheduleError: a plan that does not fit the horizon or the factory.

    >>> from lehr import Plan, cosine, linear
    >>> plan = Plan(lr=linear(), weight_decay=cosine())
    >>> optimizer = inject(optax.adamw, plan, horizon=100, learning_rate=0.5, weight_decay=0.25)
    >>> hyperparams = optimizer.init(jnp.zeros(3)).hyperparams
    >>> {name: float(value) for name, value in sorted(hyperparams.items())}
    {'learning_rate': 0.5, 'weight_decay': 0.25}
    """
    parameters = inspect.signature(factory).parameters
    bound = Plan.of(plan).over(horizon, clock)
    scheduled: dict[str, Values] = {}
    for name, schedule in bound.items:
        _check_counted(schedule)
        argument = _argument(name, parameters)
        if argument in scheduled:
            raise ScheduleError(
                "two schedules for one hyper-parameter",
                value=f"{name}, which is {argument} in Optax",
                rule="momentum and betas are one thing where an optimizer has b1",
                fix="schedule one of them",
            )
        given = arguments.get(argument, parameters[argument].default)
        own = 1.0 if name in bound.absolute else _number(given, argument)
        scheduled[argument] = Values(schedule, own)
    static = parameters.keys() - scheduled.keys()
    return optax.inject_hyperparams(factory, static_args=static)(**{**arguments, **scheduled})


def _argument(name: str, parameters: Mapping[str, object]) -> str:
    """Find what a factory calls the hyper-parameter `name`."""
    for argument in _ARGUMENTS.get(name, (name,)):
        if argument in parameters:
            return argument
    raise ScheduleError(
        f"the optimizer has no hyper-parameter {name!r} to schedule",
        value=f"a factory with {', '.join(parameters)}",
        rule="a plan schedules numbers that the factory of an optimizer takes",
        fix=did_you_mean(name, [*parameters, *_ARGUMENTS]),
    )


def _number(own: object, argument: str) -> float:
    """Give what a schedule multiplies as a Python float."""
    if isinstance(own, bool) or not isinstance(own, Real):
        shown = "nothing" if own is inspect.Parameter.empty else repr(own)
        raise ScheduleError(
            f"a schedule has no {argument} to multiply",
            value=shown,
            rule="each schedule of a plan multiplies the optimizer's own number",
            fix=f"{argument}=0.1, or absolute(…) in the plan to replace it",
        )
    return float(own)


def _check_counted(bound: BoundSchedule) -> None:
    if bound.horizon > _LAST_COUNT:
        raise ScheduleError(
            "the horizon is beyond the count of Optax",
            value=f"horizon = {bound.horizon}",
            rule=f"Optax counts updates in 32 bits, to {_LAST_COUNT}",
        )
