"""Where a problem comes from: a function in a file or a module, or a user's own command."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal, Self, cast

from lehr.errors import ProblemError, UsageError, did_you_mean
from lehr.training.command import CommandProblem
from lehr.training.imported import imported_files
from lehr.training.problem import Problem
from lehr.training.randomness import forked, seed_all
from lehr.training.source_file import module_of_file
from lehr.training.user_code import user_code

Argument = str | int | float | bool
_DEFAULT_FUNCTION = "problem"
_MEMBERS = [name for name in vars(Problem) if not name.startswith("_")]


@dataclass(frozen=True, kw_only=True)
class ProblemSource:
    """How to get a problem, in values that travel to another process.

    Attributes:
        kind: what `location` is.
        location: path of a file, name of a module, or empty for a command.
        function: the function that gives the problem.
        arguments: what it is called with, sorted by name.
        command_line: the words of a user's own training command.
        threads: CPU threads of one run of a command.
    """

    kind: Literal["file", "module", "command"]
    location: str = ""
    function: str = ""
    arguments: tuple[tuple[str, Argument], ...] = ()
    command_line: tuple[str, ...] = ()
    threads: int = 1

    @classmethod
    def of(cls, text: str, arguments: Mapping[str, Argument] | None = None) -> Self:
        """Read `path/to/file.py`, `file.py:function` or `module:function`.

        The function's default name is `problem`. Nothing is imported yet.

        Raises:
            UsageError: no such file, or neither a file nor a module.
        """
        place, _, function = text.partition(":") if ".py:" not in text else _split_file(text)
        is_file = place.endswith(".py") or "/" in place
        given = tuple(sorted((arguments or {}).items()))
        if is_file and not Path(place).is_file():
            raise UsageError(
                "there is no such problem file",
                value=place,
                rule="path/to/file.py, file.py:function or module:function",
            )
        if not is_file and not all(part.isidentifier() for part in place.split(".")):
            raise UsageError(
                "neither a problem file nor a module",
                value=repr(text),
                rule="path/to/file.py, file.py:function or module:function",
            )
        return cls(
            kind="file" if is_file else "module",
            location=str(Path(place).resolve()) if is_file else place,
            function=function or _DEFAULT_FUNCTION,
            arguments=given,
        )

    @classmethod
    def command(cls, words: Sequence[str], *, threads: int = 1) -> Self:
        """Take a user's own training command, whose script calls `lehr.trial(…)`.

        Raises:
            UsageError: no word at all.
        """
        if not words:
            raise UsageError("an empty command", fix="lehr choose -- python train.py")
        return cls(kind="command", command_line=tuple(words), threads=threads)

    @property
    def text(self) -> str:
        """The source as it is typed on the command line, with its arguments."""
        if self.kind == "command":
            return "-- " + shlex.join(self.command_line)
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments)
        return f"{self.location}:{self.function}" + (f"({given})" if given else "")

    @property
    def digest(self) -> str:
        """SHA-256 of the source's bytes, the function's name and the arguments.

        Of a command: of its words, and of those files among them. What a Python file imports from
        its own folder or from below it counts too.
        """
        sha = hashlib.sha256()
        words = [self.kind, self.function, self.arguments, self.command_line, self.threads]
        sha.update(json.dumps(words).encode())
        files = self._files()
        for file in files:
            sha.update(file.read_bytes())
        for file in (file for file in files if file.suffix == ".py"):
            for helper in imported_files(file):
                name = helper.relative_to(file.parent.resolve()).as_posix()
                sha.update(f"\n{name} {hashlib.sha256(helper.read_bytes()).hexdigest()}".encode())
        return sha.hexdigest()

    def load(self) -> Problem:
        """Import the source and call its function, under a fixed seed of the global generators.

        The seed makes a split of the data that the function draws the same in every process.

        Raises:
            ProblemError: the function is missing, failed, or gave no problem.
            UsageError: the function does not take these arguments.
        """
        if self.kind == "command":
            return CommandProblem(command=self.command_line, threads=self.threads)
        with forked():
            seed_all(0)
            with user_code(f"importing {self.location}"):
                module = self._module()
            function = self._function(module)
            arguments = dict(self.arguments)
            _check_arguments(function, arguments)
            seed_all(0)
            with user_code(f"{self.function}() of {self.location}"):
                problem = function(**arguments)
        return _checked(problem, self.text)

    def _module(self) -> ModuleType:
        if self.kind == "file":
            return module_of_file(Path(self.location))
        return importlib.import_module(self.location)

    def _function(self, module: ModuleType) -> Callable[..., object]:
        function = getattr(module, self.function, None)
        if callable(function):
            return function
        own = [n for n, v in vars(module).items() if callable(v) and not n.startswith("_")]
        raise ProblemError(
            f"{self.location} has no function named {self.function}",
            value=did_you_mean(self.function, own) if own else "it defines no function",
            rule="the function returns the problem",
            fix=f"def {self.function}(): return TorchProblem(…)",
        )

    def _files(self) -> list[Path]:
        if self.kind == "command":
            return [Path(word) for word in self.command_line[1:] if Path(word).is_file()]
        if self.kind == "file":
            return [Path(self.location)]
        found = importlib.util.find_spec(self.location)
        return [Path(found.origin)] if found and found.origin else []


def _split_file(text: str) -> tuple[str, str, str]:
    """Part `C:/folder/file.py:function` at the colon after the file, not at the drive's."""
    place, _, function = text.rpartition(":")
    return place, ":", function


def _check_arguments(function: Callable[..., object], arguments: Mapping[str, Argument]) -> None:
    signature = inspect.signature(function)
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise UsageError(
            "the problem does not take these arguments",
            value=f"{', '.join(arguments) or 'none'}: {error}",
            rule=f"its parameters are {signature}",
        ) from error


def _checked(problem: object, text: str) -> Problem:
    missing = [name for name in _MEMBERS if not hasattr(type(problem), name)]
    missing = [name for name in missing if name not in getattr(problem, "__dict__", {})]
    if missing:
        raise ProblemError(
            f"{text} gave something that is no problem",
            value=f"a {type(problem).__name__}; without {', '.join(missing)}",
            rule="a TorchProblem, or an object with the members of lehr.training.Problem",
            fix="return TorchProblem(…)",
        )
    return cast("Problem", problem)
