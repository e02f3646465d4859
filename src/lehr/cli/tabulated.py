"""Tables of words and numbers, of which a narrow terminal cuts nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table


def table(headings: Sequence[str], *, words: Sequence[str]) -> Table:
    """Return a table without rows; what does not fit beside the others goes on in the next line.

    Args:
        headings: of its columns.
        words: those of columns of words, which stand at the left; numbers stand at the right.
    """
    made = Table(box=None, pad_edge=False)
    for heading in headings:
        made.add_column(heading, justify="left" if heading in words else "right", overflow="fold")
    return made
