"""The answer in words, for each verdict."""

from __future__ import annotations

import numpy as np

from lehr.choose.decision import CandidateRecord, Decision, Gain, Verdict
from lehr.report import numerals, reaching, words
from lehr.report.evidence import Evidence, key, plan_text
from lehr.report.fresh import Compared, compared
from lehr.report.record import Answer, Fact, GainRow, Sentence, Span
from lehr.report.snippet import snippet

LABELS: dict[Verdict, str] = {
    "chosen": "chosen",
    "indistinguishable": "too close to call",
    "no_winner": "keep your baseline",
}


def answer(decision: Decision) -> Answer:
    """Say what to train with, and what that stands on."""
    return Answer(
        verdict=decision.verdict,
        label=LABELS[decision.verdict] if decision.reached else reaching.LABEL,
        headline=_headline(decision),
        detail=_detail(decision),
        advice=_capital(decision.advice),
        code=snippet(decision),
    )


def _headline(decision: Decision) -> Sentence:
    schedule, peak = plan_text(decision.plan), numerals.lr(decision.peak_lr)
    if decision.target is not None and not decision.reached:
        return reaching.headline(decision, decision.target, schedule=schedule, peak=peak)
    before, after = {
        "chosen": (f"Train {decision.problem} with ", "."),
        "indistinguishable": (
            f"Train {decision.problem} with ",
            f", or keep your baseline: {_why_open(decision)}.",
        ),
        "no_winner": (f"Keep what you have for {decision.problem}: ", "."),
    }[decision.verdict]
    return Sentence(
        spans=[
            Span(text=before),
            Span(text=schedule, code=True),
            Span(text=" at a peak lr of "),
            Span(text=peak, code=True),
            Span(text=after),
        ]
    )


def _why_open(decision: Decision) -> str:
    pair = _pair(decision)
    if decision.gain_over_baseline is None and pair is None:
        return "the two have not been compared on fresh seeds"
    if decision.gain_over_baseline is None or (pair is not None and pair.lost):
        return "fresh seeds do not tell them apart"
    return "this budget cannot tell them apart"


def _detail(decision: Decision) -> str:
    rival, gain = _first_gain(decision)
    pair = _pair(decision)
    lost = _lost(decision, pair)
    if decision.target is not None:
        if lost and decision.reached and decision.expected is None:
            return lost
        told = reaching.detail(decision, decision.target, rival=rival, gain=gain)
    elif gain is not None:
        told = (
            f"On fresh seeds its {decision.objective} is {words.better(gain, decision.mode)} "
            f"than with {rival} ({words.gain_interval(gain)})."
        )
    elif pair is not None:
        few = f"On fresh seeds it was compared with {rival}, on too few for an interval"
        return lost or f"{few} or by one and the same difference."
    elif decision.verdict == "no_winner":
        return "No other candidate was compared with it on fresh seeds."
    else:
        return f"It had the best {decision.objective} of the search."
    return f"{told} {lost}".strip()


def _lost(decision: Decision, pair: Compared | None) -> str:
    """Which runs on fresh seeds gave nothing to compare; "" where all did."""
    if pair is None or not pair.lost:
        return ""
    rival, _ = _first_gain(decision)
    metric = decision.metric
    return (
        f"Of {numerals.plural(pair.seeds, 'fresh seed')}, {rival} {pair.other.words(metric)}; "
        f"this {pair.ours.words(metric)}."
    )


def _first_gain(decision: Decision) -> tuple[str, Gain | None]:
    """The comparison that matters most: with the baseline, unless that is the choice itself."""
    if _kept(decision):
        return "the best alternative", decision.gain_over_runner_up
    return "your baseline", decision.gain_over_baseline


def _pair(decision: Decision) -> Compared | None:
    """The runs behind that comparison; None where there were none."""
    return compared(decision, decision.runner_up if _kept(decision) else decision.baseline)


