"""What a long study tells whoever watches it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """The watcher of a study; the command line draws it, a library user may pass their own."""

    def stage(self, name: str, steps_total: int) -> None:
        """A stage begins that will train `steps_total` distinct optimizer steps (0: none)."""
        ...

    def advanced(self, steps: int) -> None:
        """`steps` more of the stage's steps are done."""
        ...

    def note(self, text: str) -> None:
        """Something worth a line happened."""
        ...


class Silent:
    """A watcher that draws nothing."""

    def stage(self, name: str, steps_total: int) -> None:
        """Draw nothing."""

    def advanced(self, steps: int) -> None:
        """Draw nothing."""

    def note(self, text: str) -> None:
        """Draw nothing."""
