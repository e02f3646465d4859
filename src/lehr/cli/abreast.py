"""Pictures side by side, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

NARROWEST, WIDEST = 36, 76
"""Columns of a picture."""

GAP = 2


def columns(console: Console, pictures: int) -> tuple[int, int]:
    """Return how many pictures stand side by side, and how wide each is."""
    abreast = min(pictures, max(1, (console.width + GAP) // (NARROWEST + GAP)))
    return abreast, min((console.width + GAP) // abreast - GAP, WIDEST)


def print_abreast(console: Console, titles: Sequence[Text], pictures: Sequence[Text]) -> None:
    """Write pictures below their titles, those that do not fit below the others."""
    if len(titles) == 1:  # a text to copy is not folded
        console.print(titles[0], pictures[0], sep="\n", soft_wrap=True)
        return
    abreast, width = columns(console, len(titles))
    for first in range(0, len(titles), abreast):
        row = slice(first, first + abreast)
        grid = Table.grid(padding=(0, GAP))
        for _ in titles[row]:
            grid.add_column(width=width, overflow="fold")
        grid.add_row(*titles[row])
        grid.add_row(*pictures[row])
        console.print(grid)
