"""What `lehr design` draws in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lehr.cli.forecast_terminal import draw_losses, tell
from lehr.cli.tabulated import table
from lehr.laws import Design, Trunk
from lehr.report import numerals
from lehr.report.forecast import Forecast
from lehr.report.forecast_doubts import Doubt, of_design, of_parameters, of_trunk
from lehr.report.trunk_forecast import ABOVE, LIMITS, limits


def draw_design(
    found: Design, shown: Forecast, doubts: Sequence[Doubt], console: Console, *, made: int
) -> None:
    """Draw a design beside its rivals, state what it gains, and say what makes that doubtful.

    Args:
        found: what was designed.
        shown: what the law expects of it and of its rivals.
        doubts: about the runs that the law was fitted on.
        console: to draw on.
        made: updates that the run has made already.
    """
    draw_losses(shown, console)
    console.print(Text(shown.expected[0].label, style="bold"), soft_wrap=True)
    if made:
        left = numerals.plural(shown.horizon - made, "step")
        console.print(f"over the {left} that are left, from step {numerals.count(made)} on")
    console.print(f"predicted loss {numerals.gain(found.predicted, found.sd)}")
    where = "from the same lr on" if made else "at its own best peak lr"
    for name, gain in (("linear", found.over_linear), ("cosine", found.over_cosine)):
        console.print(f"over {name} {where}: {numerals.gain(gain.mean, gain.sd)}")
    _fitted(shown, console)
    doubts = of_design(shown.law, found, shown.horizon, doubts)
    tell([*doubts, *of_parameters(shown.law, shown.expected[0].slopes)], console)


def draw_trunk(found: Trunk, shown: Forecast, doubts: Sequence[Doubt], console: Console) -> None:
    """Draw the branches of a trunk, where each begins, what it loses, and what shorter ones would.

    Args:
        found: what was designed.
        shown: what the law expects of its branches.
        doubts: about the runs that the law was fitted on.
        console: to draw on.
    """
    draw_losses(shown, console)
    trunk = f"{found.schedule} @ {shown.expected[0].peak}"
    console.print(Text(trunk, style="bold"), soft_wrap=True)
    console.print("Keep a checkpoint where a cooldown begins: it goes on from there.")
    console.print(_branches(found, shown))
    console.print()
    console.print(_limits(found))
    _fitted(shown, console)
    doubts = of_trunk(shown.law, found, doubts)
    tell([*doubts, *of_parameters(shown.law, shown.expected[-1].slopes)], console)


def _branches(found: Trunk, shown: Forecast) -> Table:
    headings = ("horizon", "from step", "cooldown", "loss at the end", "90 % within", ABOVE)
    rows = table(headings, words=("cooldown",))
    for branch, one in zip(found.branches, shown.expected, strict=True):
        end, loses = one.end, branch.loses
        rows.add_row(
            numerals.count(branch.horizon),
            numerals.count(branch.begins),
            branch.cooldown,
            numerals.loss(end.mean),
            numerals.within(end.mean, end.low, end.high),
            numerals.gain(loses.mean, loses.sd),
        )
    return rows


def _limits(found: Trunk) -> Table:
    rows = table(LIMITS, words=LIMITS[:1])
    for cells in limits(found):
        rows.add_row(*cells)
    return rows


def _fitted(shown: Forecast, console: Console) -> None:
    runs = numerals.plural(len(shown.runs), "run")
    console.print(Text(f"{shown.law.form.name} law, fitted on {runs}", style="dim"))
