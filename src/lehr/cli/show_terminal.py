"""What `lehr show` draws in a terminal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lehr.cli.curves import plot
from lehr.report import numerals
from lehr.schedule import BoundSchedule
from lehr.schedule.outline import outline
from lehr.schedule.panels import Panels, is_absolute
from lehr.schedule.picture import span
from lehr.schedule.stretches import stretches

NARROWEST, WIDEST = 36, 76
"""Columns of a curve, of which several stand side by side where they fit."""

GAP = 2


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
    abreast = min(len(lines), max(1, (console.width + GAP) // (NARROWEST + GAP)))
    width = min((console.width + GAP) // abreast - GAP, WIDEST)
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
    if len(lines) == 1:  # a text to copy is not folded
        console.print(titles[0], curves[0], sep="\n", soft_wrap=True)
        return
    for first in range(0, len(lines), abreast):
        row = slice(first, first + abreast)
        grid = Table.grid(padding=(0, GAP))
        for _ in lines[row]:
            grid.add_column(width=width, overflow="fold")
        grid.add_row(*titles[row])
        grid.add_row(*curves[row])
        console.print(grid)


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
