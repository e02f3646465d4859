"""The ladder of laws: a rung by its name, or the one that predicts best what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lehr.errors import UsageError, did_you_mean
from lehr.laws.curve import Curve
from lehr.laws.fitting import OBSERVATIONS, fit_form
from lehr.laws.forms import FORMS, Form, Prior
from lehr.laws.law import MOST_MISFIT, Law
from lehr.laws.path import thinned

DEFAULT = "weight_norm"
"""The law whose prior lets a few curves do."""
AUTO = "auto"
"""What stands for the law that predicts best."""
LATER = 2 / 3
"""Share of a curve's losses after which the rest is held back."""
CLEARLY = 1 / 3
"""Share of the default law's error below which another takes its place.

An error by a few curves left out is known so badly that the smaller of two tells little: always
taking the smallest is worse on published curves (evidence/laws/rungs.py).
"""
NONE = float("inf")
"""The error of a law that could not be fitted."""


def fit(curves: Sequence[Curve], form: str = DEFAULT, *, prior: Prior | None = None) -> Law:
    """Fit a law to runs, all of one model and data set.

    Args:
        curves: at least one; different peak lrs, horizons and schedules tell most.
        form: name of the law, of `lehr.laws.FORMS`; by default the weight-norm law, whose prior
            lets a few curves do. "auto" fits every law with each curve left out in turn, and with
            the last third of each; another takes the default's place where it misses what was left
            out by less than a third as much, or the default by too much to hold. `Law.weighed` says
            by how much each did, `Law.trouble` where none predicts.
        prior: what is known of its parameters; None (default): what comes with lehr.

    Returns:
        The law, which predicts; a fit that a local minimum caught has a large `misfit`.

    Raises:
        UsageError: no curve, no such law, a prior of another, fewer observations than a law
            without prior needs, or runs of optimizers whose learning rates mean different things.

    >>> steps = np.arange(100, 2000, 100)
    >>> curve = Curve(steps=steps, loss=2 + steps**-0.5, lr=np.full(2000, 1e-3))
    >>> law = fit([curve], "chinchilla")
    >>> bool(abs(law.predict(np.full(4000, 1e-3), at=[4000]).mean[0] - 2 - 4000**-0.5) < 1e-4)
    True
    >>> sorted(fit([curve], "auto").weighed)
    ['chinchilla', 'convex_bound', 'momentum', 'multi_power', 'weight_norm']
    """
    if not curves:
        raise UsageError("there is nothing to fit", rule="at least one curve")
    if form != AUTO:
        rung = named(form)
        return fit_form(curves, rung if prior is None else prior.on(rung))
    rungs = [
        prior.on(rung) if prior is not None and rung.name == prior.form else rung for rung in FORMS
    ]
    weighed = {rung.name: missed(rung, curves) for rung in rungs}
    best = min(rungs, key=lambda rung: (weighed[rung.name], len(rung.parameters)))
    least, usual = weighed[best.name], weighed[DEFAULT]
    clear = least < CLEARLY * usual or least <= MOST_MISFIT < usual
    chosen = best.name if clear else DEFAULT
    law = fit_form(curves, next(rung for rung in rungs if rung.name == chosen))
    return replace(law, weighed=weighed)


def named(form: str) -> Form:
    """Return a law's form by its name.

    Raises:
        UsageError: there is none.
    """
    known = {one.name: one for one in FORMS}
    if form not in known:
        raise UsageError(f"there is no law {form!r}", fix=did_you_mean(form, [*known, AUTO]))
    return known[form]


class LeftOut(NamedTuple):
    """Curves to fit, one that is predicted, and the step after which that counts."""

    fitted: list[Curve]
    curve: Curve
    after: float


def left_out(curves: Sequence[Curve]) -> Iterator[LeftOut]:
    """Leave each curve out in turn, if there are others, and the later part of each."""
    for place, curve in enumerate(curves):
        others = [*curves[:place], *curves[place + 1 :]]
        if others:
            yield LeftOut(others, curve, 0.0)
        kept = max(1, int(LATER * len(curve.steps)))
        if kept < len(curve.steps):
            begun = curve.observed(curve.steps[:kept], curve.loss[:kept])
            yield LeftOut([*others, begun], curve, float(curve.steps[kept - 1]))


def missed(form: Form, curves: Sequence[Curve]) -> float:
    """Return the mean error of log losses that were left out; `NONE` where nothing can be said."""
    errors = [_error(form, *one) for one in left_out(curves)]
    return float(np.mean(errors)) if errors else NONE


def _error(form: Form, fitted: Sequence[Curve], curve: Curve, after: float) -> float:
    seen = thinned(curve, OBSERVATIONS)
    try:
        law = fit_form(fitted, form)
    except UsageError:  # too few observations are left for it
        return NONE
    with np.errstate(all="ignore"):
        said, _ = law.evaluate(curve.lr, seen.steps, curve.weight_decay)
        error = np.abs(np.log(said) - np.log(seen.loss))[seen.steps > after]
    return float(error.mean()) if len(error) and bool(np.isfinite(error).all()) else NONE
