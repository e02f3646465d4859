"""What a trap says when the library it was found in behaves otherwise now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import pytest


def changed(thread: str, library: str = "torch") -> str:
    """Say that upstream has changed, and what to look at."""
    return (
        f"{thread} does not happen with {library} {version(library)}: if it is fixed upstream, "
        "drop this trap and its row in threads.py, and look for it in the ports' QUIRKS"
    )


@contextmanager
def fails(thread: str, *errors: type[Exception], library: str = "torch") -> Iterator[None]:
    """Expect the library to raise one of `errors`."""
    try:
        yield
    except errors:
        return
    pytest.fail(changed(thread, library))
