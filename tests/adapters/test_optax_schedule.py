"""Optax optimizers follow schedules by their own count, inside and outside of jit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.datasets import load_digits

from lehr.adapters.optax import Values, inject, learning_rate
from lehr.catalog import RECIPES, parse
from lehr.errors import ScheduleError
from lehr.schedule import (
    Clock,
    Plan,
    absolute,
    constant,
    cosine,
    hold,
    linear,
    maximum,
    multi_step,
    warmup,
)

HORIZON = 60
SCHEDULES = {
    "warmup, hold, cooldown": warmup("10%") >> hold() >> linear("20%", final=0.05),
    "cycles": warmup(2) >> cosine(7).repeat(stretch=1.3, shrink=0.9),
    "many cycles": cosine().repeat(20),
    "product": 0.5 * cosine() * multi_step([10, 30], factor=0.5),
    "join of a product": warmup(5) >> maximum(linear(20), constant(0.4)) >> (cosine() * linear()),
    "clipped": cosine().clip(min=0.1, max=0.9),
}
STEPS = np.arange(HORIZON + 5)


def plan_of_adamw() -> Plan:
    return Plan(
        lr=warmup("10%") >> cosine(),
        betas=absolute(linear(start=0.95, final=0.85)),
        weight_decay=linear(final=0.5),
    )


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
def test_a_schedule_is_the_same_under_jit(schedule) -> None:
    """A traced count, one at a time or all at once, gives the values of numpy in float32."""
    lr = learning_rate(schedule, peak_lr=0.3, horizon=HORIZON)
    expected = 0.3 * schedule.over(HORIZON).at(STEPS)
    one = jax.jit(lr)
    values = [one(jnp.int32(t)) for t in STEPS]
    assert all(value.shape == () and value.dtype == jnp.float32 for value in values)
    np.testing.assert_allclose(np.array(values), expected, rtol=2e-5, atol=3e-7 * expected.max())
    many = jax.jit(lr)(jnp.asarray(STEPS.reshape(5, 13), jnp.int32))
    np.testing.assert_array_equal(np.asarray(many).ravel(), np.array(values))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_of_the_catalog_can_be_traced(recipe) -> None:
    """Its values over a whole run are those of numpy in float32."""
    schedule = parse(recipe.examples[0])
    bound = (schedule.schedules["lr"] if isinstance(schedule, Plan) else schedule).over(1_000)
    expected = bound.values()
    found = np.asarray(jax.jit(Values(bound, 1.0))(jnp.arange(1_000)))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6 * expected.max())


def test_double_precision_gives_the_values_of_numpy() -> None:
    """Under x64 nothing is rounded to float32 on the way."""
    with jax.enable_x64(True):
        for schedule in SCHEDULES.values():
            lr = learning_rate(schedule, peak_lr=0.3, horizon=HORIZON)
            values = jax.jit(lr)(jnp.asarray(STEPS, jnp.int32))
            assert values.dtype == jnp.float64
            expected = 0.3 * schedule.over(HORIZON).at(STEPS)
            np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-15)


def test_a_long_run_keeps_single_steps_apart() -> None:
    """Beyond 2²⁴, where float32 has no odd numbers, a milestone still takes effect at its step."""
    horizon = 40_000_000
    lr = learning_rate(multi_step([33_333_333]), peak_lr=1.0, horizon=horizon)
    before, at = jax.jit(lr)(jnp.asarray([33_333_332, 33_333_333]))
    assert (float(before), float(at)) == (1.0, pytest.approx(0.1))
    with pytest.raises(ScheduleError, match="beyond the count of Optax"):
        learning_rate(cosine(), peak_lr=1.0, horizon=2**31)


def test_one_program_serves_all_steps() -> None:
    """An update is traced once, whatever the count."""
    traced = []
    optimizer = optax.sgd(learning_rate(cosine(), peak_lr=0.1, horizon=10))

    @jax.jit
    def update(params, state):
        traced.append(1)
        updates, state = optimizer.update(params, state)
        return optax.apply_updates(params, updates), state

    params = jnp.ones(2)
    state = optimizer.init(params)
    for _ in range(12):
        params, state = update(params, state)
    assert len(traced) == 1


def test_a_plan_drives_several_hyperparameters() -> None:
    """Every update uses own × multiplier (or the absolute value); they stand in the state."""
    optimizer = inject(
        optax.adamw, plan_of_adamw(), horizon=8, learning_rate=0.2, weight_decay=0.04, b2=0.99
    )
    params = jnp.ones(3)
    state = optimizer.init(params)
    update = jax.jit(optimizer.update)
    bound = plan_of_adamw().over(8).schedules
    for t in range(10):
        _, state = update(jnp.ones(3), state, params)
        expected = {
            "learning_rate": 0.2 * bound["lr"](t),
            "b1": bound["betas"](t),
            "weight_decay": 0.04 * bound["weight_decay"](t),
        }
        assert state.hyperparams == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_plan_trains_as_written_by_hand() -> None:
    """The updates are those of an optimizer made anew with each step's numbers."""
    plan = Plan(lr=linear(), momentum=linear(final=0.5))
    optimizer = inject(optax.sgd, plan, horizon=6, learning_rate=0.1, momentum=0.8, nesterov=True)
    params = by_hand = jnp.array([1.0, -2.0])
    state = optimizer.init(params)
    inner = optax.sgd(0.1, momentum=0.8, nesterov=True).init(params)
    for t in range(6):
        updates, state = optimizer.update(params, state, params)
        params = optax.apply_updates(params, updates)
        lr, momentum = 0.1 * linear().over(6)(t), 0.8 * linear(final=0.5).over(6)(t)
        now = optax.sgd(lr, momentum=momentum, nesterov=True)
        updates, inner = now.update(by_hand, inner, by_hand)
        by_hand = optax.apply_updates(by_hand, updates)
    np.testing.assert_allclose(params, by_hand, rtol=1e-6)


