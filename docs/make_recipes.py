"""Write docs/recipes.md and its pictures from the catalog.

    make docs

Nothing in them is written by hand but the introduction below.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

from lehr.catalog import Recipe, parse, recipes
from lehr.cli.list import HORIZON, curve
from lehr.schedule import Plan, Schedule
from lehr.schedule.picture import svg

HERE = Path(__file__).parent
PAGE = HERE / "recipes.md"
PICTURES = HERE / "recipes"

INK = "#757c85"
"""Read on GitHub's white and on its black; a picture cannot know which of them it is shown on."""

NAME = re.compile(r"^([\w.=\"-]+(?:\([^)]*\))?)( \(.*\))?$")
"""A name of another library, perhaps called, and perhaps a remark in parentheses."""

INTRODUCTION = """\
# Recipes

**How to choose.** Let `lehr choose` train: which schedule wins depends on the problem.
By hand, try [wsd](#wsd) with a cooldown of 40 % and [linear](#linear), after a warmup of 5 %, each
at peak lrs of its own: what stays high longer wants a lower one.
On 24 small tasks [that cooldown alone lost 1.9 %](../evidence/choose) against nine schedules tried
at 13 peak lrs each, linear 3.4 %, cosine 4.9 %.
If you do not know how long you will train, take wsd: its cooldown can begin at any checkpoint
(Hägele et al. 2024).
The others reproduce somebody's run, or answer to what is special about a problem.

`lehr show 'TEXT' --horizon 10000` draws any of them, `lehr.plot(...)` does in a notebook, and
`lehr list` prints this table. Curves are over 1,000 steps; every multiplier is of the peak lr.
This page is generated (`make docs`).

"""


def files() -> dict[Path, str]:
    """Return every generated file: path -> what it holds."""
    known = recipes()
    rows = "".join(_row(recipe) for recipe in known)
    table = f"| recipe | over a run | what it does |\n| --- | --- | --- |\n{rows}\n"
    page = INTRODUCTION + table + "\n".join(_section(recipe) for recipe in known)
    pictures = {
        PICTURES / f"{recipe.name}.svg": svg(schedule.over(HORIZON), INK) + "\n"
        for recipe in known
        for schedule in [_lr(recipe.examples[0])]
    }
    return {PAGE: page, **pictures}


def outdated() -> list[Path]:
    """Return the generated files that are not what they would be now."""
    made = files()
    stale = [path for path in PICTURES.glob("*.svg") if path not in made]
    changed = [p for p, text in made.items() if not p.exists() or p.read_text("utf-8") != text]
    return [*changed, *stale]


def _lr(example: str) -> Schedule:
    read = parse(example)
    return read.schedules["lr"] if isinstance(read, Plan) else read


def _row(recipe: Recipe) -> str:
    told = recipe.summary.replace("|", "\\|")
    return f"| [{recipe.name}](#{recipe.name}) | `{curve(recipe.examples[0])}` | {told} |\n"


def _section(recipe: Recipe) -> str:
    parts = _docstring(recipe)
    arguments = _arguments(recipe, parts.get("Args", ""))
    also = [f"{library}: {_code(name)}" for library, name in recipe.also.items()]
    lines = [
        f"## {recipe.name}",
        "",
        f"![{recipe.name} over {HORIZON:,} steps](recipes/{recipe.name}.svg)",
        "",
        recipe.summary,
        "",
        f"`{recipe.formula}`",
        "",
        *arguments,
        *([""] if arguments else []),
        "Examples:",
        "",
        *(_example(example) for example in recipe.examples),
        "",
        f"Source: {_sentence(parts.get('Source', recipe.source))}",
        *([f"Elsewhere: {' · '.join(also)}."] if also else []),
    ]
    return "\n".join(lines) + "\n"


def _example(example: str) -> str:
    """Write an example, and the algebra it stands for where that is something else."""
    meant = str(parse(example))
    return f"- `{example}`" + ("" if meant == example else f" is `{meant}`")


def _docstring(recipe: Recipe) -> dict[str, str]:
    """Heading -> text, of the sections of the function's docstring."""
    told = inspect.getdoc(recipe.build) or ""
    found = re.split(r"^(Args|Raises|Returns|Source|Note):\n", told, flags=re.MULTILINE)
    return {
        heading: re.split(r"\n(?=\S)", text)[0]
        for heading, text in zip(found[1::2], found[2::2], strict=True)
    }


def _arguments(recipe: Recipe, told: str) -> list[str]:
    """Say of every argument what it is, its default and why, in the words of the docstring."""
    entries = re.split(r"^ {4}(?=\w+: )", told, flags=re.MULTILINE)[1:]
    texts = dict(entry.split(": ", 1) for entry in entries)
    lines: list[str] = []
    for name, argument in inspect.signature(recipe.build).parameters.items():
        default = "" if argument.default is argument.empty else f"={argument.default!r}"
        lines.append(f"- `{name}{default}`: {_sentence(texts.get(name, ''))}")
    return lines


def _sentence(text: str) -> str:
    """Join the lines of a docstring's paragraph."""
    joined = " ".join(text.split())
    return joined if joined.endswith((".", "…")) else f"{joined}."


def _code(names: str) -> str:
    """Mark the names of a listing as code, and leave what is said about them."""
    parts = re.split(r", (?![^(]*\))", names)
    return ", ".join(re.sub(NAME, r"`\1`\2", part) for part in parts)


def main() -> int:
    """Write what is outdated."""
    PICTURES.mkdir(exist_ok=True)
    made = files()
    for path in outdated():
        if path in made:
            path.write_text(made[path], encoding="utf-8")
        else:
            path.unlink()
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
