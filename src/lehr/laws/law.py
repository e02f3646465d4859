"""Law: a fitted formula, which predicts the loss under any schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from lehr.errors import UsageError
from lehr.laws.curve import Array, per_step
from lehr.laws.ended import Ended, lowest
from lehr.laws.forms.form import Form
from lehr.laws.path import Path, path

WITHIN = 1.645
"""Standard deviations on either side that hold nine of ten."""
FEWEST_SPARE = 5
"""Losses beyond the parameters of which nothing is known, without which a misfit says nothing."""
MOST_MISFIT = 0.025
"""Largest misfit with which a law holds (evidence/laws_live: ranks are right below it)."""
MOST_RISING = 0.2
"""Share of curves that end in a rise from which on losses overfit rather than follow a law."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """Losses that are expected.

    Attributes:
        mean: expected loss, shape (n,).
        sd: standard deviation of what a run will measure, shape (n,): of the parameters, and of
            how far the fitted curves were from the law.

    >>> told = Prediction(mean=np.array([2.0]), sd=np.array([0.02]))
    >>> float(told.low[0].round(3)), float(told.high[0].round(3))
    (1.967, 2.033)
    """

    mean: Array
    sd: Array

    @property
    def low(self) -> Array:
        """Return the loss that nineteen of twenty runs are above, shape (n,)."""
        return self.quantile(-WITHIN)

    @property
    def high(self) -> Array:
        """Return the loss that nineteen of twenty runs are below, shape (n,)."""
        return self.quantile(WITHIN)

    def quantile(self, sds: float) -> Array:
        """Return losses so many standard deviations from the mean, shape (n,).

        Of the logarithm, so never below 0; infinite where nothing is known.
        """
        with np.errstate(over="ignore"):
            return self.mean * np.exp(sds * self.sd / self.mean)


@dataclass(frozen=True, kw_only=True, eq=False)
class Law:
    """A fitted law.

    Attributes:
        form: the formula.
        x: its parameters as they were fitted, logarithms where positive.
        covariance: of `x`, shape (parameters, parameters).
        misfit: robust standard deviation of the fit's residuals, in log loss.
        spare: losses that it was fitted on, less the parameters of which nothing was known.
        rising: share of the curves that end more than 2 % above their lowest, the lr no higher.
        seen_lr: smallest and largest peak lr that it was fitted on.
        runs: those that it was fitted on, and where they ended.
        seen_steps: longest run that it was fitted on.
        weight_decay: of the first curve, what a prediction takes if nothing else is said.
        decay_assumed: whether that of some curve is not known, and would change what is predicted.
        unit: learning rate that the formula counts as 1.
        weighed: law -> how far it missed what was left out, in log loss, where the law was chosen
            by that; empty where it was named.
    """

    form: Form
    x: Array
    covariance: Array
    misfit: float
    spare: int
    rising: float
    seen_lr: tuple[float, float]
    runs: tuple[Ended, ...]
    seen_steps: int
    weight_decay: float
    decay_assumed: bool = False
    unit: float = 1e-3
    weighed: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def best_lr(self) -> float:
        """Return the peak lr of the run that ended lowest."""
        return lowest(self.runs).peak_lr

    @property
    def holds(self) -> bool:
        """Whether the curves obey the law: if not, its predictions rank schedules badly.

        Losses over many epochs and accuracies turned into losses often do not; losses that overfit,
        and rise in the end, never do, however well they are fitted.
        """
        return self.trouble is None

    @property
    def trouble(self) -> str | None:
        """What is wrong where the law does not hold, in words; None where it does."""
        if self.spare < FEWEST_SPARE:
            return "too few losses were logged to see whether any law predicts them"
        if self.rising >= MOST_RISING:
            return (
                f"{100 * self.rising:.0f} % of the runs end above their lowest loss (overfitting, "
                "or a metric that is no loss and should rise)"
            )
        best = min(self.weighed, key=lambda name: self.weighed[name], default=None)
        if best is not None and not self.weighed[best] <= MOST_MISFIT:
            return (
                "no law predicts what is left out of the runs: the best, "
                f"{best}, misses it by {100 * self.weighed[best]:.1f} %"
                if np.isfinite(self.weighed[best])
                else "too few losses were logged to see whether any law predicts them"
            )
        if self.misfit > MOST_MISFIT:
            return f"the law misses these curves by {100 * self.misfit:.1f} %"
        return None

    @property
    def parameters(self) -> dict[str, float]:
        """Return name -> value, in the law's own units."""
        names = [parameter.name for parameter in self.form.parameters]
        return dict(zip(names, values_of(self.form, self.x).tolist(), strict=True))

    @property
    def determined(self) -> dict[str, float]:
        """Return name -> share of what is known that the curves told: 1 all, 0 only the prior.

        One minus the parameter's variance after the fit over the prior's; 1 without a prior.
        """
        inverse = prior_of(self.form)[1]
        after = np.diag(self.covariance)
        told = np.where(inverse > 0, np.clip(1 - after * inverse, 0.0, 1.0), 1.0)
        names = [parameter.name for parameter in self.form.parameters]
        return dict(zip(names, told.tolist(), strict=True))

    def predict(
        self,
        lr: ArrayLike | tuple[ArrayLike, ArrayLike],
        at: ArrayLike,
        weight_decay: float | None = None,
    ) -> Prediction:
        """Predict the loss of a run.

        Args:
            lr: one learning rate per step from 0, or knots (steps, lrs), as of a `Curve`.
            at: steps at which to predict, ascending, from 1.
            weight_decay: its coefficient; None (default): the fitted runs'.

        Raises:
            UsageError: steps, learning rates or a weight decay that are none.
        """
        steps = np.atleast_1d(np.asarray(at, np.float64))
        ascend = len(steps) > 0 and steps[0] >= 1 and bool((np.diff(steps) > 0).all())
        if not ascend or bool((steps != np.floor(steps)).any()):
            raise UsageError(
                "not steps to predict at",
                value=f"first {steps[0]:g}, last {steps[-1]:g}" if len(steps) else "no step",
                rule="whole numbers of updates, ascending, from 1",
            )
        if weight_decay is not None and not 0 <= weight_decay < np.inf:
            raise UsageError("not a weight decay", value=f"{weight_decay:g}", rule="at least 0")
        rates = per_step(lr, int(steps[-1]))
        loss, slopes = self.evaluate(rates, steps, weight_decay)
        variance = np.einsum("ni,ij,nj->n", slopes, self.covariance, slopes)
        return Prediction(mean=loss, sd=np.sqrt(variance + (self.misfit * loss) ** 2))

    def evaluate(
        self, lr: Array, at: Array, weight_decay: float | None = None
    ) -> tuple[Array, Array]:
        """Return the loss, shape (n,), and its derivatives by `x`, shape (n, parameters).

        Args:
            lr: one learning rate per step from 0.
            at: steps, ascending, from 1, shape (n,).
            weight_decay: its coefficient; None (default): the fitted runs'.
        """
        decay = self.weight_decay if weight_decay is None else weight_decay
        return self.along(path(lr, at, decay, self.unit))

    def along(self, cut: Path) -> tuple[Array, Array]:
        """Return the same of a path that is cut already."""
        return self.form.evaluate(values_of(self.form, self.x), cut)


def values_of(form: Form, x: Array) -> Array:
    """Return parameters in the law's own units: the exponential where positive."""
    positive = np.array([parameter.positive for parameter in form.parameters])
    return np.where(positive, np.exp(np.where(positive, np.clip(x, -60, 60), 0.0)), x)


def prior_of(form: Form) -> tuple[Array, Array]:
    """Return each parameter's prior mean, as fitted, and its inverse variance (0: none)."""
    mean = [np.log(p.start) if p.positive else p.start for p in form.parameters]
    inverse = [0.0 if p.spread is None else p.spread**-2 for p in form.parameters]
    return np.array(mean), np.array(inverse)
