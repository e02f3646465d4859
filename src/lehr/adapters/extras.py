"""What to say where the framework of an adapter is not installed."""

from __future__ import annotations

from lehr.errors import MissingError


def missing(error: ModuleNotFoundError, *, extra: str, fix: str | None = None) -> MissingError:
    """Make the error for a framework that could not be imported.

    Args:
        error: what the import raised.
        extra: of lehr, which brings the framework.
        fix: what to do; None (default) is to install the extra.
    """
    framework = (error.name or "it").partition(".")[0]
    return MissingError(
        f"{framework} is not installed",
        rule=f"this adapter needs the libraries of the extra {extra!r}",
        fix=fix or f"pip install 'lehr[{extra}]'",
    )
