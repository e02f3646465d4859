"""What a law expects of the branches of a trunk, and what shorter ones would save and lose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lehr.laws import Curve, Law, Trunk
from lehr.report import numerals
from lehr.report.forecast import Forecast, expect, forecast, within

ABOVE = "above its own design"
"""Heading of what a branch loses against the design for its horizon alone."""
LIMITS = ("cooldowns", "steps in all", "saved", f"{ABOVE}, mean")
"""Headings of `limits`."""


def limits(trunk: Trunk) -> list[list[str]]:
    """What shorter cooldowns save and lose: their rows, the trunk's own, and runs that share none.

    The trunk's is the last but one.
    """
    shorter = [(f"of at most {one.longest}", one.steps, one.loses) for one in trunk.shorter]
    rows = [
        [
            words,
            numerals.count(steps),
            numerals.percent(1 - steps / trunk.separate),
            numerals.gain(loses.mean, loses.sd),
        ]
        for words, steps, loses in [*shorter, ("these", trunk.steps, trunk.loses)]
    ]
    apart = ["each its own run", numerals.count(trunk.separate), numerals.percent(0.0), "0"]
    return [*rows, apart]


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
