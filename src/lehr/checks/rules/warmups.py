"""Warmups: none where there should be one, too long, or shorter than Adam's memory."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lehr.checks.check import Check, Example
from lehr.checks.finding import Hit
from lehr.checks.rewrite import first_warmup, warmed, with_warmup
from lehr.checks.setting import Setting
from lehr.checks.subject import Subject
from lehr.schedule import Clock, cosine, warmup
from lehr.schedule.durations import Duration
from lehr.schedule.stretches import stretches

LARGE_LR = 1e-3
"""Default lr of Adam in torch, Keras and Optax; above it one should warm up."""
LARGE_BATCH = 1_024
"""Batch from which SGD at a linearly scaled lr starts to need a warmup."""
BEGINNING = 0.01
"""Share of the run in which a log must begin for its first row to be the run's beginning."""
LONGEST = 0.3
"""Share of the run; the longest rise that is customary, one-cycle's."""
LONGEST_RISE = 0.5
"""The same for rises that are not a warmup: half of a triangle."""


def _abrupt(subject: Subject) -> bool:
    """Whether the first update already uses more than half of the peak."""
    begins = int(subject.steps[0]) <= max(subject.interval, BEGINNING * subject.span)
    return begins and float(subject.relative[0]) > 0.5


def _advice(subject: Subject) -> str:
    return f'put a warmup first, for example {5 * subject.span // 100 or 1:,} steps: warmup("5%")'


def _no_warmup_with_adam(subject: Subject) -> Iterator[Hit]:
    peak = subject.peak_lr
    if not subject.setting.adam or peak is None or peak <= LARGE_LR or not _abrupt(subject):
        return
    schedule = subject.schedule
    first = float(subject.relative[0]) * peak
    yield Hit(
        what=f"{subject.setting.optimizer} begins at lr {first:.3g} without a warmup",
        step=int(subject.steps[0]),
        fix=_advice(subject),
        corrections=() if schedule is None else subject.plans(warmed(schedule)),
    )


def _no_warmup_at_a_large_batch(subject: Subject) -> Iterator[Hit]:
    batch = subject.setting.batch_size
    if subject.setting.optimizer != "sgd" or batch is None or batch < LARGE_BATCH:
        return
    if _abrupt(subject):
        schedule = subject.schedule
        yield Hit(
            what=f"SGD with {batch:,} samples a step begins without a warmup",
            step=int(subject.steps[0]),
            fix=_advice(subject),
            corrections=() if schedule is None else subject.plans(warmed(schedule)),
        )


def warmup_steps(subject: Subject) -> int | None:
    """Return the steps of the warmup a plan begins with, or a log seems to; None without one."""
    if subject.curve is None:
        return int(subject.steps[subject.top]) if subject.rise else None
    if first_warmup(subject.curve.schedule) is None:
        return None
    return stretches(subject.curve)[0].stop


def _too_long(subject: Subject) -> Iterator[Hit]:
    planned = warmup_steps(subject) if subject.curve is not None else None
    share = subject.rise if planned is None else planned / subject.span
    if share <= (LONGEST if planned is not None else LONGEST_RISE):
        return
    schedule = subject.schedule
    shorter = Duration(Fraction(5), "%")
    yield Hit(
        what=f"the lr rises for {100 * share:.0f} % of the run",
        step=int(subject.steps[subject.top]),
        fix=f'shorten the rise, for example to {max(1, subject.span // 20):,} steps: warmup("5%")',
        corrections=()
        if schedule is None
        else subject.plans(with_warmup(schedule, duration=shorter)),
    )


def _shorter_than_memory(subject: Subject) -> Iterator[Hit]:
    betas, steps = subject.setting.betas, warmup_steps(subject)
    if not subject.setting.adam or betas is None or steps is None or betas[1] == 0:
        return
    memory = 1 / (1 - betas[1])
    if steps >= memory / 2:
        return
    wanted = round(2 * memory)
    forgetful = max(0.9, 1 - 2 / max(steps, 1))
    schedule = subject.schedule
    yield Hit(
        what=f"the warmup takes {steps:,} updates, the second moment remembers {memory:,.0f} "
        f"(beta2 = {betas[1]:g})",
        step=steps,
        fix=f"warmup({wanted}), or betas=({betas[0]:g}, {forgetful:.3g})",
        corrections=()
        if schedule is None or wanted > LONGEST * subject.span
        else subject.plans(with_warmup(schedule, duration=Duration(Fraction(wanted), "steps"))),
    )


CHECKS = (
    Check(
        code="LR010",
        title="Adam at a large peak without a warmup",
        why="Adam divides by the root of a second moment that it has hardly measured yet, so its "
        "first updates have the size of the lr in every coordinate. Reported above 1e-3, the "
        "default of torch, Keras and Optax, at which small networks start unharmed.",
        source="Ma & Yarats, On the adequacy of untuned warmup for adaptive optimization, "
        "AAAI 2021; Kalra & Barkeshli, Why warmup?, 2024",
        severity="warning",
        rule=_no_warmup_with_adam,
        triggers=Example(of=cosine(), setting=Setting(optimizer="adamw", peak_lr=3e-3)),
        passes=Example(
            of=warmup("5%") >> cosine(), setting=Setting(optimizer="adamw", peak_lr=3e-3)
        ),
    ),
    Check(
        code="LR011",
        title="a warmup that takes too much of the run",
        why="Customary are 1 % to 10 %; one-cycle's 30 % is the longest. What the rise takes, the "
        "decay lacks. Other rises, such as a single triangle, may take half of the run.",
        source="Smith & Topin, Super-Convergence, 2018 (30 %); Goyal et al. 2017 (5 of 90 epochs)",
        severity="warning",
        rule=_too_long,
        triggers=Example(of=warmup("40%") >> cosine()),
        passes=Example(of=warmup("10%") >> cosine()),
    ),
    Check(
        code="LR012",
        title="a warmup shorter than the memory of Adam's second moment",
        why="The second moment averages over about 1/(1 − beta2) gradients, and the rule of thumb "
        "is a linear warmup over 2/(1 − beta2) updates. Reported below a quarter of that.",
        source="Ma & Yarats, On the adequacy of untuned warmup for adaptive optimization, "
        "AAAI 2021",
        severity="info",
        rule=_shorter_than_memory,
        triggers=Example(
            of=warmup(100) >> cosine(),
            horizon=10_000,
            setting=Setting(optimizer="adamw", betas=(0.9, 0.999)),
        ),
        passes=Example(
            of=warmup(100) >> cosine(),
            horizon=10_000,
            setting=Setting(optimizer="adamw", betas=(0.9, 0.99)),
        ),
    ),
    Check(
        code="LR013",
        title="SGD with a large batch without a warmup",
        why="An lr scaled up with the batch is too large for the first updates, in which the "
        "network changes fastest. Reported from 1,024 samples a step on.",
        source="Goyal et al., Accurate, Large Minibatch SGD, 2017",
        severity="warning",
        rule=_no_warmup_at_a_large_batch,
        triggers=Example(
            of=cosine(),
            setting=Setting(optimizer="sgd", clock=Clock(samples_per_step=8_192)),
        ),
        passes=Example(
            of=cosine(), setting=Setting(optimizer="sgd", clock=Clock(samples_per_step=256))
        ),
    ),
)
