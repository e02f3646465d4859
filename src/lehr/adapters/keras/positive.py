"""Positive: a traced number that says it is above 0 before anyone knows it."""

from __future__ import annotations

from typing import Any

import keras


class Positive:
    """A value inside a compiled step, for code that decides by it what to compile.

    Keras's SGD and RMSprop ask `momentum != 0` and `momentum > 0` while the step is traced, and
    then use the number. The answer is yes: `Scheduled` refuses an optimizer without momentum.

    Args:
        value: traced, scalar.
    """

    def __init__(self, value: Any) -> None:
        self._value = value

    @classmethod
    def unless_known(cls, value: Any, attribute: str) -> Any:
        """Wrap a momentum that is traced; give anything else back."""
        known = keras.backend.backend() == "torch"
        return value if known or attribute != "momentum" else cls(value)

    def __ne__(self, other: object) -> bool:
        return other == 0

    def __gt__(self, other: object) -> bool:
        return other == 0

    __hash__ = None  # pyright: ignore[reportAssignmentType] - it equals nothing

    def __jax_array__(self) -> Any:
        """Give the value to JAX."""
        return self._value

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        """Give the value to TensorFlow."""
        return keras.ops.convert_to_tensor(self._value, dtype)