def test_labels_have_plans_of_their_own() -> None:
    """Each part of `multi_transform` follows its own schedule by its own count."""
    optimizer = optax.multi_transform(
        {
            "body": optax.sgd(learning_rate(linear(), peak_lr=1.0, horizon=4)),
            "head": inject(optax.sgd, cosine(), horizon=4, learning_rate=0.5),
        },
        {"w": "body", "b": "head"},
    )
    params = {"w": jnp.ones(1), "b": jnp.ones(1)}
    state = optimizer.init(params)
    for t in range(6):
        updates, state = optimizer.update({"w": jnp.ones(1), "b": jnp.ones(1)}, state, params)
        assert float(updates["w"][0]) == pytest.approx(-linear().over(4)(t))
        assert float(updates["b"][0]) == pytest.approx(-0.5 * cosine().over(4)(t))


def test_accumulation_counts_applied_updates() -> None:
    """Under `MultiSteps` the lr moves once for every applied update, not for every batch."""
    lr = learning_rate(linear(), peak_lr=1.0, horizon=4)
    optimizer = optax.MultiSteps(optax.sgd(lr), every_k_schedule=3)
    state = optimizer.init(jnp.zeros(1))
    used = []
    for batch in range(12):
        updates, state = optimizer.update(jnp.ones(1), state)
        assert bool(optimizer.has_updated(state)) == (batch % 3 == 2)
        used.append(-float(updates[0]))
    np.testing.assert_allclose(used, [0, 0, 1, 0, 0, 0.75, 0, 0, 0.5, 0, 0, 0.25])


def test_a_restored_state_goes_on_where_it_was() -> None:
    """Leaves that went through numpy resume bit for bit, with nothing else restored."""
    optimizer = inject(optax.adamw, plan_of_adamw(), horizon=20, learning_rate=0.1)
    grads = jnp.array([0.3, -0.1])
    params = jnp.ones(2)
    state = optimizer.init(params)
    for t in range(20):
        if t == 7:
            leaves, shape = jax.tree.flatten((params, state))
            saved = [np.array(leaf) for leaf in leaves]
        updates, state = optimizer.update(grads, state, params)
        params = optax.apply_updates(params, updates)
    again = inject(optax.adamw, plan_of_adamw(), horizon=20, learning_rate=0.1)
    resumed, resumed_state = jax.tree.unflatten(shape, [jnp.asarray(leaf) for leaf in saved])
    for _ in range(7, 20):
        updates, resumed_state = again.update(grads, resumed_state, resumed)
        resumed = optax.apply_updates(resumed, updates)
    np.testing.assert_array_equal(resumed, params)


def test_a_clock_gives_durations_in_epochs() -> None:
    """What a step is worth is passed on."""
    schedule = warmup("1ep") >> hold()
    lr = learning_rate(schedule, peak_lr=1.0, horizon=10, clock=Clock(steps_per_epoch=4))
    assert float(lr(0)) == 0.25


def test_what_cannot_be_scheduled_is_an_error() -> None:
    """An unknown name, a missing own value, two names for one argument, a plan for one lr."""
    numbers = {"horizon": 8, "learning_rate": 0.1}
    with pytest.raises(ScheduleError, match="did you mean weight_decay"):
        inject(optax.adamw, Plan(weight_decy=linear()), **numbers)
    with pytest.raises(ScheduleError, match="no learning_rate to multiply"):
        inject(optax.adamw, linear(), horizon=8)
    with pytest.raises(ScheduleError, match=r"no momentum to multiply\n  got:  None"):
        inject(optax.sgd, Plan(momentum=linear()), **numbers)
    inject(optax.sgd, Plan(momentum=absolute(linear(start=0.9))), **numbers)
    with pytest.raises(ScheduleError, match="two schedules for one"):
        inject(optax.adam, Plan(momentum=linear(), betas=linear()), **numbers)
    with pytest.raises(ScheduleError, match=r"schedules the lr, not weight_decay(.|\n)*inject"):
        learning_rate(Plan(weight_decay=linear()), peak_lr=0.1, horizon=8)


def test_a_small_network_learns_digits() -> None:
    """A whole training with a plan, jitted: nine in ten digits are read."""
    x, y = load_digits(return_X_y=True)
    x, y = jnp.asarray(x / 16, jnp.float32), jnp.asarray(y)
    optimizer = inject(
        optax.adamw, plan_of_adamw(), horizon=HORIZON, learning_rate=0.02, weight_decay=0.01
    )
    keys = jax.random.split(jax.random.key(0))
    params = {
        "one": jax.random.normal(keys[0], (64, 32)) / 8,
        "two": jax.random.normal(keys[1], (32, 10)) / 6,
    }

    def logits(params, x):
        return jax.nn.relu(x @ params["one"]) @ params["two"]

    def loss(params):
        return optax.softmax_cross_entropy_with_integer_labels(logits(params, x), y).mean()

    @jax.jit
    def train(params, state):
        updates, state = optimizer.update(jax.grad(loss)(params), state, params)
        return optax.apply_updates(params, updates), state

    state = optimizer.init(params)
    for _ in range(HORIZON):
        params, state = train(params, state)
    assert float((logits(params, x).argmax(1) == y).mean()) > 0.9
