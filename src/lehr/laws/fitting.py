"""Fit a law to curves: robust, with exact derivatives and what is known beforehand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lehr.errors import UsageError
from lehr.laws.curve import Array, Curve
from lehr.laws.ended import Ended
from lehr.laws.forms import Form
from lehr.laws.law import Law, prior_of, values_of
from lehr.laws.path import Path, path, thinned

OBSERVATIONS = 60
"""Most observations of one curve that take part; more make a fit slower, hardly better."""
HUBER = 1e-3
"""Residual of log loss from which on it counts linearly, as in the Multi-Power Law's fit."""
PRIOR_WEIGHT = 1e-7
"""What one standard deviation of the prior costs, in mean squared residuals of log loss."""
INDEPENDENT = 0.25
"""Independent observations that a curve counts for when the law's uncertainty is stated.

What a curve has besides the law is no noise: it is shared along the curve, and with its neighbours.
Chosen so that 90 % intervals hold nine of ten final losses of the nine other models' runs, left out
in turn or longer than those fitted (evidence/laws/calibrate.py).
"""
LEAST_MISFIT = 1e-4
"""Robust standard deviation of log loss below which no law is said to miss."""
UNKNOWN = 100.0
"""Standard deviation of a parameter of which nothing is known before."""
ADAM = ("adam", "adamw", "nadam", "radam", "adamax", "lamb", "lion")
RISE = 1.02
"""A curve that ends so many times above its lowest has risen, not just wavered."""
WAVERS = 3.0
"""Standard deviations of a window's mean that it has to rise by as well."""
WINDOW = 0.1
"""Part of a curve whose mean is its end, or its lowest, where it is asked whether it rises."""
ROUNDS = 60
FLAT = 1e-7


def fit_form(curves: Sequence[Curve], form: Form) -> Law:
    """Fit a formula, of the ladder or of your own; see `lehr.laws.fit`.

    Raises:
        UsageError: fewer observations than there are parameters of which nothing is known, or runs
            of optimizers whose learning rates mean different things.
    """
    kept = [thinned(curve, OBSERVATIONS) for curve in curves]
    unit = unit_of(curves)
    paths = [path(curve.lr, curve.steps, curve.weight_decay, unit) for curve in kept]
    log_loss = np.log(np.concatenate([curve.loss for curve in kept]))
    free = sum(parameter.spread is None for parameter in form.parameters)
    if len(log_loss) < free:
        raise UsageError(
            f"too few observations for {form.name}",
            value=f"{len(log_loss)} losses",
            rule=f"at least {free}, one for each parameter nothing is known of",
            fix="log the loss more often, or train for longer",
        )
    x = _minimum(form, _start(form, paths, log_loss), paths, log_loss)
    residual, slopes = _residuals(form, x, paths, log_loss)
    if not np.isfinite(residual).all():
        raise UsageError(
            f"{form.name} cannot be fitted to these runs",
            value=f"lrs up to {max(float(curve.lr.max()) for curve in curves):g}",
            rule="the loss that it says is a finite number",
        )
    spare = len(log_loss) - free
    counts = np.cumsum([len(curve.loss) for curve in kept])[:-1]
    misfit = float(1.4826 * np.median(np.abs(residual)) * np.sqrt(len(log_loss) / max(spare, 1)))
    misfit = max(misfit, LEAST_MISFIT)
    told = len(curves) * information(slopes * np.sqrt(_robust(residual))[:, None], misfit)
    precision = told + np.diag(np.maximum(prior_of(form)[1], UNKNOWN**-2))
    return Law(
        form=form,
        x=x,
        covariance=np.linalg.inv(precision).astype(np.float64),
        misfit=misfit,
        spare=spare,
        rising=float(np.mean([_rises(one, path) for one, path in zip(kept, paths, strict=True)])),
        seen_lr=(
            min(float(curve.lr.max()) for curve in curves),
            max(float(curve.lr.max()) for curve in curves),
        ),
        runs=_ended(form, x, curves, np.split(residual, counts), unit),
        seen_steps=max(int(curve.steps[-1]) for curve in curves),
        weight_decay=curves[0].weight_decay,
        decay_assumed=not all(curve.decay_known for curve in curves)
        and _depends_on_decay(form, x, paths[0]),
        unit=unit,
    )


def _depends_on_decay(form: Form, x: Array, one: Path) -> bool:
    values = values_of(form, x)
    none, some = (form.evaluate(values, replace(one, decay=d))[0] for d in (0.0, 1e-4))
    return bool((none != some).any())


def _ended(
    form: Form, x: Array, curves: Sequence[Curve], residuals: Sequence[Array], unit: float
) -> tuple[Ended, ...]:
    """Return where runs ended: where the law says, less the mean residual of their last tenth."""
    values, found = values_of(form, x), list[Ended]()
    for curve, residual in zip(curves, residuals, strict=True):
        end = path(curve.lr, curve.steps[-1:], curve.weight_decay, unit)
        said = float(form.evaluate(values, end)[0][0])
        off = float(np.mean(residual[-_width(residual) :]))
        found.append(Ended(curve=curve, loss=said * math.exp(-off)))
    return tuple(found)


