"""Keras optimizers follow schedules and plans by their own count, on every backend.

Runs on torch here, on JAX by the last test, and on TensorFlow by `make test-tensorflow`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from lehr.adapters.keras import LearningRate, Monitor, Scheduled
from lehr.errors import ScheduleError, StateError, StepError
from lehr.schedule import Clock, Plan, absolute, constant, cosine, hold, linear, maximum, warmup

BACKEND = keras.backend.backend()
pytestmark = [
    # Keras's own variables do not know numpy 2's argument yet.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
    *([pytest.mark.tensorflow] if BACKEND == "tensorflow" else []),
]

HORIZON = 16
PLAN = Plan(
    lr=warmup(3) >> cosine(final=0.1),
    momentum=absolute(linear(start=0.95, final=0.5)),
    weight_decay=linear(),
)
SCHEDULES = [
    warmup("10%") >> hold() >> linear("20%", final=0.05),
    cosine().repeat(20),
    warmup(5) >> maximum(linear(20), constant(0.4)) >> (cosine() * linear()),
]


def blobs(samples: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds of points on either side of a plane."""
    x = np.random.default_rng(0).normal(size=(samples, 4)).astype("float32")
    y = (x @ np.array([1, -1, 0.5, 0.2]) > 0).astype("int32")
    return x + y[:, None], y


def network(optimizer: keras.optimizers.Optimizer, **options: object) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"], **options)
    return model


def train(model: keras.Model, *, until: int, after: int = 0, part: bool = False) -> dict:
    """Train epochs of 4 batches; returns the logs."""
    callbacks = [Monitor(part=part)]
    kept = {"epochs": until, "initial_epoch": after, "shuffle": False, "verbose": 0}
    return model.fit(*blobs(), batch_size=16, callbacks=callbacks, **kept).history


def sgd(**options: object) -> keras.optimizers.SGD:
    return keras.optimizers.SGD(0.2, momentum=0.8, weight_decay=0.1, nesterov=True, **options)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_learning_rate_gives_the_values_of_its_schedule(schedule) -> None:
    """At every step, one by one and all at once, within and past the horizon."""
    lr = LearningRate(schedule, peak_lr=0.3, horizon=60)
    steps = np.arange(65)
    expected = 0.3 * schedule.over(60).at(steps)
    found = keras.ops.convert_to_numpy(lr(steps))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-7)
    for step in (7, 64):
        assert float(lr(step)) == found[step]
        assert float(lr(keras.Variable(step, dtype="int", trainable=False))) == found[step]


def test_a_compiled_step_uses_the_plan_of_every_update() -> None:
    """Weights are those of SGD written out in numpy with each update's own numbers."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[2.0]], "float32")])
    optimizer = Scheduled(sgd(), PLAN, horizon=HORIZON)
    model.compile(optimizer, lambda _, y: keras.ops.mean(3.0 * y))  # the gradient is always 3
    weight, velocity = 2.0, 0.0
    bound = PLAN.over(HORIZON).schedules
    for epoch in range(2):
        model.fit(np.ones((9, 1)), np.ones(9), batch_size=1, epochs=1, verbose=0)
        for t in range(9 * epoch, 9 * epoch + 9):
            lr, momentum = 0.2 * bound["lr"](t), bound["momentum"](t)
            weight -= weight * 0.1 * bound["weight_decay"](t) * lr
            velocity = momentum * velocity - 3 * lr
            weight += momentum * velocity - 3 * lr
        assert model.get_weights()[0].item() == pytest.approx(weight, rel=1e-5)


@pytest.mark.skipif(BACKEND == "torch", reason="Keras's torch backend has no steps_per_execution")
def test_steps_per_execution_changes_nothing() -> None:
    """Values are computed inside the training step, not by a callback between steps."""
    one = network(Scheduled(sgd(), PLAN, horizon=HORIZON))
    four = network(Scheduled(sgd(), PLAN, horizon=HORIZON), steps_per_execution=4)
    train(one, until=4)
    train(four, until=4)
    for a, b in zip(one.get_weights(), four.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["LearningRate", "Scheduled", "accumulating"])
def test_a_loaded_model_goes_on_where_it_was(kind, tmp_path) -> None:
    """Saved half-way and loaded without a custom object, it ends as the undisturbed run."""

    def optimizer() -> keras.optimizers.Optimizer:
        if kind == "LearningRate":
            lr = LearningRate(PLAN.schedules["lr"], peak_lr=0.01, horizon=HORIZON)
            return keras.optimizers.Adam(lr)
        if kind == "Scheduled":
            return Scheduled(sgd(), PLAN, horizon=HORIZON)
        inner = keras.optimizers.AdamW(0.01, weight_decay=0.1, gradient_accumulation_steps=2)
        plan = Plan(lr=linear(), betas=linear(final=0.9), weight_decay=cosine())
        return Scheduled(inner, plan, horizon=HORIZON // 2)

    straight = network(optimizer())
    logs = train(straight, until=4)
    half = network(optimizer())
    train(half, until=2, part=True)
    half.save(tmp_path / "half.keras")
    loaded = keras.models.load_model(tmp_path / "half.keras")
    second = train(loaded, until=4, after=2)
    assert second["learning_rate"] == logs["learning_rate"][2:]
    for a, b in zip(straight.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_definitions_are_plain_text() -> None:
    """A config goes through JSON and makes an equal schedule, with its clock."""
    clock = Clock(steps_per_epoch=4)
    lr = LearningRate(warmup("1ep") >> linear(), peak_lr=0.1, horizon=20, clock=clock)
    config = json.loads(json.dumps(lr.get_config()))
    again = LearningRate.from_config(config)
    assert (again.bound, again.get_config()) == (lr.bound, config)
    assert float(again(0)) == pytest.approx(0.025)
    optimizer = Scheduled(sgd(), PLAN, horizon=HORIZON)
    text = json.dumps(keras.optimizers.serialize(optimizer))
    twin = keras.optimizers.deserialize(json.loads(text))
    assert twin.schedulings == optimizer.schedulings
    assert twin.used_by(0)["learning_rate"] == pytest.approx(0.2 / 3)


def test_accumulation_counts_updates_not_batches() -> None:
    """With two batches an update, eight updates take sixteen batches and follow the plan."""
    inner = keras.optimizers.SGD(0.5, gradient_accumulation_steps=2)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1), "float32")])
    model.compile(Scheduled(inner, linear(), horizon=4), lambda _, y: keras.ops.mean(-y))
    used = []
    for _ in range(4):
        before = model.get_weights()[0].item()
        model.fit(np.ones((2, 1)), np.ones(2), batch_size=1, verbose=0)
        used.append(model.get_weights()[0].item() - before)
    np.testing.assert_allclose(used, [0.5, 0.375, 0.25, 0.125], rtol=1e-6)


def test_a_skipped_step_does_not_advance() -> None:
    """Under loss scaling a non-finite gradient changes neither weights nor the count."""
    model = network(keras.optimizers.LossScaleOptimizer(Scheduled(sgd(), PLAN, horizon=HORIZON)))
    x, y = blobs(16)
    before = model.get_weights()
    model.fit(x * np.inf, y, batch_size=16, verbose=0)
    assert int(model.optimizer.iterations) == 0
    assert all(map(np.array_equal, before, model.get_weights()))
    model.fit(x, y, batch_size=16, verbose=0)
    assert int(model.optimizer.iterations) == 1
    expected = 0.2 * PLAN.schedules["lr"].over(HORIZON)(1)
    assert float(model.optimizer.learning_rate) == pytest.approx(expected)


def test_the_monitor_logs_what_the_last_update_used() -> None:
    """By Keras's names, once for every epoch; the network learns."""
    logs = train(network(Scheduled(sgd(), PLAN, horizon=HORIZON)), until=4)
    bound = PLAN.over(HORIZON).schedules
    last = [3, 7, 11, 15]
    assert logs["learning_rate"] == pytest.approx([0.2 * bound["lr"](t) for t in last])
    assert logs["momentum"] == [bound["momentum"](t) for t in last]
    assert logs["weight_decay"] == pytest.approx([0.1 * bound["weight_decay"](t) for t in last])
    assert logs["accuracy"][-1] > 0.9


