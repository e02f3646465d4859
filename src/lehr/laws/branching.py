"""Design one trunk of training from which the runs of several horizons branch off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial

from lehr.errors import ScheduleError, UsageError
from lehr.laws.cooldowns import SHARES, cooldowns, fits, warmed, warmup_for
from lehr.laws.designed import Design, Peaks, best_of
from lehr.laws.law import Law
from lehr.laws.peaks import peaks as allowed
from lehr.laws.peaks import safest
from lehr.laws.trial import NOTHING, Gain, Trial, doubt, gain, mean_gain, trials
from lehr.schedule import Schedule, hold, linear
from lehr.schedule.durations import Duration
from lehr.schedule.stretches import stretches

PLAIN = "20%"
"""Linear cooldown that is taken where the law knows nothing better: what trunks customarily end in.

Hägele et al., NeurIPS 2024.
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Branch:
    """The run of one horizon.

    Attributes:
        horizon: its optimizer steps.
        begins: updates of the trunk before it; after them a checkpoint has to be kept.
        schedule: of the whole run, the trunk included.
        predicted: loss at the horizon.
        sd: its standard deviation.
        alone: what would be designed for this horizon alone, after the same warmup.
        loses: predicted loss minus that of `alone`.
    """

    horizon: int
    begins: int
    schedule: Schedule
    predicted: float
    sd: float
    alone: Design
    loses: Gain

    @property
    def cooldown(self) -> str:
        """The text of what comes after the trunk."""
        return stretches(self.schedule.over(self.horizon))[-1].text


@dataclass(frozen=True, kw_only=True)
class Shorter:
    """What the trunk would be with shorter cooldowns.

    Attributes:
        longest: share of its horizon that no cooldown exceeds.
        steps: to train in all.
        loses: predicted loss minus that of the designs for single horizons, mean over horizons.
    """

    longest: str
    steps: int
    loses: Gain


@dataclass(frozen=True, kw_only=True, eq=False)
class Trunk:
    """Runs that share their beginning.

    Attributes:
        schedule: of the trunk, which knows no horizon.
        peak_lr: what all schedules multiply.
        branches: by ascending horizon.
        steps: updates to train in all: the trunk until the last branch begins, and every cooldown.
        separate: updates of as many runs that share nothing.
        loses: predicted loss minus that of the designs for single horizons, mean over horizons.
        shorter: what shorter cooldowns would save and lose, by ascending length.
        fell_back: the best found was not better than linear cooldowns of a fifth by more than the
            parameters are uncertain, so these are they; or the law does not hold, then these are
            they at the peak lr of the best run that it was fitted on.
        at_edge: the peak is the largest of several that were considered.
    """

    schedule: Schedule
    peak_lr: float
    branches: tuple[Branch, ...]
    steps: int
    separate: int
    loses: Gain
    shorter: tuple[Shorter, ...]
    fell_back: bool
    at_edge: bool


