"""Form: a formula for the loss curve given the lr curve, with its exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lehr.laws.curve import Array
from lehr.laws.path import Path


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One number of a law.

    Attributes:
        name: what formulas and reports call it.
        start: where a fit begins, in the law's own units; a prior says its own.
        positive: whether it is above 0; then it is fitted as its logarithm.
        spread: how far from `start` it has been seen (standard deviation, of the logarithm where
            positive); None: nothing is known and nothing is assumed.
    """

    name: str
    start: float = 1.0
    positive: bool = True
    spread: float | None = None


class Form(Protocol):
    """A law's formula."""

    @property
    def name(self) -> str:
        """Return its name."""
        ...

    @property
    def source(self) -> str:
        """Return the paper, section or study it is from."""
        ...

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Return its parameters, in the order of `values`.

        The first is the level that nothing falls below, the second the size of what progress has
        left; both are positive and without prior, for a fit begins by setting them to the curves.
        """
        ...

    def evaluate(self, values: Array, path: Path) -> tuple[Array, Array]:
        """Return the loss, shape (n,), and its derivatives, shape (n, parameters).

        Derivatives are with respect to a parameter's logarithm where it is positive.
        """
        ...
