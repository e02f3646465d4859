"""What could make a forecast or a design wrong, in words, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite

from lehr.laws import Design, Law, Trunk, most_telling
from lehr.laws.curve import Array
from lehr.laws.ladder import DEFAULT
from lehr.laws.law import MOST_MISFIT
from lehr.report import numerals
from lehr.report.forecast import Expected

KNOWN = 0.5
"""Share of what is known of a parameter from which on the runs are said to determine it."""

TESTED = 4.0
"""How many times as long as the runs a forecast has been tested (evidence/laws: 3.3 times)."""


SAME = 1.01
"""Peak lrs so near each other are one: a log of every hundredth step misses the peak itself."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One thing to know; a warning deserves a look first."""

    title: str
    text: str
    warning: bool


def of_forecast(
    law: Law, peak_lrs: Sequence[float], horizon: int, runs: Sequence[Doubt] = ()
) -> list[Doubt]:
    """Say what is doubtful about what a law expects.

    Args:
        law: what was asked.
        peak_lrs: the largest lrs that the schedules reach about which it was asked.
        horizon: optimizer steps of the run that is expected.
        runs: what is doubtful about the runs that it was fitted on.
    """
    return _sorted(_trouble(law), _unseen(law, peak_lrs), _longer(law, horizon), runs, _taken(law))


def of_design(law: Law, design: Design, horizon: int, runs: Sequence[Doubt] = ()) -> list[Doubt]:
    """Say what is doubtful about a design."""
    return _sorted(
        _fallen(law, design), _edge(law, design), _longer(law, horizon), runs, _taken(law)
    )


def of_trunk(law: Law, trunk: Trunk, runs: Sequence[Doubt] = ()) -> list[Doubt]:
    """Say what is doubtful about a trunk and its branches."""
    longest = trunk.branches[-1].horizon
    return _sorted(_fallen(law, trunk), _edge(law, trunk), _longer(law, longest), runs, _taken(law))


def of_parameters(law: Law, slopes: Array) -> list[Doubt]:
    """Say which parameters the runs leave open, and which run would tell most.

    Args:
        law: that was fitted.
        slopes: derivatives of what was asked about by its parameters.
    """
    names = [name for name, share in law.determined.items() if share < KNOWN]
    if not names:
        return []
    probe = most_telling(law, slopes) if law.holds else None
    text = "The interval allows for it."
    if probe is not None:
        steps = min(probe.horizon, law.seen_steps)  # round numbers of steps may be above it
        text += (
            f" Of runs no longer than these, {numerals.plural(steps, 'step')} of "
            f"{probe.schedule} @ {numerals.lr(probe.peak_lr, 3)} would tell most: they leave "
            f"±{numerals.loss(probe.after)} of ±{numerals.loss(probe.before)} at the end."
        )
    return [Doubt(title=f"Only the prior knows {', '.join(names)}", text=text, warning=False)]


def reached(one: Expected) -> float:
    """The largest lr of a run: 4 * linear() at 1e-3 has the peak lr 1e-3, and reaches 4e-3."""
    return float(one.lr.values.max())


def seen_lr(law: Law) -> str:
    """The peak lrs of the runs, as few words.

    >>> from lehr.laws import Curve, fit
    >>> curve = Curve(steps=[1, 2, 3], loss=[3.0, 2.5, 2.2], lr=[1e-3, 1e-3, 1e-3])
    >>> seen_lr(fit([curve], "chinchilla"))
    '0.001'
    """
    low, high = law.seen_lr
    return (
        numerals.lr(low, 3) if low == high else f"{numerals.lr(low, 3)} to {numerals.lr(high, 3)}"
    )


def unseen(law: Law, peak_lr: float) -> bool:
    """Whether a peak lr is outside of those that the runs had."""
    low, high = law.seen_lr
    return not low / SAME <= peak_lr <= high * SAME


def _sorted(*doubts: Iterable[Doubt]) -> list[Doubt]:
    return sorted(chain(*doubts), key=lambda doubt: not doubt.warning)


