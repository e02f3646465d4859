"""The checkpoints of a study: one directory per segment, complete or not there at all."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import final

from lehr.errors import StudyError
from lehr.training import checkpoint

_KEY = re.compile(r"[0-9A-Za-z_-]+")


@final
@dataclass(frozen=True)
class Checkpoints:
    """The directory in which the checkpoints of segments lie, each under its segment's key.

    A checkpoint gets its name only when it is complete, and loses it before the first of its files
    is removed (`lehr.training.checkpoint`), so one that has its name can be loaded.
    """

    directory: Path

    def path(self, key: str) -> Path:
        """Return where the checkpoint of the segment `key` lies, or would.

        Raises:
            StudyError: the key is not a name for a directory.
        """
        if not _KEY.fullmatch(key):
            raise StudyError(
                "a segment's key cannot name a checkpoint",
                value=repr(key),
                rule="letters, digits, - and _",
            )
        return self.directory / key

    def has(self, key: str) -> bool:
        """Tell whether the segment `key` has a checkpoint."""
        return self.path(key).is_dir()

    def keys(self) -> set[str]:
        """Return the keys of all checkpoints."""
        if not self.directory.is_dir():
            return set()
        return {
            entry.name
            for entry in self.directory.iterdir()
            if _KEY.fullmatch(entry.name) and entry.is_dir()
        }

    def bytes(self, key: str | None = None) -> int:
        """Return the bytes that the checkpoint `key` takes, or all of them together."""
        if key is not None:
            return checkpoint.size(self.path(key)) if self.has(key) else 0
        return sum(checkpoint.size(self.path(key)) for key in self.keys())

    def evict(self, key: str) -> None:
        """Remove the checkpoint of the segment `key`, if there is one."""
        checkpoint.remove(self.path(key))

    def sweep(self, known: AbstractSet[str]) -> None:
        """Remove what a killed process left: unfinished ones, and those of no `known` segment.

        Call it before anything trains: what a running worker is writing looks unfinished.
        """
        checkpoint.sweep(self.directory)
        for key in self.keys() - known:
            self.evict(key)
