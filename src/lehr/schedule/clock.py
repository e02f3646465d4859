"""What one optimizer step is worth in epochs, tokens and samples."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lehr.schedule.checked import whole


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Turn durations in epochs, tokens or samples into optimizer steps.

    Args:
        steps_per_epoch: optimizer updates (not batches) in one epoch, at least 1.
        tokens_per_step: tokens of one optimizer update over all devices, at least 1.
        samples_per_step: samples of one optimizer update over all devices, at least 1.

    Raises:
        ScheduleError: a value that is not a whole number of at least 1.

    >>> from lehr import cosine, warmup
    >>> schedule = warmup("1ep") >> cosine()
    >>> schedule.over(1_000, Clock(steps_per_epoch=100))(99)
    1.0
    """

    steps_per_epoch: int | None = None
    tokens_per_step: int | None = None
    samples_per_step: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                object.__setattr__(self, field.name, whole(value, field.name))

    def __repr__(self) -> str:
        known = [(f.name, getattr(self, f.name)) for f in fields(self)]
        return f"Clock({', '.join(f'{name}={value}' for name, value in known if value)})"