def _kept(decision: Decision) -> bool:
    """Whether the choice is the baseline itself; one that came nearest to a target need not be."""
    return key(decision) == key(decision.baseline)


def unmeasured(decision: Decision) -> str:
    """Why there is no gain to state."""
    pair = _pair(decision)
    if pair is None:
        return "no paired fresh seeds"
    if pair.lost:
        rival, _ = _first_gain(decision)
        named = (("the choice", pair.ours), (rival, pair.other))
        told = [f"{name} {lost.words(decision.metric)}" for name, lost in named if lost.count]
        return f"of {numerals.plural(pair.seeds, 'fresh seed')}, {' and '.join(told)}"
    return reaching.unmeasured(decision)


def facts(decision: Decision, saved: float, seconds_per_step: float | None = None) -> list[Fact]:
    """The numbers that are looked at first.

    Args:
        decision: of the study.
        saved: fraction of the steps that sharing saved.
        seconds_per_step: as measured, for the time to a target; None: not known.
    """
    expected = decision.expected
    rival, gain = _first_gain(decision)
    to_expect = Fact(
        label=f"{decision.objective} to expect",
        value="unknown" if expected is None else numerals.number(expected.mean),
        note="not confirmed" if expected is None else words.expected(expected),
    )
    if decision.target is not None:
        to_expect = reaching.fact(decision, decision.target)

    def won(known: Gain) -> str:
        in_steps = decision.target is not None
        return reaching.fewer(known) if in_steps else words.gain(known, known.mean)

    shared = f"{numerals.percent(saved)} saved by sharing" if saved > 0 else "nothing was shared"
    return [
        Fact(
            label="peak lr",
            value=numerals.lr(decision.peak_lr),
            note=f"for {numerals.plural(decision.horizon, 'step')}",
        ),
        to_expect,
        Fact(
            label=f"gain over {rival}",
            value="not measured" if gain is None else won(gain),
            note=unmeasured(decision) if gain is None else words.gain_interval(gain),
        ),
        *reaching.time(decision, None if decision.target is None else seconds_per_step),
        Fact(
            label="cost",
            value=f"{numerals.number(decision.cost_full_runs.total)} full runs",
            note=shared,
        ),
    ]


def measured(evidence: Evidence) -> str:
    """The choice's other metrics at the end of the run, a test metric among them; "" without any.

    Means over its fresh seeds, or over the search's where it was not confirmed.
    """
    decision = evidence.decision
    runs = evidence.finished(decision)
    names = sorted({name for run in runs for name in run.metrics} - {decision.metric})
    ends = {name: [run.metrics[name][-1] for run in runs if name in run.metrics] for name in names}
    known = {name: [end for end in some if end is not None] for name, some in ends.items()}
    told = [
        f"{name} {numerals.number(float(np.mean(values)))}"
        for name, values in known.items()
        if values
    ]
    if not told:
        return ""
    seeds = numerals.plural(len(runs), "seed")
    return f"Also measured at the end, never selected on: {', '.join(told)} ({seeds})."


def gains(decision: Decision) -> list[GainRow]:
    """The paired comparisons that were made."""
    made: list[tuple[str, CandidateRecord | None, Gain | None]] = [
        ("baseline", decision.baseline, decision.gain_over_baseline),
        ("runner-up", decision.runner_up, decision.gain_over_runner_up),
    ]
    return [
        GainRow(
            against=against,
            schedule=plan_text(rival.plan),
            peak_lr=rival.peak_lr,
            gain=gain,
            words=f"{_won(decision, gain)}, {words.gain_interval(gain)}",
        )
        for against, rival, gain in made
        if rival is not None and gain is not None
    ]


def _won(decision: Decision, gain: Gain) -> str:
    if decision.target is not None:
        return f"{reaching.fewer(gain)} to {decision.target.words}"
    return f"{decision.objective} {words.better(gain, decision.mode)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
