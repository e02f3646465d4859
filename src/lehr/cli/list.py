"""`lehr list`: which schedules and problems are there?"""

from __future__ import annotations

from cyclopts import App
from rich.table import Column, Table
from rich.text import Text

from lehr.catalog import parse, recipes
from lehr.cli.curves import sparkline
from lehr.cli.output import print_json, stdout
from lehr.problems import BUILT_IN
from lehr.schedule import Plan

EXAMPLES = """\
Examples:
  lehr list
  lehr list --json
  lehr show 'wsd(warmup=500, cooldown="20%")'
"""

HORIZON = 1_000
"""Steps of the run that a recipe's sparkline shows."""

app = App(name="list", help_epilogue=EXAMPLES)


@app.default
def list_everything(*, json: bool = False) -> int:
    """List everything.

    Args:
        json: write the list as JSON.
    """
    if json:
        print_json(_document())
        return 0
    console = stdout()
    console.print(Text("Schedules (an example over 1,000 steps)", style="bold"))
    table = Table("", Column(overflow="fold"), box=None, pad_edge=False, show_header=False)
    for recipe in recipes():
        example = recipe.examples[0]
        table.add_row(Text(curve(example), style="dark_orange"), Text(example))
        table.add_row("", Text(recipe.summary, style="dim"))
    console.print(table)
    console.print(Text("\nProblems (lehr choose NAME)", style="bold"))
    table = Table("", Column(overflow="fold"), box=None, pad_edge=False, show_header=False)
    for problem in BUILT_IN:
        table.add_row(Text(problem.name), Text(problem.summary, style="dim"))
    console.print(table)
    return 0


def _document() -> dict[str, object]:
    return {
        "schedules": [
            {
                "name": recipe.name,
                "summary": recipe.summary,
                "formula": recipe.formula,
                "source": recipe.source,
                "also": dict(recipe.also),
                "examples": list(recipe.examples),
                "sparkline": curve(recipe.examples[0]),
            }
            for recipe in recipes()
        ],
        "problems": [
            {"name": p.name, "summary": p.summary, "needs_data": p.needs_data} for p in BUILT_IN
        ],
    }


def curve(example: str) -> str:
    """Draw an example's lr, as a line of blocks.

    >>> curve("linear()")
    '██▇▇▇▆▆▆▆▅▅▅▄▄▄▃▃▃▃▂▂▂▁▁'
    """
    schedule = parse(example)
    lr = schedule.schedules["lr"] if isinstance(schedule, Plan) else schedule
    return sparkline(lr.over(HORIZON).values())
