"""`lehr`: which verbs there are, and what happens to what they raise."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, CycloptsError, Parameter
from cyclopts.config import Toml

from lehr.cli.command import STUDIES, split_command
from lehr.cli.output import fail, misread, nobody_reads
from lehr.errors import LehrError

SUMMARIES = {
    "choose": "Choose the schedule and the peak lr that a training problem should use.",
    "compare": "Say which of two proposals is better, on paired seeds.",
    "show": "Show what a schedule looks like: a curve, a table, or every value.",
    "check": "Say what is wrong with a schedule, or with the lr of a finished run.",
    "forecast": "Predict the loss that a schedule will reach, from logged runs.",
    "design": "Design the schedule that logged runs say is best.",
    "learn-prior": "Learn from past runs what forecasts of the next model begin with.",
    "convert": "Write a schedule as code for PyTorch, Keras, Optax, Transformers or Lightning.",
    "report": "Show a finished study again: in the terminal, as a page, or as JSON.",
    "list": "List the schedules and the built-in problems.",
    "doctor": "Say what this machine has, and what to type for what it lacks.",
}
"""Verb -> what it does. A verb's module is imported when it is used."""

EPILOGUE = """\
Start with:  lehr choose digits            (a built-in problem, a minute)
             lehr choose my_problem.py     (yours; see README.md)
             lehr show 'warmup("5%") >> cosine()'

Options can be kept in pyproject.toml, under [tool.lehr.choose] and so on.
"""

app = App(
    name="lehr",
    help="Choose, run and show the learning-rate schedule of a training run.",
    help_epilogue=EPILOGUE,
    help_format="plaintext",
    version=version("lehr"),
    config=Toml("pyproject.toml", root_keys=("tool", "lehr"), search_parents=True),
    default_parameter=Parameter(negative=(), show_default=lambda default: default or None),
)
for _place, (_verb, _summary) in enumerate(SUMMARIES.items()):
    app.command(
        f"lehr.cli.{_verb.replace('-', '_')}:app", name=_verb, help=_summary, sort_key=_place
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return its exit code.

    0 done · 1 done, but without a winner, or something was found · 2 wrong usage or input ·
    3 the user's problem failed · 130 interrupted.

    Args:
        arguments: without the program's name; None takes them from the process.
    """
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = run(tokens)
        sys.stdout.flush()
        return code
    except CycloptsError as error:
        return misread(error)
    except LehrError as error:
        return fail(error)
    except KeyboardInterrupt:
        resumes = tokens[:1] and tokens[0] in STUDIES
        more = "; the same command goes on where it stopped" if resumes else ""
        print(f"\ninterrupted{more}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        nobody_reads()
        return 0


def run(tokens: list[str]) -> int:
    """Parse and run, letting everything be raised."""
    words, command = split_command(tokens)
    function, bound, unparsed = app.parse_args(words, exit_on_error=False, print_error=False)
    if "command" in unparsed:
        bound.arguments["command"] = command
    code = function(*bound.args, **bound.kwargs)
    return code if isinstance(code, int) else 0
