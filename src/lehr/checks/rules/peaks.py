"""Peaks that are too high: above what is known to be stable, or where the loss jumps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lehr.checks.check import Check, Example
from lehr.checks.finding import Hit
from lehr.checks.run_log import RunLog, recorded
from lehr.checks.setting import Setting
from lehr.checks.subject import Subject, usable
from lehr.schedule import linear, warmup
from lehr.schedule.shapes import Steps, Values

WINDOW = 50
"""Logged losses that say what is usual."""
SIGMAS = 6.0
"""Robust standard deviations, as the skip rule of OLMo."""
IN_A_ROW = 3
"""Rows that stand out one after the other; single ones are noise, a spike lasts."""
RELATIVE = 0.1
"""A spike is also a tenth of the usual loss."""
NEAR_THE_PEAK = 0.5
"""Fraction of the peak lr from which a spike is the peak's."""


def _above_stable(subject: Subject) -> Iterator[Hit]:
    stable, peak = subject.setting.stable_lr, subject.peak_lr
    if stable is None or peak is None or peak <= stable:
        return
    first = int(subject.steps[np.argmax(subject.relative * peak > stable)])
    yield Hit(
        what=f"the lr reaches {peak:.3g}, stable is up to {stable:.3g}",
        step=first,
        fix=f"--peak-lr {_below(stable):g}: half of it leaves room for an unlucky batch",
    )


def _below(stable: float) -> float:
    return float(f"{stable / 2:.2g}")


def spikes(losses: Values) -> Steps:
    """Return the first rows of spikes: `IN_A_ROW` rows that stand out of the rows before them.

    A row stands out if it is not finite, or above the median of the `WINDOW` rows before it by
    `SIGMAS` robust deviations and by a tenth. Losses that are all positive are compared by their
    logarithms, in which their noise is even.
    """
    if len(losses) < WINDOW + IN_A_ROW:
        return np.empty(0, np.int64)
    finite = np.isfinite(losses)
    filled = np.where(finite, losses, np.max(losses, where=finite, initial=0.0))
    positive = bool((filled > 0).all())
    filled = np.log(filled) if positive else filled
    before = sliding_window_view(filled, WINDOW)[:-1]
    usual = np.median(before, axis=1)
    spread = 1.4826 * np.median(np.abs(before - usual[:, None]), axis=1)
    tenth = math.log1p(RELATIVE) if positive else RELATIVE * np.abs(usual)
    bound = usual + np.maximum(SIGMAS * spread, tenth)
    out = (filled[WINDOW:] > bound) | ~finite[WINDOW:]
    return WINDOW + np.flatnonzero(sliding_window_view(out, IN_A_ROW).all(axis=1))


def _spikes(subject: Subject) -> Iterator[Hit]:
    losses, logged = _losses(subject)
    rows = logged[spikes(losses[: _lost(losses)])]
    rows = rows[subject.relative[rows] >= NEAR_THE_PEAK]
    if not rows.size:
        return
    lr = float(subject.lr[rows[0]])
    yield Hit(
        what=f"the loss jumps at {_where(subject, rows[0])}",
        step=int(subject.steps[rows[0]]),
        fix=f"lower the peak to {_below(lr):g}, warm up longer, or clip gradients at norm 1",
    )


def _ends_lost(subject: Subject) -> Iterator[Hit]:
    losses, logged = _losses(subject)
    first = _lost(losses)
    if first == len(losses):
        return
    row, lr = logged[first], float(subject.lr.max())
    yield Hit(
        what=f"the last finite loss was before {_where(subject, row)}",
        step=int(subject.steps[row]),
        fix=f"go on from a checkpoint before that, with a peak of {_below(lr):g}, a longer warmup, "
        "or gradients clipped at norm 1",
    )


def _losses(subject: Subject) -> tuple[Values, Steps]:
    """Return the losses that were logged, and the subject's rows that they are of."""
    log = subject.log
    if log is None or log.loss is None:
        return np.empty(0), np.empty(0, np.int64)
    losses = log.loss[usable(log)]
    logged = np.flatnonzero(~np.isnan(losses))
    return losses[logged], logged


def _lost(losses: Values) -> int:
    """Return from which loss on none is finite; their count where the last one is."""
    finite = np.flatnonzero(np.isfinite(losses))
    return int(finite[-1]) + 1 if finite.size else 0


def _where(subject: Subject, row: np.int64) -> str:
    lr, share = subject.lr[row], 100 * subject.relative[row]
    return f"step {subject.steps[row]:,}, where the lr is {lr:.3g}, {share:.0f} % of its peak"


_SCHEDULE = warmup("10%") >> linear()
_ROWS = np.arange(1_000)
_SMOOTH = 2.0 / (1.0 + _ROWS / 200) + 0.01 * np.cos(2.4 * _ROWS)
_CALM = recorded(_SCHEDULE, 1_000, every=1, loss=_SMOOTH)
_ENDED: RunLog = replace(_CALM, loss=np.where(_ROWS >= 800, np.inf, _SMOOTH))
_SPIKED: RunLog = replace(_CALM, loss=np.where((_ROWS >= 400) & (_ROWS < 420), 2.5, _SMOOTH))

CHECKS = (
    Check(
        code="LR050",
        title="a peak above the largest stable lr",
        why="Above it the loss grows from step to step. How large it is says `--stable-lr`.",
        source="Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the Edge of "
        "Stability, ICLR 2021",
        severity="warning",
        rule=_above_stable,
        triggers=Example(of=_SCHEDULE, setting=Setting(peak_lr=0.3, stable_lr=0.1)),
        passes=Example(of=_SCHEDULE, setting=Setting(peak_lr=0.05, stable_lr=0.1)),
    ),
    Check(
        code="LR051",
        title="the loss spikes near the peak of the lr",
        why="A loss that jumps while the lr is above half of its peak is most often too large an "
        "lr. Reported where three rows in a row stand out of the fifty before them by six robust "
        "deviations and by a tenth, or are not finite.",
        source="OLMo-core's skip rule (6 standard deviations), here around a median",
        severity="warning",
        rule=_spikes,
        triggers=Example(of=_SPIKED, words="a loss that jumps from 0.7 to 2.5 at step 400"),
        passes=Example(of=_CALM, words="the same loss without the jump"),
    ),
    Check(
        code="LR052",
        title="the run ended with a loss that is no finite number",
        why="Once the weights are not finite nothing mends them, wherever the lr then is: the "
        "last checkpoint from before is what is left of the run.",
        source="",
        severity="error",
        rule=_ends_lost,
        triggers=Example(of=_ENDED, words="a loss that is NaN from step 800 on"),
        passes=Example(of=_CALM, words="the same loss to the end"),
    ),
)
