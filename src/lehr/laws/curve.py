"""Curve: the loss that one run logged, and the learning rates it was trained with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lehr.errors import UsageError

Array = NDArray[np.float64]
SINGLE = 1e-6
"""Relative difference of two numbers that may be one, kept in single precision."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A run's loss at some of its steps.

    Args:
        steps: optimizer updates made when each loss was measured, shape (n,), ascending, ≥ 1.
        loss: the loss measured there, shape (n,), finite and above 0.
        lr: the learning rate: an array with one value per step from 0, or a pair (steps, lrs) of
            knots that are joined linearly. Must reach the last of `steps`.
        weight_decay: the optimizer's coefficient (decoupled, as AdamW's), 0 if none. None
            (default): nobody knows; it counts as 0, and a law that depends on it says so.
        optimizer: its name; it says in which unit laws count the lr (1e-3 for Adam's family).
        name: what messages call the run.

    Attributes:
        decay_known: whether a weight decay was given.
        logged: the steps whose lr was given, before the last of `steps`, ascending; between them
            it is joined, before the first it is that of the first.

    Raises:
        UsageError: arrays that do not fit each other, or hold what is no step, loss or lr.

    >>> curve = Curve(steps=[10, 20], loss=[3.0, 2.5], lr=([0, 20], [1e-3, 1e-3]))
    >>> curve.lr.shape, float(curve.lr[0])
    ((20,), 0.001)
    """

    steps: Array
    loss: Array
    lr: Array
    logged: NDArray[np.int64]
    weight_decay: float = 0.0
    decay_known: bool = False
    optimizer: str = "adamw"
    name: str = "run"

    def __init__(
        self,
        *,
        steps: ArrayLike,
        loss: ArrayLike,
        lr: ArrayLike | tuple[ArrayLike, ArrayLike],
        weight_decay: float | None = None,
        optimizer: str = "adamw",
        name: str = "run",
    ) -> None:
        steps, loss = (np.array(values, np.float64) for values in (steps, loss))
        if steps.ndim != 1 or steps.shape != loss.shape or not len(steps):
            raise UsageError(
                f"{name} has no curve",
                value=f"steps of shape {steps.shape}, loss of shape {loss.shape}",
                rule="two arrays of one length, at least 1",
            )
        whole = np.isfinite(steps).all() and bool((steps == np.floor(steps)).all())
        if not whole or steps[0] < 1 or bool((np.diff(steps) <= 0).any()):
            raise UsageError(
                f"{name}'s steps are not in order",
                value=f"first {steps[0]:g}, last {steps[-1]:g}",
                rule="whole numbers of updates, ascending, from 1",
            )
        wrong = ~(np.isfinite(loss) & (loss > 0))
        if bool(wrong.any()):
            raise UsageError(
                f"{name} holds a loss that no law describes",
                value=f"{loss[wrong][0]:g} at step {steps[wrong][0]:g}",
                rule="losses are finite and above 0",
                fix="leave out what a diverged run logged",
            )
        decay = 0.0 if weight_decay is None else float(weight_decay)
        if not (np.isfinite(decay) and decay >= 0):
            raise UsageError("not a weight decay", value=f"{decay:g}", rule="at least 0")
        rates = per_step(lr, int(steps[-1]), name)
        logged = np.arange(len(rates))
        if isinstance(lr, tuple):
            logged = np.intersect1d(
                logged, np.round(np.asarray(lr[0], np.float64)).astype(np.int64)
            )
        for key, value in (("steps", steps), ("loss", loss), ("lr", rates), ("logged", logged)):
            value.flags.writeable = False
            object.__setattr__(self, key, value)
        object.__setattr__(self, "weight_decay", decay)
        object.__setattr__(self, "decay_known", weight_decay is not None)
        object.__setattr__(self, "optimizer", optimizer)
        object.__setattr__(self, "name", name)

    def same(self, other: Curve) -> bool:
        """Say whether the other has the same losses at the same steps, after the same lrs.

        They may be known to single precision, as what TensorBoard has kept.
        """
        return len(self.steps) == len(other.steps) and self.begins(other)

    def begins(self, other: Curve) -> bool:
        """Say whether the other goes on from this one: it has all of this one's steps, and more.

        >>> curve = Curve(steps=[10, 20, 30], loss=[3.0, 2.5, 2.3], lr=np.full(30, 1e-3))
        >>> stopped = curve.observed([10, 20], [3.0, 2.5])
        >>> stopped.begins(curve), curve.begins(stopped)
        (True, False)
        """
        seen = slice(len(self.steps))
        known = self.logged[self.logged < self.steps[-1]]
        return np.array_equal(self.steps, other.steps[seen]) and all(
            np.allclose(own, others, rtol=SINGLE, atol=0.0)
            for own, others in (
                (self.loss, other.loss[seen]),
                (self.lr[known], other.lr[known]),
            )
        )

    def observed(self, steps: ArrayLike, loss: ArrayLike) -> Curve:
        """Return the same run with other observations.

        >>> curve = Curve(steps=[10, 20], loss=[3.0, 2.5], lr=([0, 20], [1e-3, 1e-3]))
        >>> curve.observed([10], [3.0]).lr.shape
        (10,)
        """
        return Curve(
            steps=steps,
            loss=loss,
            lr=self.lr,
            weight_decay=self.weight_decay if self.decay_known else None,
            optimizer=self.optimizer,
            name=self.name,
        )


def per_step(lr: ArrayLike | tuple[ArrayLike, ArrayLike], horizon: int, name: str = "lr") -> Array:
    """Return the learning rate of each of the first `horizon` updates.

    Args:
        lr: one value per step from 0 (at least `horizon` of them), or knots (steps, lrs); before
            the first and after the last knot their values hold.
        horizon: optimizer steps.
        name: what messages call it.

    Raises:
        UsageError: too few values, or one that is no learning rate.

    >>> per_step(([0, 2], [0.0, 1.0]), 3).tolist()
    [0.0, 0.5, 1.0]
    """
    if isinstance(lr, tuple):
        at, value = (np.asarray(part, np.float64) for part in lr)
        if at.ndim != 1 or at.shape != value.shape or not len(at) or not (np.diff(at) > 0).all():
            raise UsageError(
                f"{name}'s lr knots do not fit",
                value=f"{at.shape} steps, {value.shape} lrs",
                rule="as many lrs as steps, the steps ascending",
            )
        _checked(value, at, name)
        rates = np.interp(np.arange(horizon), at, value)
    else:
        rates = np.array(lr, np.float64)
        if rates.ndim != 1 or len(rates) < horizon:
            raise UsageError(
                f"{name} has fewer learning rates than steps",
                value=f"{rates.shape} for {horizon} steps",
                rule="one lr per step from 0, or knots (steps, lrs)",
            )
        rates = rates[:horizon]
        _checked(rates, np.arange(float(horizon)), name)
    if not bool(rates.any()):
        raise UsageError(f"{name} has no learning rate above 0", value=f"{horizon} steps at lr 0")
    return rates


def _checked(lrs: Array, steps: Array, name: str) -> None:
    wrong = ~(np.isfinite(lrs) & (lrs >= 0))
    if bool(wrong.any()):
        raise UsageError(
            f"{name} holds what is no learning rate",
            value=f"{lrs[wrong][0]:g} at step {steps[wrong][0]:g}",
            rule="finite, at least 0",
            fix="leave the row out of the log if the lrs around it may be joined",
        )
