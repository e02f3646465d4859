"""The timescale of weight decay, 1/(lr · weight decay) steps, against the run."""

from __future__ import annotations

from collections.abc import Iterator

from lehr.checks.check import Check, Example
from lehr.checks.finding import Hit
from lehr.checks.setting import Setting
from lehr.checks.subject import Subject
from lehr.schedule import cosine, warmup

SHORTEST = 0.005
"""Share of the run; the recipe of ViT, a short one, has 0.012."""
LONGEST = 10.0
"""Times the run; weight decay then shrinks a weight by a tenth at most."""
WANTED = 0.2
"""Share of the run proposed instead of too short a timescale."""


def timescale(subject: Subject) -> float | None:
    """Return the steps in which decoupled weight decay forgets, at the peak lr.

    None where something is unknown, or where decay passes through Adam's division.
    """
    decay, peak = subject.setting.weight_decay, subject.peak_lr
    if not decay or not peak or subject.setting.optimizer in (None, "adam", "other"):
        return None
    return 1 / (peak * decay)


def _too_short(subject: Subject) -> Iterator[Hit]:
    steps = timescale(subject)
    if steps is None or steps >= SHORTEST * subject.span:
        return
    yield Hit(
        what=f"weight decay forgets in {steps:,.0f} steps, {100 * steps / subject.span:.2g} % of "
        "the run",
        fix=f"--weight-decay {_decay(subject, WANTED):g} makes it {100 * WANTED:.0f} %; or a "
        "lower peak",
    )


def _too_long(subject: Subject) -> Iterator[Hit]:
    steps = timescale(subject)
    if steps is None or steps <= LONGEST * subject.span:
        return
    yield Hit(
        what=f"weight decay would need {steps:,.0f} steps, {steps / subject.span:,.0f} runs, to "
        "matter",
        fix=f"--weight-decay {_decay(subject, 1.0):g} makes it one run; 0 says that none is meant",
    )


def _decay(subject: Subject, share: float) -> float:
    return float(f"{1 / ((subject.peak_lr or 1) * share * subject.span):.2g}")


_SCHEDULE = warmup("5%") >> cosine()
_WHY = (
    "AdamW's weights are a moving average of its updates over 1/(lr · weight decay) steps; good "
    "values lie between an epoch and the run. With SGD and momentum m the timescale is (1 − m) "
    "times that. "
)
_SOURCE = (
    "Wang & Aitchison, How to set AdamW's weight decay as you scale model and dataset size, "
    "2024; Bergsma et al., Power Lines, 2025"
)

CHECKS = (
    Check(
        code="LR060",
        title="weight decay forgets too fast",
        why=_WHY + "Reported below 0.5 % of the run: the weights then hold what the last few "
        "batches said.",
        source=_SOURCE,
        severity="warning",
        rule=_too_short,
        triggers=Example(
            of=_SCHEDULE,
            horizon=100_000,
            setting=Setting(optimizer="adamw", peak_lr=0.03, weight_decay=0.1),
        ),
        passes=Example(
            of=_SCHEDULE,
            horizon=100_000,
            setting=Setting(optimizer="adamw", peak_lr=3e-4, weight_decay=0.1),
        ),
    ),
    Check(
        code="LR061",
        title="weight decay without effect",
        why=_WHY + "Reported above ten runs: no weight then shrinks by more than a tenth. Short "
        "runs with a library's defaults are like that, mostly without harm.",
        source=_SOURCE,
        severity="info",
        rule=_too_long,
        triggers=Example(
            of=_SCHEDULE,
            setting=Setting(optimizer="adamw", peak_lr=1e-3, weight_decay=0.01),
        ),
        passes=Example(
            of=_SCHEDULE,
            horizon=100_000,
            setting=Setting(optimizer="adamw", peak_lr=1e-3, weight_decay=0.01),
        ),
    ),
)
