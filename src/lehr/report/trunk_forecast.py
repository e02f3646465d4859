"""What a law expects of the branches of a trunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lehr.laws import Curve, Law, Trunk
from lehr.report import numerals
from lehr.report.forecast import Forecast, expect, forecast, within


def trunk_forecast(trunk: Trunk, law: Law, curves: Sequence[Curve]) -> Forecast:
    """Ask about every branch, by ascending horizon.

    Args:
        trunk: that was designed.
        law: that it was designed by.
        curves: that the law was fitted on.
    """
    expected = [
        replace(
            expect(law, branch.schedule, peak_lr=trunk.peak_lr, horizon=branch.horizon),
            name=numerals.plural(branch.horizon, "step"),
            end=within(branch.predicted, branch.sd),
        )
        for branch in trunk.branches
    ]
    return forecast(law, curves, expected)
