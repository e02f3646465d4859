"""What to say where the framework of an adapter is not installed."""

from __future__ import annotations

from lehr.errors import MissingError


def missing(error: ModuleNotFoundError, *, extra: str) -> MissingError:
    """Make the error for a framework that could not be imported.

    Args:
        error: what the import raised.
        extra: of lehr, which brings the framework.
    """
    return MissingError(
        f"{error.name} is not installed",
        rule=f"lehr's adapter for it needs what the extra {extra!r} brings",
        fix=f"pip install 'lehr[{extra}]'",
    )
