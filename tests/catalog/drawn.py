"""Configurations of other libraries' schedulers, drawn at random, with what the libraries do.

Used by `test_ports_parity.py` and by `evidence/ports_parity/measure.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lehr.catalog.ports import Library, Port

Arguments = dict[str, Any]
Draw = Callable[[random.Random], Arguments]
Native = Callable[[Arguments, int], np.ndarray]
Excluded = Callable[[Arguments, int], "dict[str, np.ndarray]"]
STEPS = 90


def no_quirk(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    """Exclude no step."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One scheduler of one library.

    Attributes:
        library: the port's library.
        name: the library's name of the scheduler.
        draw: valid arguments of the port, edge cases among them.
        native: arguments, number of steps -> the library's lrs of the steps 0, 1, ….
        quirks: arguments, number of steps -> key of a Quirk -> the steps it spoils.
        tolerance: of the largest difference, relative to the peak.
        reference: what `native` is: the library itself, or a reference of its formula.
    """

    library: Library
    name: str
    draw: Draw
    native: Native
    quirks: Excluded = no_quirk
    tolerance: float = 1e-12
    reference: str = "native"
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What comparing one configuration gave, relative to the largest lr, and steps left out."""

    largest: float
    compared: int
    excluded: dict[str, int]
    port: Port


def compare(drawn: Drawn, arguments: Arguments, steps: int = STEPS) -> Difference:
    """Compare the port with the library at every step."""
    port = drawn.library(drawn.name, **arguments)
    native = drawn.native(arguments, steps)
    ours = port.lr(np.arange(len(native)))
    spoiled = np.zeros(len(native), bool)
    excluded: dict[str, int] = {}
    for key, mask in drawn.quirks(arguments, len(native)).items():
        spoiled |= mask
        if mask.any():
            excluded[key] = int(mask.sum())
    kept = ~spoiled
    assert np.isfinite(native[kept]).all(), (drawn.name, arguments)
    peak = max(port.peak_lr, float(native[kept].max(initial=0)))
    largest = float(np.abs(ours - native)[kept].max(initial=0)) / peak
    return Difference(largest, int(kept.sum()), excluded, port)


# What configurations are drawn from


def lr(rng: random.Random) -> float:
    """A learning rate, three decades wide, sometimes round."""
    return rng.choice([0.1, 1e-3, 3e-4, 10 ** rng.uniform(-4, 0), 10 ** rng.uniform(-4, 0)])


def count(rng: random.Random, low: int = 1, high: int = 40) -> int:
    """A number of steps, often at its least."""
    return rng.choice([low, low + 1, rng.randint(low, high), rng.randint(low, high)])


def share(rng: random.Random) -> float:
    """A number from 0 to 1, ends included."""
    return rng.choice([0.0, 1.0, 0.1, 0.5, rng.random(), rng.random()])


def inner(rng: random.Random) -> float:
    """A number above 0 and below 1."""
    return rng.choice([0.1, 0.5, 0.9, rng.uniform(0.01, 0.99)])


def some(rng: random.Random, arguments: Arguments) -> Arguments:
    """Leave out each argument in turn with probability ¼, so that defaults are used too."""
    return {name: value for name, value in arguments.items() if rng.random() < 0.75}


def after(step: int, steps: int) -> np.ndarray:
    """Mark the steps after `step`."""
    return np.arange(steps) > step
