"""The global random generators (Python's, NumPy's, torch's), as one run owns them.

Users' models, losses and data draw from the global generators. Several runs may take turns in one
process, so each keeps its own state of them, puts it in place while it works and the caller's
back afterwards: to its user, a run has the process to itself.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from lehr.errors import ProblemError

if TYPE_CHECKING:
    import torch

_SEEDS = 2**32


@dataclass(frozen=True)
class RandomState:
    """A snapshot of the global generators.

    `torch_cpu` is None in a process that has not imported torch, `torch_cuda` for a run on the
    CPU.
    """

    python: tuple[object, ...]
    numpy: Mapping[str, object]
    torch_cpu: torch.Tensor | None
    torch_cuda: torch.Tensor | None

    @classmethod
    def capture(cls, device: str = "cpu") -> RandomState:
        """Take the state of the generators that a run on `device` draws from."""
        torch = sys.modules.get("torch")
        on_cuda = torch is not None and device.startswith("cuda")
        return cls(
            python=random.getstate(),
            numpy=np.random.get_state(legacy=False),
            torch_cpu=torch.get_rng_state() if torch else None,
            torch_cuda=torch.cuda.get_rng_state(device) if torch and on_cuda else None,
        )

    def restore(self, device: str = "cpu") -> None:
        """Put the generators back into this state."""
        random.setstate(self.python)
        np.random.set_state(dict(self.numpy))
        torch = sys.modules.get("torch")
        if torch and self.torch_cpu is not None:
            torch.set_rng_state(self.torch_cpu)
        if torch and self.torch_cuda is not None:
            torch.cuda.set_rng_state(self.torch_cuda, device)

    def tree(self) -> dict[str, object]:
        """Put the state into values that a checkpoint can hold."""
        version, words, gauss = cast("tuple[int, tuple[int, ...], float | None]", self.python)
        return {
            "python": [version, np.array(words, dtype=np.int64), gauss],
            "numpy": dict(self.numpy),
            "torch_cpu": self.torch_cpu,
            "torch_cuda": self.torch_cuda,
        }

    @classmethod
    def from_tree(cls, tree: Mapping[str, object]) -> RandomState:
        """Read what `tree` gave."""
        version, words, gauss = cast("tuple[int, np.ndarray, float | None]", tree["python"])
        return cls(
            python=(version, tuple(words.tolist()), gauss),
            numpy=cast("Mapping[str, object]", tree["numpy"]),
            torch_cpu=cast("torch.Tensor | None", tree["torch_cpu"]),
            torch_cuda=cast("torch.Tensor | None", tree["torch_cuda"]),
        )


def seed_all(seed: int) -> None:
    """Seed the global generators, as the plain loop does in its first line.

    Raises:
        ProblemError: a seed outside [0, 2³²), which NumPy would refuse.
    """
    if not 0 <= seed < _SEEDS:
        raise ProblemError(
            "a seed that NumPy's generator does not take",
            value=f"seed = {seed}",
            rule="0 ≤ seed < 2³²",
            fix="seed=0",
        )
    random.seed(seed)
    np.random.seed(seed)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)


def _refuse_absent(device: str) -> None:
    torch = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda"):
        return
    found = int(torch.cuda.device_count()) if torch.cuda.is_available() else 0
    if int(device.partition(":")[2] or 0) >= found:
        raise ProblemError(
            f"this machine has no device {device}",
            value=f'device="{device}", and torch finds {found} CUDA devices',
            rule="the device that a problem names is one of the machine it is trained on",
            fix='device="auto", which takes CUDA where there is one, or device="cpu"',
        )


@contextmanager
def forked(device: str = "cpu") -> Iterator[None]:
    """Whatever is drawn inside leaves the global generators as they were."""
    outer = RandomState.capture(device)
    try:
        yield
    finally:
        outer.restore(device)


class Randomness:
    """The state of the global generators that belongs to one run."""

    def __init__(self, seed: int, *, device: str = "cpu") -> None:
        """Seed the run's generators.

        Raises:
            ProblemError: this machine has no such device, or a seed that NumPy would refuse.
        """
        _refuse_absent(device)
        self._device = device
        with forked(device):
            seed_all(seed)
            self.state = RandomState.capture(device)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Draw from the run's generators inside, from the caller's again afterwards."""
        with forked(self._device):
            self.state.restore(self._device)
            try:
                yield
            finally:
                self.state = RandomState.capture(self._device)

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Draw from the run's generators inside, without the run noticing."""
        with forked(self._device):
            self.state.restore(self._device)
            yield
