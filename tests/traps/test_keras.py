"""Traps of Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from upstream import changed, fails

from lehr.adapters.keras import LearningRate, Monitor
from lehr.errors import ScheduleError, StateError
from lehr.schedule import constant, cosine, linear, multi_step

# Keras's own variables do not know numpy 2's argument yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")


def line(learning_rate: object) -> keras.Model:
    """A model of one weight."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def fit(model: keras.Model, **options: object) -> dict[str, list[float]]:
    """Train epochs of two updates."""
    return model.fit(np.ones((2, 1)), np.ones(2), batch_size=1, verbose=0, **options).history


def test_tensorflow_36612_two_that_set_the_lr() -> None:
    """Keras refuses a callback beside a schedule; in lehr two schedules are one product."""
    callback = keras.callbacks.LearningRateScheduler(lambda _, lr: lr / 2)
    with fails("tensorflow#36612", TypeError, library="keras"):
        fit(line(keras.optimizers.schedules.CosineDecay(0.1, 8)), callbacks=[callback])
    both = cosine() * multi_step([2], factor=0.5)
    logs = fit(line(LearningRate(both, peak_lr=0.1, horizon=4)), epochs=2, callbacks=[Monitor()])
    expected = [0.1 * cosine().over(4)(1), 0.05 * cosine().over(4)(3)]
    assert logs["learning_rate"] == pytest.approx(expected)


def test_tensorflow_49208_a_later_epoch_to_begin_with() -> None:
    """Keras begins a schedule anew all the same; lehr's Monitor raises before the first update."""
    model = line(keras.optimizers.schedules.PolynomialDecay(0.1, 8, end_learning_rate=0.0))
    fit(model, initial_epoch=2, epochs=4)
    now = float(model.optimizer.learning_rate)
    assert now == pytest.approx(0.05), changed("tensorflow#49208", "keras")  # 4 updates, not 8
    model = line(LearningRate(linear(), peak_lr=0.1, horizon=8))
    with pytest.raises(StateError, match="horizon = 8, 0 updates done, 4 to come"):
        fit(model, initial_epoch=2, epochs=4, callbacks=[Monitor()])
    assert int(model.optimizer.iterations) == 0


def test_tensorflow_46248_the_lr_in_the_logs() -> None:
    """Keras leaves it out of the history; lehr's Monitor puts in what was used."""
    logs = fit(line(keras.optimizers.schedules.CosineDecay(0.1, 2)))
    assert "learning_rate" not in logs, changed("tensorflow#46248", "keras")
    logs = fit(line(LearningRate(linear(), peak_lr=0.1, horizon=2)), callbacks=[Monitor()])
    assert logs["learning_rate"] == pytest.approx([0.05])


def test_tensorflow_45261_a_whole_lr() -> None:
    """TensorFlow made 0 of a reduced integer, Keras 3 refuses one; lehr takes 1 for 1.0."""
    with fails("Keras 3's refusal, after tensorflow#45261,", ValueError, library="keras"):
        keras.optimizers.SGD(1)
    lr = LearningRate(constant(0.5), peak_lr=1, horizon=2)
    assert float(lr(0)) == 0.5


def test_a_mistake_in_the_users_function() -> None:
    """Keras swallows its TypeError and calls it with less; in lehr a mistake is an error."""
    calls = []

    def wrong(epoch: int, lr: float = 7.0) -> float:
        calls.append(lr)
        return lr if lr == 7.0 else lr + "0.1"

    fit(line(0.1), callbacks=[keras.callbacks.LearningRateScheduler(wrong)])
    assert calls == [pytest.approx(0.1), 7.0], changed("LearningRateScheduler", "keras")
    with pytest.raises(ScheduleError):
        LearningRate("cosine(final='0.1')", peak_lr=0.1, horizon=4)