def test_a_fit_that_does_not_end_with_its_horizon_is_an_error() -> None:
    """Both numbers are shown before the first update; a part of a run is said to be one."""
    model = network(Scheduled(sgd(), PLAN, horizon=12))
    with pytest.raises(StateError, match=r"horizon = 12, 0 updates done, 16 to come"):
        train(model, until=4)
    with pytest.raises(StateError, match=r"horizon=16(?!.*part)"):
        train(model, until=4, part=True)
    with pytest.raises(StateError, match=r"horizon=8, or Monitor\(part=True\)"):
        train(model, until=2)
    assert int(model.optimizer.iterations) == 0
    train(model, until=3)
    assert int(model.optimizer.iterations) == 12


def test_batches_of_an_open_update_are_counted() -> None:
    """An update may take batches of two epochs, or of two calls of fit."""
    inner = keras.optimizers.SGD(0.1, gradient_accumulation_steps=3)
    model = network(Scheduled(inner, linear(), horizon=4))
    train(model, until=1, part=True)
    train(model, until=3, after=1)
    assert int(model.optimizer.iterations) == 4


def test_a_schedule_that_would_count_batches_is_an_error() -> None:
    """Keras hands the batch count to a schedule; the Monitor says what to type."""
    optimizer = keras.optimizers.SGD(
        LearningRate(linear(), peak_lr=0.1, horizon=8), gradient_accumulation_steps=2
    )
    with pytest.raises(StepError, match=r"LearningRate\(…, accumulate=2\)"):
        train(network(optimizer), until=4)
    with pytest.raises(StepError, match="follows no schedule of lehr"):
        train(network(keras.optimizers.SGD(0.1)), until=4)


def test_what_cannot_be_scheduled_is_an_error() -> None:
    """An unknown name, a missing own value, two names for one number, a scheduled optimizer."""
    with pytest.raises(ScheduleError, match="did you mean weight_decay"):
        Scheduled(sgd(), Plan(weight_decy=linear()), horizon=8)
    adam = keras.optimizers.Adam(0.1)
    with pytest.raises(ScheduleError, match="no weight_decay to multiply"):
        Scheduled(adam, Plan(weight_decay=linear()), horizon=8)
    with pytest.raises(ScheduleError, match="two schedules for one"):
        Scheduled(adam, Plan(momentum=linear(), betas=linear()), horizon=8)
    with pytest.raises(ScheduleError, match="without momentum"):
        Scheduled(keras.optimizers.SGD(0.1), Plan(momentum=absolute(linear())), horizon=8)
    scheduled = keras.optimizers.SGD(LearningRate(linear(), peak_lr=0.1, horizon=8))
    with pytest.raises(ScheduleError, match="no learning_rate to multiply"):
        Scheduled(scheduled, linear(), horizon=8)
    with pytest.raises(ScheduleError, match=r"not weight_decay(.|\n)*Scheduled"):
        LearningRate(Plan(weight_decay=linear()), peak_lr=0.1, horizon=8)


@pytest.mark.skipif(BACKEND != "torch", reason="runs the others once, from here")
def test_all_of_this_holds_on_jax() -> None:
    """The tests above pass with Keras's JAX backend, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4_000:]
