"""Import a user's Python file by its path, as `python file.py` would see its folder."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

_MARK = "__lehr_sha256__"


class _FreshLoader(SourceFileLoader):
    """Compiles the file as it is now; a cached bytecode of the same second is not trusted."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def module_of_file(path: Path) -> ModuleType:
    """Import a file, or give the module again if the file has not changed.

    Its folder comes first in `sys.path` and stays there, so that the file's siblings can be
    imported, now and later. The module is known by the file's own name, so that its classes can
    be pickled; a name that is already taken (`random.py`) gets a prefix instead.
    """
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = _module_name(path)
    known = sys.modules.get(name)
    if known is not None and getattr(known, _MARK, None) == sha:
        return known
    spec = importlib.util.spec_from_loader(name, _FreshLoader(name, str(path)))
    if spec is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        _FreshLoader(name, str(path)).exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    setattr(module, _MARK, sha)
    return module


def _module_name(path: Path) -> str:
    """Give the file's own name, unless another module or the standard library has it."""
    stem = path.stem
    known = sys.modules.get(stem)
    taken = known is not None and getattr(known, "__file__", None) != str(path)
    if stem.isidentifier() and not taken and stem not in sys.stdlib_module_names:
        return stem
    return f"lehr_problem_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
