"""What a built-in problem needs beside PyTorch."""

from __future__ import annotations

import importlib.util

from lehr.errors import UsageError


def require(module: str) -> None:
    """Refuse to go on without a module of the extra `tasks`.

    Raises:
        UsageError: it is not installed; says how to install it.
    """
    if importlib.util.find_spec(module) is None:
        raise UsageError(
            f"this problem needs {module}, which is not installed",
            fix="pip install 'lehr[tasks]'",
        )
