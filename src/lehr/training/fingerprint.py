"""What identifies a problem when a study is resumed, and what one step of it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ABOUT = 1e-2
"""Relative difference of two runs of the same steps where the device's own sums differ."""


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What a preflight found.

    Attributes:
        first_batch: content hash of the first batches under the study's seed.
        initial_weights: content hash of the model that the seed gives.
        metrics: names of what is evaluated.
        exact: whether the same steps twice give the same bits; if not, they agree to `ABOUT`.
        initial: what those were after the first few steps of the baseline, where it was evaluated.
        device: kind of device that trained ("cpu", "cuda"); "unknown" where the run cannot tell.
        seconds_per_step: median wall time of one step, with its share of an evaluation, for the
            time that a study takes; never compared.
    """

    first_batch: str
    initial_weights: str
    metrics: tuple[str, ...]
    device: str
    seconds_per_step: float
    exact: bool = True
    initial: Mapping[str, float] = field(default_factory=dict[str, float])