def _trouble(law: Law) -> Iterator[Doubt]:
    if law.trouble is not None:
        yield Doubt(
            title="The law does not hold for these runs",
            text=f"{_sentence(law.trouble)}: do not rely on this. lehr choose trains instead.",
            warning=True,
        )


def _unseen(law: Law, peak_lrs: Sequence[float]) -> Iterator[Doubt]:
    for peak_lr in dict.fromkeys(peak_lrs):
        if unseen(law, peak_lr):
            yield Doubt(
                title=f"No run had a peak lr of {numerals.lr(peak_lr, 3)} (seen: {seen_lr(law)})",
                text="Whether training is stable there no law knows; a run there would tell.",
                warning=True,
            )


def _longer(law: Law, horizon: int) -> Iterator[Doubt]:
    if horizon > law.seen_steps:
        times = numerals.times(horizon / law.seen_steps)
        far = horizon > TESTED * law.seen_steps
        yield Doubt(
            title=f"{numerals.plural(horizon, 'step')} are {times} the longest run seen",
            text="Forecasts have not been tested so far out."
            if far
            else "What comes after it is extrapolated, and no run says whether it is right.",
            warning=far,
        )


def _taken(law: Law) -> Iterator[Doubt]:
    """The law that was taken although nobody named it."""
    if law.weighed:
        order = sorted(law.weighed, key=lambda name: law.weighed[name])
        missed = ", ".join(f"{name} {_missed(law.weighed[name])}" for name in order)
        yield Doubt(
            title=f"The {law.form.name} law was taken by what it predicts",
            text=f"Losses that were left out are missed by: {missed}. Another takes the place of "
            f"{DEFAULT} where it misses less than a third as much, or where {DEFAULT} misses by "
            f"more than {numerals.percent(MOST_MISFIT)} and it does not.",
            warning=False,
        )


def _missed(error: float) -> str:
    return numerals.percent(error) if isfinite(error) else "– (too few losses)"


def _fallen(law: Law, found: Design | Trunk) -> Iterator[Doubt]:
    this, other = (
        ("these are plain linear cooldowns", "No other are")
        if isinstance(found, Trunk)
        else ("this is plain linear decay", "No other schedule is")
    )
    if isinstance(found, Design) and found.again is not None:
        yield from _again(law, found, found.again)
    elif law.trouble is not None:
        yield _not_held(law.trouble, this)
    elif found.fell_back:
        yield Doubt(
            title=_sentence(this),
            text=f"{other} better by more than the law can tell.",
            warning=False,
        )


def _again(law: Law, found: Design, run: str) -> Iterator[Doubt]:
    this = f"this is what {run} was trained with"
    begins = max(int(one.curve.logged[0]) for one in law.runs if one.curve.name == run)
    if begins > 1:
        this += f" from step {numerals.count(begins)} on, the first whose lr was logged"
    if law.trouble is not None:
        yield _not_held(law.trouble, f"{this}, which ended lowest")
        return
    yield Doubt(
        title=f"No design is forecast to end below {run}",
        text=f"It ended at {numerals.loss(found.predicted)}, and {this}. A second run tells how "
        "much of that was luck.",
        warning=False,
    )


def _not_held(trouble: str, this: str) -> Doubt:
    return Doubt(
        title="The law does not hold for these runs",
        text=f"{_sentence(trouble)}, so {this}, and no number here is to be relied on. "
        "lehr choose trains instead.",
        warning=True,
    )


def _edge(law: Law, found: Design | Trunk) -> Iterator[Doubt]:
    low, high = law.seen_lr
    if low == high:
        yield Doubt(
            title=f"All runs had the peak lr {numerals.lr(low, 3)}",
            text="So no other was considered; a run at another would tell.",
            warning=True,
        )
    elif found.at_edge:
        yield Doubt(
            title=f"{numerals.lr(found.peak_lr, 3)} is the largest peak lr the runs have seen",
            text=f"A run at {numerals.lr(2 * found.peak_lr, 3)} would tell if more is better.",
            warning=True,
        )


def _sentence(words: str) -> str:
    """Begin with a capital.

    >>> _sentence("the law misses")
    'The law misses'
    """
    return words[:1].upper() + words[1:]
