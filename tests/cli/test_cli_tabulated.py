"""A table on a narrow terminal holds every character that it holds on a wide one."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from lehr.cli.tabulated import table

CELLS = ('warmup(300) >> hold() >> polynomial("20%", power=1.5)', "2.9344", "2.9221 to 2.9467")


@pytest.mark.parametrize("width", [20, 40, 60, 120])
def test_nothing_of_a_table_is_cut(width: int) -> None:
    """What does not fit goes on in the next line."""
    rows = table(("schedule", "loss at the end", "90 % within"), words=("schedule",))
    rows.add_row(*CELLS)
    written = StringIO()

    Console(file=written, width=width).print(rows)

    shown = written.getvalue()
    told = "".join(("schedule", "loss at the end", "90 % within", *CELLS)).replace(" ", "")
    assert sorted("".join(shown.split())) == sorted(told)
    assert max(map(len, shown.splitlines())) <= width
