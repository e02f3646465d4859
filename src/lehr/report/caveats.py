"""What could make the answer wrong, computed from the study."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lehr.choose.decision import Gain
from lehr.report import numerals, words
from lehr.report.evidence import Evidence, key, plan_text
from lehr.report.fresh import confirmed
from lehr.report.record import Caveat

FEW_SEEDS = 5
NEIGHBOUR = 2.0
"""A peak lr within this factor of the choice is one that a run may meet by accident."""


def caveats(evidence: Evidence) -> list[Caveat]:
    """Everything worth doubting, warnings first."""
    found = [caveat for source in SOURCES for caveat in source(evidence)]
    return sorted(found, key=lambda caveat: not caveat.warning)


def _edge(evidence: Evidence) -> Iterator[Caveat]:
    """The best peak lr at the end of what was tried: a better one may lie beyond."""
    decision = evidence.decision
    chosen = decision.peak_lr
    everywhere = {curve.peak_lr for curve in evidence.curves}
    with_it = {
        curve.peak_lr
        for curve in evidence.curves
        if plan_text(curve.plan) == plan_text(decision.plan)
    }
    for tried, where in ((everywhere, "tried"), (with_it, "tried with this schedule")):
        if len(tried) == 1:
            yield Caveat(
                title=f"Only one peak lr was {where}",
                text=f"{numerals.lr(chosen)} may be far from the best for it.",
                warning=tried is everywhere,
            )
            return
        if tried and not min(tried) < chosen < max(tried):
            end = "highest" if chosen >= max(tried) else "lowest"
            yield Caveat(
                title=f"The peak lr is at the edge of what was {where}",
                text=f"{numerals.lr(chosen)} is the {end} of {len(tried)} peak lrs {where}; "
                "a better one may lie beyond. A larger budget or another --lr-range would tell.",
                warning=tried is everywhere,
            )
            return


def _unconfirmed(evidence: Evidence) -> Iterator[Caveat]:
    """No fresh seed, or few."""
    expected = evidence.decision.expected
    lost = confirmed(evidence.decision)
    if expected is None and lost is not None and lost.count:
        told = lost.words(evidence.decision.metric)
        yield Caveat(
            title="Not confirmed",
            text=f"Of {numerals.plural(lost.runs, 'fresh seed')} the choice {told}, so what to "
            "expect of it is not known.",
            warning=True,
        )
    elif expected is None:
        yield Caveat(
            title="Not confirmed",
            text="The choice was not trained on fresh seeds, so its rank may be luck.",
            warning=True,
        )
    elif expected.seeds < FEW_SEEDS:
        yield Caveat(
            title=f"Known from {numerals.plural(expected.seeds, 'seed')}",
            text="Seeds differ, often by several per cent; with so few the intervals are wide.",
            warning=expected.seeds < 2,
        )


def _noise(evidence: Evidence) -> Iterator[Caveat]:
    """Rivals that the intervals do not separate from the choice."""
    decision = evidence.decision
    rivals: tuple[tuple[str, Gain | None], ...] = (
        ("baseline", decision.gain_over_baseline),
        ("runner-up", decision.gain_over_runner_up),
    )
    for rival, gain in rivals:
        if gain is not None and gain.low <= 0 <= gain.high:
            yield Caveat(
                title=f"The {rival} is within the noise",
                text=f"The interval of the difference to the {rival} spans zero "
                f"({words.gain_interval(gain)}).",
                warning=rival == "baseline",
            )


def _cliff(evidence: Evidence) -> Iterator[Caveat]:
    """Divergence at the choice, or so near that another seed or batch order may meet it."""
    decision = evidence.decision
    same_plan = [c for c in evidence.curves if plan_text(c.plan) == plan_text(decision.plan)]
    fallen = {curve.peak_lr for curve in same_plan if curve.diverged}
    near = [lr for lr in fallen if 1 / NEIGHBOUR <= lr / decision.peak_lr <= NEIGHBOUR]
    if decision.peak_lr in near:
        seeds = [c for c in same_plan if key(c) == key(decision)]
        lost = sum(curve.diverged for curve in seeds)
        yield Caveat(
            title="The choice itself diverged",
            text=f"{lost} of its {numerals.plural(len(seeds), 'run')} diverged; half its peak lr "
            "is safer.",
            warning=True,
        )
    elif near:
        nearest = min(near, key=lambda lr: abs(lr - decision.peak_lr))
        times = numerals.number(nearest / decision.peak_lr, 2)
        yield Caveat(
            title="Divergence is near",
            text=f"A run at {numerals.lr(nearest)}, {times} times the chosen peak lr, diverged. "
            "A longer warmup or half the peak is safer.",
            warning=True,
        )


def _seen(evidence: Evidence) -> Iterator[Caveat]:
    """What the search remarked on its way."""
    for text in evidence.study.warnings:
        yield Caveat(title="Seen on the way", text=text[:1].upper() + text[1:] + ".", warning=True)


def _regret(evidence: Evidence) -> Iterator[Caveat]:
    """What a search of this size misses on average."""
    regret = evidence.decision.expected_regret
    if regret is None:
        return
    yield Caveat(
        title=f"A search of this size misses {numerals.percent(regret)} on average",
        text=f"It spent {numerals.number(evidence.decision.cost_full_runs.search)} full runs; "
        "the figure is the mean excess over the best schedule and peak lr on other tasks.",
        warning=False,
    )


def _aimed(evidence: Evidence) -> Iterator[Caveat]:
    """What steps to a target depend on besides the schedule, where there are any."""
    decision = evidence.decision
    if decision.target is None or not decision.reached:
        return
    yield Caveat(
        title="A shorter run may reach the target sooner",
        text=f"Every run was laid out over {numerals.plural(decision.horizon, 'step')}, and a "
        "schedule that decays earlier gets there earlier: ask again with fewer steps. How much a "
        "search for steps to a target misses is not calibrated, so no such figure is stated.",
        warning=False,
    )
    yield Caveat(
        title="Steps lie between evaluations",
        text="The step at which the target is reached is placed by a straight line between the "
        "first evaluation that reaches it and the one before; a noisy metric may reach it by luck "
        "and lose it again.",
        warning=False,
    )


def _dropped(evidence: Evidence) -> Iterator[Caveat]:
    """Schedules that never were trained to the end."""
    horizon = evidence.decision.horizon
    ended = {plan_text(c.plan) for c in evidence.curves if c.metric_steps[-1:] == [horizon]}
    early = [text for text in evidence.places if text not in ended]
    tried = [text for text in early if any(plan_text(c.plan) == text for c in evidence.curves)]
    if tried:
        yield Caveat(
            title=f"{numerals.plural(len(tried), 'schedule')} dropped before the end",
            text=f"{', '.join(tried)}: compared at the same step of the full-length schedule; "
            "what decays late can still turn around after that.",
            warning=False,
        )


def _horizon(evidence: Evidence) -> Iterator[Caveat]:
    """The answer belongs to one length of training."""
    yield Caveat(
        title=f"Chosen for {numerals.plural(evidence.decision.horizon, 'step')}",
        text="The best peak lr falls as training gets longer, and shapes change rank. "
        "Another horizon, batch size or optimizer wants its own study.",
        warning=False,
    )


def _one_seed(evidence: Evidence) -> Iterator[Caveat]:
    """The search compares on one set of initial weights and batches."""
    decision = evidence.decision
    yield Caveat(
        title=f"The search used one seed ({decision.seed})",
        text="Its runs share initial weights and batches, which makes them comparable; "
        "only the confirming runs say how much depends on them.",
        warning=False,
    )


def _threads(evidence: Evidence) -> Iterator[Caveat]:
    """Floating-point sums depend on the number of threads."""
    threads = evidence.decision.threads
    yield Caveat(
        title=f"Trained with {numerals.plural(threads, 'thread')} a run",
        text="Other threads, devices or versions round otherwise: numbers agree closely there, "
        "not to the bit.",
        warning=False,
    )


SOURCES: tuple[Callable[[Evidence], Iterator[Caveat]], ...] = (
    _cliff,
    _unconfirmed,
    _noise,
    _edge,
    _seen,
    _regret,
    _aimed,
    _dropped,
    _horizon,
    _one_seed,
    _threads,
)
"""A new doubt is one function, named here."""
