"""What a problem is: something that can be trained, whatever the framework."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lehr.schedule import Multipliers

Mode = Literal["min", "max"]


class Run(Protocol):
    """One training of a problem under one seed, which can be paused, kept and forked.

    A run owns the global random generators it draws from: it puts its own in place while it
    works and the caller's back afterwards, so that several runs may take turns in one process.
    """

    @property
    def step(self) -> int:
        """Updates made so far."""
        ...

    def advance(self, multipliers: Multipliers, peak_lr: float) -> NDArray[np.float64]:
        """Make `len(multipliers)` updates, and give the training loss of each.

        The optimizer is built at the first advance, with `peak_lr`; another one later is an
        error. Returns fewer losses, the last of them non-finite, where training blew up.
        """
        ...

    def evaluate(self) -> dict[str, float]:
        """Take the metrics now; training goes on as if this had not happened."""
        ...

    def save(self, directory: Path) -> None:
        """Write a checkpoint: `directory` appears complete or not at all."""
        ...

    def load(self, directory: Path) -> None:
        """Continue from a checkpoint of the same problem and seed, to the bit."""
        ...


class Problem(Protocol):
    """Something that can be trained for `steps` optimizer steps.

    `TorchProblem` implements it for PyTorch; another framework implements these attributes.
    """

    @property
    def name(self) -> str:
        """Names the problem's folder under `lehr-runs/`."""
        ...

    @property
    def steps(self) -> int:
        """Optimizer steps of one full run: its horizon."""
        ...

    @property
    def objective(self) -> str:
        """The metric that is selected on, one of those `evaluate` gives."""
        ...

    @property
    def mode(self) -> Mode:
        """Whether a small or a large objective is good."""
        ...

    @property
    def evaluate_every(self) -> int:
        """Steps between two evaluations."""
        ...

    @property
    def baseline(self) -> tuple[str, float]:
        """Schedule text and peak lr of what the user would train with today."""
        ...

    @property
    def lr_range(self) -> tuple[float, float] | None:
        """Smallest and largest peak lr worth trying; None where the search shall find out."""
        ...

    @property
    def threads(self) -> int:
        """CPU threads of one run; they change the last bits, so they are part of the answer."""
        ...

    @property
    def forkable(self) -> bool:
        """Whether runs can be saved and forked; a user's own script cannot."""
        ...

    def start(self, seed: int) -> Run:
        """Start a run at step 0: initial weights and batches follow from the seed alone."""
        ...


@runtime_checkable
class Aimed(Protocol):
    """A problem that may say which value of its objective shall be reached soon."""

    @property
    def target(self) -> float | None:
        """That value; None where the objective at the end of a run is what counts."""
        ...


def declared_target(problem: Problem) -> float | None:
    """The target that a problem declares; None where it declares none, or does not know of any."""
    return problem.target if isinstance(problem, Aimed) else None


@runtime_checkable
class Inspectable(Protocol):
    """A run that can say what it starts from, so that a preflight can name what differs."""

    @property
    def device(self) -> str:
        """Kind of device it trains on: "cpu", "cuda"."""
        ...

    @property
    def exact(self) -> bool:
        """Whether the same run twice gives the same bits (a CPU: yes)."""
        ...

    def digest_weights(self, *, buffers: bool = True) -> str:
        """Content hash of the weights now, and of the buffers unless they shall not count."""
        ...

    def digest_batches(self, count: int) -> str:
        """Content hash of the next `count` batches, which are not consumed by this."""
        ...


@runtime_checkable
class Reporting(Protocol):
    """A run that trains in one piece and whose metrics are what it reported on its way."""

    def reported(self, step: int) -> dict[str, float]:
        """Give the last metrics reported at or before `step`."""
        ...
