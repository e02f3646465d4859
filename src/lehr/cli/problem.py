"""From what is typed for PROBLEM to where the problem comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lehr.cli.command import COMMAND
from lehr.errors import UsageError, did_you_mean
from lehr.problems import BUILT_IN, Builtin
from lehr.training import ProblemSource

STUDIES = Path("lehr-runs")


@dataclass(frozen=True)
class Named:
    """A problem's source, the name of its study's directory, and how it was typed."""

    source: ProblemSource
    name: str
    words: tuple[str, ...]

    def directory(self, wanted: Path | None) -> Path:
        """The study's directory: the one asked for, or `lehr-runs/NAME`."""
        return STUDIES / self.name if wanted is None else wanted


def find_problem(
    text: str, *, command: tuple[str, ...] = (), data: Path | None, steps: int | None
) -> Named:
    """Find a problem.

    Args:
        text: a built-in name, `file.py[:function]`, `module:function`, or the stand-in for
            `-- COMMAND`.
        command: the words of the command.
        data: passed to the problem's function as `data`.
        steps: passed to the problem's function as `steps`.

    Raises:
        UsageError: there is no such problem, or a command is given what only functions take.
    """
    given = {"data": None if data is None else str(data), "steps": steps}
    arguments = {name: value for name, value in given.items() if value is not None}
    if text == COMMAND:
        if arguments:
            raise UsageError(
                "a command takes its own arguments",
                value=" ".join(f"--{name} {value}" for name, value in arguments.items()),
                rule="--data and --steps are for problems in Python",
                fix="put the arguments after --, as your command takes them",
            )
        return Named(ProblemSource.command(command), _name_of(command), ("--", *command))
    typed = [text]
    for name, value in arguments.items():
        typed += [f"--{name}", str(value)]
    words = tuple(typed)
    built_in = {problem.name: problem for problem in BUILT_IN}
    if text in built_in:
        return Named(ProblemSource.of(_target(built_in[text], data), arguments), text, words)
    if not (".py" in text or ":" in text or "/" in text):
        raise UsageError(
            f"there is no built-in problem {text!r}",
            rule=did_you_mean(text, built_in),
            fix="a name from `lehr list`, my_problem.py, package.module:function, or -- COMMAND",
        )
    place, _, function = text.rpartition(":") if ":" in text else (text, "", "")
    stem = Path(place).stem if ".py" in place or "/" in place else place.rpartition(".")[2]
    name = stem if function in ("", "problem") else f"{stem}-{function}"
    return Named(ProblemSource.of(text, arguments), name, words)


def _target(built_in: Builtin, data: Path | None) -> str:
    if built_in.needs_data and data is None:
        raise UsageError(
            f"the problem {built_in.name} trains on data of yours",
            value=built_in.summary,
            rule="it needs --data",
            fix=f"--data DIR, or a problem that needs none: "
            f"{', '.join(known.name for known in BUILT_IN if not known.needs_data)}",
        )
    return built_in.target


def _name_of(command: tuple[str, ...]) -> str:
    scripts = [word for word in command if word.endswith((".py", ".sh"))]
    return Path(scripts[0] if scripts else command[0]).stem if command else "command"
