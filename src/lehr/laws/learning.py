"""Learn a prior from a user's own past runs: what is known before the next model has trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lehr.errors import UsageError
from lehr.laws.curve import Curve
from lehr.laws.fitting import fit_form
from lehr.laws.forms import Form, Known, Prior, shipped
from lehr.laws.ladder import DEFAULT, named
from lehr.laws.law import Law

ROUNDS = 10
"""Times that groups are fitted again at the most."""
SETTLED = 0.02
"""Spreads that no start moves any more once a prior has settled."""


def learn_prior(groups: Mapping[str, Sequence[Curve]], *, prior: Prior | None = None) -> Prior:
    """Learn what the runs of several models tell of the next one.

    Groups are taken for draws of one normal distribution, whose middle and spread are the prior.
    What was known before counts for `prior.weight` groups; each group is known as well as its runs
    determine it (empirical Bayes by expectation-maximisation: Dempster, Laird, Rubin 1977). With m
    and v the mean and the variance of a parameter in each of n groups, fitted with the prior that
    comes of it, and start and spread what was known before, of weight w:

        start'   = (w·start + Σ m) / (w + n)
        spread'² = (w·(spread² + (start − start')²) + Σ (v + (m − start')²)) / (w + n)

    Args:
        groups: what it is called -> its runs, each group of one model and data. Runs of other
            data, sizes or peak lrs than the ones to be predicted tell less of those.
        prior: what was known before; None (default): what comes with lehr, which weighs as one
            group.

    Returns:
        A prior of the same law, which weighs by so many groups more.

    Raises:
        UsageError: no group, an empty one, or one whose losses obey no law.

    >>> steps = np.arange(100, 2001, 100)
    >>> runs = [Curve(steps=steps, loss=2 + 3 * steps**-0.5, lr=np.full(2000, 1e-3))]
    >>> learned = learn_prior({"small": runs})
    >>> learned.weight, learned.provenance[-1]
    (2.0, 'small: 1 run of at most 2000 steps')
    """
    if not groups or not all(groups.values()):
        empty = ", ".join(name for name, runs in groups.items() if not runs)
        raise UsageError(
            "there is nothing to learn from",
            value=f"no run in {empty}" if empty else "no group of runs",
            rule="one group or more, each of the runs of one model and data",
        )
    before = shipped(DEFAULT) if prior is None else prior
    plain, learned = named(before.form), before
    for _ in range(ROUNDS):
        form = learned.on(plain)
        laws = [_fitted(name, runs, form) for name, runs in groups.items()]
        previous, learned = learned, _joined(before, laws)
        if _settled(previous, learned, plain):
            break
    told = tuple(_told(name, runs) for name, runs in groups.items())
    return replace(learned, provenance=before.provenance + told)


def _fitted(name: str, runs: Sequence[Curve], form: Form) -> Law:
    law = fit_form(runs, form)
    if law.trouble is not None:
        raise UsageError(
            f"from {name} nothing can be learned",
            value=law.trouble,
            rule="losses that obey the law",
            fix=f"leave {name} out",
        )
    return law


def _joined(before: Prior, laws: Sequence[Law]) -> Prior:
    """Return the prior that groups and what was known before make together."""
    n, w = len(laws), before.weight
    middles = np.array([law.x for law in laws])
    variances = np.array([np.diag(law.covariance) for law in laws])
    known: dict[str, Known] = {}
    for place, parameter in enumerate(laws[0].form.parameters):
        if parameter.name in before.known:
            start, spread = before.known[parameter.name]
            start = _scale(start, positive=parameter.positive)
            m, v = middles[:, place], variances[:, place]
            moved = (w * start + m.sum()) / (w + n)
            square = w * (spread**2 + (start - moved) ** 2) + (v + (m - moved) ** 2).sum()
            value = float(np.exp(moved) if parameter.positive else moved)
            known[parameter.name] = Known(value, float(np.sqrt(square / (w + n))))
    return replace(before, known=known, weight=w + n)


def _settled(previous: Prior, learned: Prior, form: Form) -> bool:
    """Whether no start has moved by more than a small part of its spread."""
    moves = [
        abs(
            _scale(known.start, positive=p.positive)
            - _scale(previous.known[p.name].start, positive=p.positive)
        )
        / known.spread
        for p in form.parameters
        if (known := learned.known.get(p.name))
    ]
    return max(moves) < SETTLED


def _scale(value: float, *, positive: bool) -> float:
    """Return a parameter as it is fitted."""
    return float(np.log(value)) if positive else value


def _told(name: str, runs: Sequence[Curve]) -> str:
    longest = max(int(run.steps[-1]) for run in runs)
    return f"{name}: {len(runs)} run{'s' * (len(runs) > 1)} of at most {longest} steps"