def trunk(
    law: Law,
    *,
    horizons: Sequence[int],
    peak_lr: tuple[float, float] | None = None,
    warmup_steps: int | None = None,
    longest: str | None = None,
) -> Trunk:
    """Design a trunk, warmup and hold, and for every horizon the cooldown that branches off.

    The one peak lr and the cooldowns make the sum of the predicted losses (each with one standard
    deviation on top) smallest, so every horizon counts the same; the designs for single horizons
    being what they are, the same choice makes least what is lost against them.

    Args:
        law: fitted on runs of the same model and data.
        horizons: optimizer steps of each run, all different.
        peak_lr: smallest and largest peak lr that may be chosen; None (default): those seen.
        warmup_steps: updates of the warmup, 0 none; None (default): 1 % of the shortest horizon.
        longest: share of its horizon that no cooldown may exceed, as "20%"; None (default): any.
            Long cooldowns share little of the trunk: `Trunk.shorter` says what a limit costs.

    Raises:
        UsageError: no horizons, a limit that is no share, or a range of peaks as in `design`.
        ScheduleError: a warmup that leaves no room for a cooldown.

    >>> import numpy as np
    >>> from lehr.laws import Curve, fit
    >>> steps = np.arange(100, 2001, 100)
    >>> law = fit([Curve(steps=steps, loss=2 + steps**-0.5, lr=np.full(2000, 1e-3))], "momentum")
    >>> found = trunk(law, horizons=[1000, 4000])
    >>> found.schedule, [branch.begins for branch in found.branches], found.steps
    (warmup(10) >> hold(), [900, 3600], 4100)
    """
    ends, shares = _ends(horizons), _shares(longest)
    warm = warmup_for(ends[0], warmup_steps)
    every = tuple(allowed(law, peak_lr))
    peaks = every if law.holds else (safest(law, every),)

    @cache
    def asked(end: int, shape: Schedule, peaks: Peaks) -> list[Trial]:
        return trials(law, shape, peaks, end, NOTHING)

    alone = [best_of(law, partial(asked, end), every, warm=warm, left=end) for end in ends]
    rivals = [
        asked(end, one.schedule, (one.peak_lr,))[0] for end, one in zip(ends, alone, strict=True)
    ]

    def best(shapes: Sequence[Sequence[Schedule]]) -> list[Trial]:
        """Return a trial for every horizon, of its own shapes, all of one peak lr."""
        of_peaks = [
            [
                min((asked(end, shape, peaks)[at] for shape in own), key=_score)
                for end, own in zip(ends, shapes, strict=True)
            ]
            for at in range(len(peaks))
        ]
        return min(of_peaks, key=lambda of_peak: sum(map(_score, of_peak)))

    short = [share for share in shares if _part(share) <= _part(PLAIN)]
    straight = best([[_straight(short, warm, end)] for end in ends])
    shapes: list[list[Schedule]] = [[] for _ in ends]
    limited: dict[str, list[Trial]] = {}
    for share in shares if law.holds else ():
        for own, end in zip(shapes, ends, strict=True):
            own += cooldowns(share, warm, end)
        limited[share] = best(shapes) if all(shapes) else straight
    found = limited.get(shares[-1], straight)
    fell_back = mean_gain(law, straight, found).mean <= doubt(law, straight, found)
    chosen = straight if fell_back else found
    branches = tuple(
        Branch(
            horizon=end,
            begins=_begins(one.schedule, end),
            schedule=one.schedule,
            predicted=one.loss,
            sd=one.sd,
            alone=own,
            loses=gain(law, one, rival),
        )
        for end, one, own, rival in zip(ends, chosen, alone, rivals, strict=True)
    )
    steps = _steps(chosen, ends)
    shorter = [
        Shorter(longest=share, steps=_steps(ones, ends), loses=mean_gain(law, ones, rivals))
        for share, ones in limited.items()
    ]
    return Trunk(
        schedule=warmed(warm, hold()),
        peak_lr=chosen[0].peak_lr,
        branches=branches,
        steps=steps,
        separate=sum(ends),
        loses=mean_gain(law, chosen, rivals),
        shorter=tuple(one for one in shorter if one.steps < steps),
        fell_back=fell_back,
        at_edge=len(peaks) > 1 and chosen[0].peak_lr == peaks[-1],
    )


def _ends(horizons: Sequence[int]) -> list[int]:
    found = sorted(horizons)
    if not found or found[0] < 1 or len(set(found)) < len(found):
        raise UsageError(
            "there are no such runs",
            value=f"horizons {', '.join(map(str, horizons)) or 'none'}",
            rule="different whole numbers of steps, at least 1",
        )
    return found


def _shares(longest: str | None) -> list[str]:
    """Return the lengths of cooldowns to try, ascending; the last is the limit."""
    if longest is None:
        return list(SHARES)
    try:
        limit = Duration.of(longest, "longest")
    except ScheduleError:
        limit = None
    if limit is None or not limit.is_share or limit.amount >= 100:
        raise UsageError(
            "no limit for cooldowns",
            value=repr(longest),
            rule="a share of the horizon, less than all of it",
            fix="'20%'",
        )
    return [*(share for share in SHARES if _part(share) < limit.amount), longest]


def _straight(shares: Sequence[str], warm: int, end: int) -> Schedule:
    """Return the longest linear cooldown that fits."""
    tried = [warmed(warm, hold() >> linear(share)) for share in reversed(shares)]
    found = next((one for one in tried if fits(one, end)), tried[-1])
    found.over(end)  # says why none fits
    return found


def _part(share: str) -> Fraction:
    return Duration.of(share, "share").amount


def _score(trial: Trial) -> float:
    return trial.score


def _begins(schedule: Schedule, horizon: int) -> int:
    return stretches(schedule.over(horizon))[-1].start


def _steps(ones: Sequence[Trial], ends: Sequence[int]) -> int:
    """Return the updates of the trunk until its last branch, and of all cooldowns."""
    begins = [_begins(one.schedule, end) for one, end in zip(ones, ends, strict=True)]
    return max(begins) + sum(end - begin for end, begin in zip(ends, begins, strict=True))
