"""What a study knows, in words: intervals, gains and expectations."""

from __future__ import annotations

from lehr.choose.decision import Expected, Gain, Interval, Mode
from lehr.report.numerals import number, percent, plural
from lehr.report.record import ShapeRow


def interval(known: Interval, unit: str = "") -> str:
    """Write an interval's two ends.

    >>> interval(Interval(mean=2.0, low=1.5, high=2.5))
    '1.5 to 2.5'
    """
    return f"{number(known.low)} to {number(known.high)}{unit}"


def gain(known: Gain, value: float) -> str:
    """Write one value of a gain in the gain's unit.

    >>> known = Gain(mean=0.07, low=-0.01, high=0.15, unit="relative", pairs=5)
    >>> gain(known, known.mean), gain(known, known.low)
    ('7%', '−1%')
    """
    return percent(value) if known.unit == "relative" else number(value)


def gain_interval(known: Gain) -> str:
    """Write a gain's interval and on how many pairs it stands.

    >>> gain_interval(Gain(mean=0.07, low=-0.01, high=0.15, unit="relative", pairs=5))
    '95% interval −1% to 15%, 5 paired seeds'
    """
    ends = f"{gain(known, known.low)} to {gain(known, known.high)}"
    return f"95% interval {ends}, {plural(known.pairs, 'paired seed')}"


def better(known: Gain, mode: Mode) -> str:
    """Say what a gain is, from the point of view of the objective.

    >>> better(Gain(mean=0.07, low=0.01, high=0.15, unit="relative", pairs=5), "min")
    '7% lower'
    >>> better(Gain(mean=-0.2, low=-0.3, high=-0.1, unit="absolute", pairs=5), "max")
    '0.2 lower'
    """
    improves = known.mean >= 0
    word = "lower" if improves == (mode == "min") else "higher"
    return f"{gain(known, abs(known.mean))} {word}"


def shape(row: ShapeRow) -> str:
    """What a schedule reached: a number, or why there is none.

    With a target that some seeds missed, the number is a bound: they count as the horizon.
    """
    if row.objective is None:
        return "not reached" if row.missed else "not finite" if row.unmeasured else "diverged"
    return f"{'≥ ' if row.missed else ''}{number(row.objective.mean, 4)}"


def expected(known: Expected) -> str:
    """Say how surely an expected objective is known.

    >>> expected(Expected(mean=0.2, low=0.19, high=0.21, seeds=5))
    '95% interval 0.19 to 0.21, 5 seeds'
    >>> expected(Expected(mean=0.2, low=0.2, high=0.2, seeds=1))
    'one seed: no interval'
    """
    if known.seeds < 2:
        return "one seed: no interval"
    return f"95% interval {interval(known)}, {plural(known.seeds, 'seed')}"
