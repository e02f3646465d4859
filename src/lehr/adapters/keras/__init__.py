"""Keras 3, on any of its backends: the lr of an optimizer, whole plans, and what to log."""

from lehr.adapters.extras import missing

try:
    import keras  # noqa: F401 - looked for, so that its absence is said in one sentence
except ModuleNotFoundError as error:
    raise missing(
        error,
        extra="keras",
        fix=None if error.name == "keras" else "KERAS_BACKEND=torch (or jax), or install this one",
    ) from error

from lehr.adapters.keras.learning_rate import LearningRate
from lehr.adapters.keras.monitor import Monitor
from lehr.adapters.keras.scheduled import Scheduled

__all__ = ["LearningRate", "Monitor", "Scheduled"]
