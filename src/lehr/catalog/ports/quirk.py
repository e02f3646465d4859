"""Quirk: where a port gives what a library documents, not what it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """One difference between a library and its port.

    Attributes:
        key: what tests call it.
        library: whose it is.
        scheduler: the library's name of the scheduler.
        native: what the library does (the version in `constraints.txt`).
        port: what the port does instead.
        source: thread or section where it is recorded.
    """

    key: str
    library: str
    scheduler: str
    native: str
    port: str
    source: str
