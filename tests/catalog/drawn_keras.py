"""Drawn configurations of Keras's schedulers, beside the library itself."""

from __future__ import annotations

import math
import os
import random
import warnings
from typing import Any

import numpy as np
from drawn import (
    Arguments,
    Drawn,
    Native,
    count,
    inner,
    lr,
    no_quirk,
    share,
    some,
)

from lehr.catalog import ports


def keras_run(name: str) -> Native:
    """Call Keras' schedule, in double precision."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__ implementation")  # numpy 2's, in Keras
            return _keras_values(name, arguments, steps)

    return native


def _keras_values(name: str, arguments: Arguments, steps: int) -> np.ndarray:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    usual = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        schedule = getattr(keras.optimizers.schedules, name)(**_doubled(keras, arguments))
        if "warmup_target" in arguments or "values" in arguments:
            values = [float(keras.ops.convert_to_numpy(schedule(t))) for t in range(steps)]
            return np.array(values)
        at = keras.ops.convert_to_tensor(np.arange(steps, dtype=np.float64))
        return np.asarray(keras.ops.convert_to_numpy(schedule(at)), np.float64)
    finally:
        keras.config.set_floatx(usual)


def _doubled(keras: Any, arguments: Arguments) -> Arguments:
    """Give Keras double-precision tensors: it would round Python numbers to single precision."""

    def double(value: float) -> Any:
        return keras.ops.convert_to_tensor(np.array(value, np.float64))

    return {
        name: double(value)
        if isinstance(value, float)
        else [double(item) for item in value]
        if name == "values"
        else value
        for name, value in arguments.items()
    }


def _pieces(rng: random.Random) -> Arguments:
    marks = sorted(rng.sample(range(70), rng.randint(1, 4)))
    return {"boundaries": marks, "values": [rng.choice([0.0, lr(rng)]) for _ in marks] + [lr(rng)]}


def _keras_restart_quirks(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    """Mark restarts on whole steps that the floor of a logarithm misses."""
    n, stretch = arguments["first_decay_steps"], arguments.get("t_mul", 2.0)
    mask = np.zeros(steps, bool)
    begin, index = 0.0, 0
    while stretch != 1 and begin < steps - 1:
        step = round(begin)
        if abs(begin - step) < 1e-9:
            native = math.log(1 - step / n * (1 - stretch)) / math.log(stretch)
            mask[step] = math.floor(native) != index
        begin, index = begin + n * stretch**index, index + 1
    return {"restart-rounding": mask}


KERAS = tuple(
    Drawn(
        library=ports.keras,
        name=name,
        draw=draw,
        native=keras_run(name),
        quirks=quirks,
        tolerance=1e-5,  # Keras' torch backend rounds some of its numbers to single precision
    )
    for name, draw, quirks in (
        (
            "ExponentialDecay",
            lambda r: {
                "initial_learning_rate": lr(r),
                "decay_steps": count(r),
                "decay_rate": r.choice([inner(r), 1.1]),
                **some(r, {"staircase": r.random() < 0.5}),
            },
            no_quirk,
        ),
        ("PiecewiseConstantDecay", _pieces, no_quirk),
        (
            "PolynomialDecay",
            lambda r: {
                "initial_learning_rate": lr(r) + 1e-4,
                "decay_steps": count(r),
                **some(r, {"end_learning_rate": 1e-4 * share(r), "power": r.uniform(0.3, 4)}),
                **some(r, {"cycle": r.random() < 0.5}),
            },
            no_quirk,
        ),
        (
            "InverseTimeDecay",
            lambda r: {
                "initial_learning_rate": lr(r),
                "decay_steps": count(r),
                "decay_rate": r.choice([0.0, 1.0, inner(r), 7.0]),
                **some(r, {"staircase": r.random() < 0.5}),
            },
            no_quirk,
        ),
        (
            "CosineDecay",
            lambda r: {
                "initial_learning_rate": lr(r),
                "decay_steps": count(r),
                **some(r, {"alpha": share(r)}),
                **r.choice([{}, {"warmup_target": lr(r), "warmup_steps": count(r, 0, 30)}]),
            },
            no_quirk,
        ),
        (
            "CosineDecayRestarts",
            lambda r: {
                "initial_learning_rate": lr(r),
                "first_decay_steps": count(r, 1, 20),
                **some(
                    r,
                    {
                        "t_mul": r.choice([1.0, 1.5, 2.0, 3.0, r.uniform(1.05, 3)]),
                        "m_mul": r.choice([1.0, inner(r), 1.1]),
                        "alpha": share(r),
                    },
                ),
            },
            _keras_restart_quirks,
        ),
    )
)
