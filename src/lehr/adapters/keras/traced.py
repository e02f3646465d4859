"""The values of a schedule at a Keras step, on whichever backend."""

from __future__ import annotations

from typing import Any

import keras

from lehr.adapters.traced import Traced
from lehr.schedule import BoundSchedule

# TensorFlow mixes no dtypes; float64 holds every step number.
_BACKEND = Traced(keras.ops, "float64" if keras.backend.backend() == "tensorflow" else None)


def values(bound: BoundSchedule, step: Any) -> Any:
    """Return the values of a bound schedule in Keras's float type, in the shape of `step`."""
    tensor = keras.ops.convert_to_tensor(step)
    return keras.ops.cast(_BACKEND.values(bound, tensor), keras.backend.floatx())
