"""Design the schedule that a fitted law thinks best, and only as far as the law can know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from lehr.errors import UsageError
from lehr.laws.cooldowns import SHARES, cooldowns, warmed, warmup_for
from lehr.laws.curve import SINGLE, Array, per_step
from lehr.laws.ended import lowest
from lehr.laws.law import Law
from lehr.laws.peaks import peaks as allowed
from lehr.laws.peaks import safest
from lehr.laws.trial import NOTHING, Gain, Trial, doubt, gain, trials
from lehr.schedule import Schedule, cosine, linear

Peaks = tuple[float, ...]
"""Peak lrs, ascending."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """A schedule and a peak lr.

    Attributes:
        schedule: what to run; of a run that has begun, over the updates that are left.
        peak_lr: what it multiplies.
        predicted: loss at the horizon.
        sd: its standard deviation.
        linear: linear decay at its own best peak lr.
        cosine: cosine decay at its own best peak lr.
        over_linear: gain over `linear`.
        over_cosine: gain over `cosine`.
        fell_back: the best found was not better than linear by more than the parameters are
            uncertain (how far single runs are from the law helps one as often as the other), so
            this is linear. Of a run that has begun, which cannot be tried again, that distance
            counts as well. Or the law does not hold, then this is linear at the peak lr of the best
            run that it was fitted on.
        again: name of the fitted run whose schedule and peak lr these are; None: of no one.
            A run of this horizon that ended below what is forecast of every design is worth more
            than a forecast; where the law does not hold, what ended lowest is all that is known.
        at_edge: the peak is the largest of several that were considered, so a larger one may be
            better still; a run there would tell.
    """

    schedule: Schedule
    peak_lr: float
    predicted: float
    sd: float
    linear: Trial
    cosine: Trial
    over_linear: Gain
    over_cosine: Gain
    fell_back: bool
    at_edge: bool
    again: str | None = None


def design(
    law: Law,
    *,
    horizon: int,
    peak_lr: tuple[float, float] | None = None,
    warmup_steps: int | None = None,
    past: ArrayLike | None = None,
) -> Design:
    """Design a schedule: warmup, hold, and a decay of the best length, power and floor.

    Args:
        law: fitted on runs of the same model and data.
        horizon: optimizer steps of the run.
        peak_lr: smallest and largest peak lr that may be chosen; None (default): those seen.
        warmup_steps: updates of the warmup, kept as it is; None (default): 1 % of the horizon,
            0 none. A run that is to be trained again has its own, if that was logged.
        past: learning rates of the updates that a run has made already, shape (made,). Then only
            the rest is designed: from the last of them on, and never above it.

    Raises:
        UsageError: a horizon that is none or past already, a warmup as long as that, a range of
            peaks that is none, or reaches more than a quarter above those seen, or a peak or a
            warmup for a run that has begun, or one that still warms up.

    >>> from lehr.laws import Curve, fit
    >>> steps = np.arange(100, 2001, 100)
    >>> law = fit([Curve(steps=steps, loss=2 + steps**-0.5, lr=np.full(2000, 1e-3))], "momentum")
    >>> design(law, horizon=4000).peak_lr
    0.001
    >>> rest = design(law, horizon=4000, past=np.full(2000, 1e-3))
    >>> len(rest.schedule.over(2000).values()), rest.peak_lr
    (2000, 0.001)
    """
    if horizon < 1:
        raise UsageError("there is no such run", value=f"horizon {horizon}", rule="at least 1 step")
    if past is None:
        peaks, made = allowed(law, peak_lr), NOTHING
        warm = warmup_for(horizon, warmup_steps)
    else:
        made, warm = _made(past, horizon, peak_lr, warmup_steps), 0
        peaks = [float(made[-1])]

    def asked(shape: Schedule, peaks: Peaks) -> list[Trial]:
        return trials(law, shape, peaks, horizon, made)

    left = horizon - len(made)
    found = best_of(law, asked, tuple(peaks), warm=warm, left=left, begun=past is not None)
    return found if past is not None else _or_again(found, law, asked, peaks, horizon, warm)


def best_of(
    law: Law,
    asked: Callable[[Schedule, Peaks], Sequence[Trial]],
    peaks: Peaks,
    *,
    warm: int,
    left: int,
    begun: bool = False,
) -> Design:
    """Design a schedule by what a law says when it is asked.

    Args:
        law: what is asked.
        asked: a schedule and peak lrs -> a trial for each of them.
        peaks: that may be chosen, ascending.
        warm: updates of the warmup.
        left: updates that the schedule is for.
        begun: whether a run has made others before them.
    """

    def best(shapes: Sequence[Schedule], peaks: Peaks = peaks) -> Trial:
        tried = [one for shape in shapes for one in asked(shape, peaks)]
        return min(tried, key=lambda one: one.score)

    customary = best([warmed(warm, cosine())])
    plain = [warmed(warm, linear())]
    if law.holds:
        straight = best(plain)
        family = [one for share in SHARES for one in cooldowns(share, warm, left)]
        found = best(family or plain)
        gained = gain(law, straight, found)
        unsure = gained.sd if begun else doubt(law, [straight], [found])
        fell_back = gained.mean <= unsure
    else:
        straight = found = best(plain, (safest(law, peaks),))
        fell_back = True
    chosen = straight if fell_back else found
    return Design(
        schedule=chosen.schedule,
        peak_lr=chosen.peak_lr,
        predicted=chosen.loss,
        sd=chosen.sd,
        linear=straight,
        cosine=customary,
        over_linear=gain(law, straight, chosen),
        over_cosine=gain(law, customary, chosen),
        fell_back=fell_back,
        at_edge=law.holds and len(peaks) > 1 and chosen.peak_lr == peaks[-1],
    )


def _or_again(
    found: Design,
    law: Law,
    asked: Callable[[Schedule, Peaks], Sequence[Trial]],
    peaks: Sequence[float],
    horizon: int,
    warm: int,
) -> Design:
    """Return the design, or the best run of this horizon if no forecast is below where it ended."""
    runs = [
        run
        for run in law.runs
        if run.of(horizon)
        and run.curve.weight_decay == law.weight_decay
        and peaks[0] <= run.peak_lr <= peaks[-1]
    ]
    if not runs:
        return found
    run = lowest(runs)
    if law.holds and found.predicted < run.loss:
        return found
    trained = run.trained_with(horizon, warm)
    if trained is None:
        return found
    schedule, peak_lr = trained
    (said,) = asked(schedule, (peak_lr,))
    ended = replace(said, loss=run.loss, sd=law.misfit * run.loss)
    straight, customary = (
        ended if rival.same(ended) else rival for rival in (found.linear, found.cosine)
    )
    return replace(
        found,
        schedule=schedule,
        peak_lr=peak_lr,
        predicted=ended.loss,
        sd=ended.sd,
        linear=straight,
        cosine=customary,
        over_linear=gain(law, straight, ended),
        over_cosine=gain(law, customary, ended),
        fell_back=False,
        at_edge=law.holds and len(peaks) > 1 and peak_lr >= peaks[-1],
        again=run.curve.name,
    )


def _made(
    past: ArrayLike, horizon: int, peak_lr: tuple[float, float] | None, warmup_steps: int | None
) -> Array:
    if peak_lr is not None or warmup_steps is not None:
        raise UsageError(
            "a run that has begun has its peak lr and its warmup",
            value=f"peak_lr={peak_lr}, warmup_steps={warmup_steps}",
            fix="leave both out",
        )
    made = np.array(past, np.float64)
    made = per_step(made, len(np.atleast_1d(made)), "past")
    if not len(made) < horizon or not made[-1] > 0:
        raise UsageError(
            "nothing of this run can be designed",
            value=f"{len(made)} updates of {horizon} made, the last at an lr of {made[-1]:g}",
            rule="updates are left, and the last lr is above 0",
        )
    if len(made) > 1 and made[-1] > (1 + SINGLE) * made[:-1].max():
        raise UsageError(
            "this run is still warming up",
            value=f"its lr rises to {made[-1]:g} at update {len(made)}, the last",
            rule="what is left of a run begins at its last lr and never goes above it",
            fix="wait until it has logged its peak lr, or design a run from its beginning",
        )
    return made
