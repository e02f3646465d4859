"""The files that a user's file imports from its own folder, found without importing anything."""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

_PACKAGES = {"site-packages", "dist-packages"}
_LEHR = Path(__file__).resolve().parents[1]


def imported_files(file: Path) -> list[Path]:
    """Files in the folder of `file`, or below it, that it imports, and those that they import.

    Imports are read from the sources, so that every process finds the same ones, before and after
    a module is loaded, and one inside a function too. A module whose name is made up while the code
    runs is not found. Installed packages, the standard library and lehr itself are left out.

    Returns:
        the files without `file` itself, by their paths below its folder.
    """
    folder = file.parent.resolve()
    root = folder / file.name
    found: set[Path] = set()
    waiting = [root]
    while waiting:
        source = waiting.pop()
        for path in _imports(source, folder):
            if path != root and path not in found and _own(path, folder):
                found.add(path)
                waiting.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _imports(file: Path, folder: Path) -> Iterator[Path]:
    """Every file that the statements of a file import, wherever it lies."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return  # loading it says what is wrong
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    yield from _files(alias.name.split("."), _roots(alias.name, folder))
            case ast.ImportFrom():
                parts = node.module.split(".") if node.module else []
                roots = _roots(node.module or "", folder)
                if node.level:
                    roots = list(file.parents)[node.level - 1 : node.level]
                    yield from (root / "__init__.py" for root in roots)
                yield from _files(parts, roots)
                for alias in node.names:
                    yield from _files([*parts, alias.name], roots)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ) if not name.startswith("."):
                yield from _files(name.split("."), _roots(name, folder))
            case _:
                pass


def _roots(name: str, folder: Path) -> list[Path]:
    """Where the first part of a module's name is looked for: its folder comes first, as in Python.

    A module of that name that is loaded from somewhere else is what Python gives.
    """
    first = name.partition(".")[0]
    if first in sys.builtin_module_names:
        return []
    known = sys.modules.get(first)
    at = getattr(known, "__file__", None)
    if isinstance(at, str):
        place = Path(at).parent.resolve()
        return [place.parent if Path(at).name == "__init__.py" else place]
    return [folder, *(Path(entry).resolve() for entry in sys.path)]


def _files(parts: Sequence[str], roots: Sequence[Path]) -> list[Path]:
    """The files that importing a dotted name runs: the packages on its way, then itself."""
    found: list[Path] = []
    for part in parts:
        regular = next(
            (
                path
                for root in roots
                for path in (root / part / "__init__.py", root / f"{part}.py")
                if path.is_file()
            ),
            None,
        )
        if regular is not None:
            found.append(regular)
            roots = [regular.parent] if regular.name == "__init__.py" else []
        else:
            roots = [root / part for root in roots if (root / part).is_dir()]
    return found


def _own(path: Path, folder: Path) -> bool:
    """Whether a file is the user's: in the folder or below it, and nothing that was installed."""
    standard = Path(sysconfig.get_path("stdlib")).resolve()
    return (
        path.is_file()
        and path.is_relative_to(folder)
        and not _PACKAGES & set(path.parts)
        and not path.is_relative_to(_LEHR)
        and not path.is_relative_to(standard)
    )