def _width(observed: Array) -> int:
    return max(1, round(WINDOW * len(observed)))


def _rises(curve: Curve, cut: Path) -> bool:
    """Whether a curve ends above its lowest, by more than noise and not for a lr that rose."""
    width = _width(curve.loss)
    mean_of = np.full(width, 1 / width)
    means = np.convolve(curve.loss, mean_of, mode="valid")
    lrs = np.convolve(cut.lr[cut.seen - 1], mean_of, mode="valid")
    lowest = int(means.argmin())
    change = np.diff(np.log(curve.loss), prepend=np.log(curve.loss[0]))
    noise = 1.4826 * np.median(np.abs(change - np.median(change))) / np.sqrt(2)
    rise = np.log(means[-1] / means[lowest])
    risen = rise > max(np.log(RISE), WAVERS * noise * np.sqrt(2 / width))
    return bool(risen and lrs[-1] <= RISE * lrs[lowest])


def unit_of(curves: Sequence[Curve]) -> float:
    """Return the lr that counts as 1: 1e-3 for the Adam family, which the priors are of.

    Of other optimizers, whose learning rates mean something else, the geometric mean of the peaks.

    Raises:
        UsageError: optimizers whose learning rates mean different things.
    """
    found = {curve.optimizer.lower() for curve in curves}
    if found <= set(ADAM):
        return 1e-3
    if len(found) > 1:
        raise UsageError(
            "the runs were trained by different optimizers",
            value=", ".join(sorted(found)),
            rule="one unit for all lrs: those of one optimizer, or of Adam's family",
            fix="fit the runs of each by themselves",
        )
    return float(np.exp(np.mean([np.log(curve.lr.max()) for curve in curves])))


def _start(form: Form, paths: Sequence[Path], log_loss: Array) -> Array:
    """Begin at the prior, with the level and the progress term set to the curves' own."""
    x = prior_of(form)[0].copy()
    level, progress = range(2)  # as `Form.parameters` promises
    low, high = np.exp(log_loss.min()), np.exp(log_loss.max())
    x[level] = np.log(0.9 * low)
    first = form.evaluate(values_of(form, x), paths[0])[0]
    drop = max(float(first.max()) - 0.9 * low, 1e-9)
    x[progress] += np.log(max(high - 0.9 * low, 1e-6) / drop)
    return x


def _residuals(form: Form, x: Array, paths: Sequence[Path], log_loss: Array) -> tuple[Array, Array]:
    values = values_of(form, x)
    with np.errstate(all="ignore"):
        found = [form.evaluate(values, one) for one in paths]
        loss = np.concatenate([part for part, _ in found])
        slopes = np.concatenate([part for _, part in found])
        return np.log(loss) - log_loss, slopes / loss[:, None]


def _minimum(form: Form, start: Array, paths: Sequence[Path], log_loss: Array) -> Array:
    """Minimise mean Huber(log residual) plus the prior by Levenberg and Marquardt's steps."""
    middle, inverse = prior_of(form)
    inverse = PRIOR_WEIGHT * inverse
    count = len(log_loss)

    def cost(residual: Array, x: Array) -> float:
        size = np.abs(residual)
        robust = np.where(size < HUBER, 0.5 * size**2, HUBER * (size - 0.5 * HUBER))
        total = float(robust.sum() / count + 0.5 * inverse @ (x - middle) ** 2)
        return total if np.isfinite(total) else np.inf

    x, damping = start, 1e-3
    residual, slopes = _residuals(form, x, paths, log_loss)
    best = cost(residual, x)
    for _ in range(ROUNDS):
        weight = _robust(residual) / count
        gradient = slopes.T @ (weight * residual) + inverse * (x - middle)
        curvature = (slopes.T * weight) @ slopes + np.diag(inverse)
        for _ in range(14):
            damped = curvature + np.diag(damping * np.diag(curvature) + 1e-15)
            step = np.clip(np.linalg.solve(damped, -gradient), -1.5, 1.5)
            tried, tried_slopes = _residuals(form, x + step, paths, log_loss)
            found = cost(tried, x + step)
            if found < best:
                break
            damping *= 4
        else:
            break
        gained, best = best - found, found
        x, residual, slopes, damping = x + step, tried, tried_slopes, max(damping / 5, 1e-9)
        if gained < FLAT * best:
            break
    return x


def information(slopes: Array, misfit: float) -> Array:
    """Return the precision that one curve gives to a law, shape (parameters, parameters).

    Args:
        slopes: derivatives of its log losses by the parameters, shape (n, parameters).
        misfit: the law's, in log loss.
    """
    return slopes.T @ slopes / len(slopes) * (INDEPENDENT / misfit**2)


def _robust(residual: Array) -> Array:
    """Return what each observation counts for: 1, and less where it is far off."""
    return np.minimum(1.0, HUBER / np.maximum(np.abs(residual), 1e-300))
