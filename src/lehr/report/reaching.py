"""A study of steps to a target, in words."""

from __future__ import annotations

from lehr.choose.decision import Decision, Expected, Gain, Target
from lehr.report import numerals, words
from lehr.report.record import Fact, Sentence, Span

LABEL = "target not reached"


def headline(decision: Decision, target: Target, *, schedule: str, peak: str) -> Sentence:
    """Say which candidate came nearest, where no run that counts reached the target."""
    where = " on a fresh seed" if any(run.objective is not None for run in decision.runs) else ""
    return Sentence(
        spans=[
            Span(text=f"No run of {decision.problem} reached {target.words}{where}; nearest came "),
            Span(text=schedule, code=True),
            Span(text=" at a peak lr of "),
            Span(text=peak, code=True),
            Span(text="."),
        ]
    )


def detail(decision: Decision, target: Target, *, rival: str, gain: Gain | None) -> str:
    """Say after how many steps the choice reaches the target, and a rival."""
    ours, other = decision.expected, decision.expected_of_baseline
    if not decision.reached:
        return "Schedules and peak lrs were ranked by how near they came."
    if ours is None and all(run.steps < decision.horizon for run in decision.runs):
        return f"No run was trained to the end: it had the best {target.metric} early in the run."
    if ours is None:
        return f"It reached {target.words} in the fewest steps of the search."
    told = f"On fresh seeds it reaches {target.words} {after(ours, decision.horizon)}"
    if decision.verdict == "no_winner" or other is None:
        return f"{told}." if gain is None else f"{told}: {compared(decision, gain)} than {rival}."
    told = f"{told}; {rival} {after(other, decision.horizon)}"
    return f"{told}." if gain is None else f"{told}: {compared(decision, gain)}."


def unmeasured(decision: Decision) -> str:
    """Why seeds of which none was lost give no gain to state."""
    if decision.target is None:
        return "too few paired fresh seeds, or all differ alike"
    if not decision.reached:
        return "no run that counts reached the target"
    return "too few seeds reach the target, or the steps are the same"


def after(known: Expected, horizon: int | None = None) -> str:
    """Write after how many steps the target is reached, and on how many seeds it is not.

    >>> after(Expected(mean=620.4, low=600, high=640, seeds=3, reached=3), 1000)
    'after 620 of 1,000 steps'
    >>> after(Expected(mean=810.0, low=700, high=940, seeds=3, reached=2), 1000)
    'after 810 of 1,000 steps (1 of 3 seeds missed it and counts as 1,000)'
    >>> after(Expected(mean=1000.0, low=1000, high=1000, seeds=3, reached=0), 1000)
    'on none of 3 seeds within 1,000 steps'
    """
    whole = "" if horizon is None else f" of {numerals.count(horizon)}"
    if known.reached == 0:
        within = "" if horizon is None else f" within {numerals.count(horizon)} steps"
        return f"on none of {numerals.plural(known.seeds, 'seed')}{within}"
    told = f"after {steps(known.mean)}{whole} steps"
    missed = known.seeds - (known.seeds if known.reached is None else known.reached)
    if not missed or horizon is None:
        return told
    counts = "counts" if missed == 1 else "count"
    return (
        f"{told} ({missed} of {numerals.plural(known.seeds, 'seed')} missed it and {counts} as "
        f"{numerals.count(horizon)})"
    )


def compared(decision: Decision, gain: Gain) -> str:
    """Write a gain in steps; it is a bound where only the rival misses the target."""
    ours, other = decision.expected, decision.expected_of_baseline
    sure = ours is not None and ours.reached == ours.seeds
    missed = other is not None and other.reached != other.seeds
    bound = "at least " if sure and missed and gain is decision.gain_over_baseline else ""
    return f"{bound}{fewer(gain)} ({words.gain_interval(gain)})"


def fewer(gain: Gain) -> str:
    """Write a gain in steps.

    >>> fewer(Gain(mean=0.23, low=0.18, high=0.28, unit="relative", pairs=3))
    '23% fewer steps'
    >>> fewer(Gain(mean=-0.02, low=-0.1, high=0.06, unit="relative", pairs=3))
    '2% more steps'
    """
    word = "fewer" if gain.mean >= 0 else "more"
    return f"{words.gain(gain, abs(gain.mean))} {word} steps"


def steps(value: float) -> str:
    """Write steps, which may lie between two updates.

    >>> steps(1234.6), steps(12.3)
    ('1,235', '12')
    """
    return numerals.count(round(value))


def fact(decision: Decision, target: Target) -> Fact:
    """The tile of the steps to the target."""
    known = decision.expected
    if known is None or not decision.reached:
        note = "not confirmed" if decision.reached else "by no run that counts"
        value = "unknown" if decision.reached else "not reached"
        return Fact(label=f"steps to {target.words}", value=value, note=note)
    missed = "" if known.reached == known.seeds else f", reached on {known.reached}"
    value = "not reached" if known.reached == 0 else steps(known.mean)
    return Fact(
        label=f"steps to {target.words}",
        value=f"{value} of {numerals.count(decision.horizon)}",
        note=f"{words.expected(known)}{missed}",
    )


def time(decision: Decision, seconds_per_step: float | None) -> list[Fact]:
    """The tile of the time to the target, where the target is reached and a step's time known."""
    known = decision.expected
    if seconds_per_step is None or known is None or not known.reached:
        return []
    bound = "" if known.reached == known.seeds else "at least "
    return [
        Fact(
            label="time to the target",
            value=f"{bound}{duration(known.mean * seconds_per_step)}",
            note=f"at {numerals.number(1000 * seconds_per_step, 2)} ms a step, as measured here",
        )
    ]


def duration(seconds: float) -> str:
    """Write a time.

    >>> duration(0.31), duration(75), duration(5000)
    ('0.31 s', '75 s', '83 min')
    """
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{numerals.number(seconds / size, 2)} {unit}"
    return f"{numerals.number(seconds, 2)} s"
