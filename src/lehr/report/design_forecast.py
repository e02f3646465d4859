"""What a law expects of its design, beside the rivals that it was compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lehr.laws import Curve, Design, Law
from lehr.laws.curve import Array
from lehr.report.forecast import Forecast, expect, forecast, within


def design_forecast(
    design: Design,
    law: Law,
    curves: Sequence[Curve],
    horizon: int,
    past: Array | None = None,
) -> Forecast:
    """Ask about the design, and about linear and cosine, each at its own best peak lr.

    Args:
        design: a rival that is the design itself is left out.
        law: that it was designed by.
        curves: that the law was fitted on.
        horizon: optimizer steps of the run.
        past: learning rates that the run has been trained with already; None (default): none.
    """
    rivals = [
        (name, trial)
        for name, trial in (("linear", design.linear), ("cosine", design.cosine))
        if (trial.schedule, trial.peak_lr) != (design.schedule, design.peak_lr)
    ]
    named = [("design", design.schedule, design.peak_lr, design.predicted, design.sd)]
    named += [(name, one.schedule, one.peak_lr, one.loss, one.sd) for name, one in rivals]
    expected = [
        replace(
            expect(law, schedule, peak_lr=peak_lr, horizon=horizon, past=past),
            name=name,
            end=within(loss, sd),
        )
        for name, schedule, peak_lr, loss, sd in named
    ]
    return forecast(law, curves, expected)
