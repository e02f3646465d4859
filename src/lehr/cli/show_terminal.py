"""What `lehr show` draws in a terminal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lehr.cli.abreast import columns, print_abreast
from lehr.cli.curves import plot
from lehr.report import numerals
from lehr.schedule import BoundSchedule
from lehr.schedule.outline import outline
from lehr.schedule.panels import Panels, is_absolute
from lehr.schedule.picture import span
from lehr.schedule.stretches import stretches


def draw(plans: Mapping[str, Panels], console: Console, *, peak_lr: float = 1.0) -> None:
    """Draw every hyper-parameter, and list the phases.

    Args:
        plans: text -> hyper-parameter -> schedule, all over the same horizon.
        console: where to; its width and colours are respected.
        peak_lr: the optimizer's own lr.
    """
    for name in dict.fromkeys(name for plan in plans.values() for name in plan):
        lines = [plan[name] for plan in plans.values() if name in plan]
        absolute = any(is_absolute(line.schedule) for line in lines)
        label = name if name == "lr" or absolute else f"{name} multiplier"
        _draw_row(lines, name, label, console, peak=peak_lr if name == "lr" else 1.0)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("phase")
    for heading in ("first step", "last step", "steps", "from", "to"):
        table.add_column(heading, justify="right")
    for text, plan in plans.items():
        if len(plans) > 1:
            table.add_row(Text(text, style="bold"))
        _add_phases(table, plan, peak_lr)
    console.print()
    console.print(table)


def _draw_row(
    lines: list[BoundSchedule], name: str, label: str, console: Console, *, peak: float
) -> None:
    """Draw one hyper-parameter of every plan, as many side by side as fit, on one scale."""
    _, width = columns(console, len(lines))
    color = console.is_terminal and not console.no_color
    drawn = [outline(line, even=4 * width, most=8 * width) for line in lines]
    limits = span(peak * np.concatenate([values for _, values in drawn]))
    titles = [Text(f"{name}: {line.schedule}", style="bold") for line in lines]
    curves = [
        Text.from_ansi(
            plot(steps, peak * values, label=label, width=width, limits=limits, color=color)
        )
        for steps, values in drawn
    ]
    print_abreast(console, titles, curves)


def _add_phases(table: Table, plan: Panels, peak_lr: float) -> None:
    for name, schedule in plan.items():
        peak = peak_lr if name == "lr" else 1.0
        for phase in stretches(schedule):
            table.add_row(
                Text(phase.text if len(plan) == 1 else f"{name}: {phase.text}"),
                numerals.count(phase.start),
                numerals.count(phase.stop - 1),
                numerals.count(phase.stop - phase.start),
                numerals.number(phase.first * peak, 4),
                numerals.number(phase.last * peak, 4),
            )
