"""What an executor is: something that trains segments, here or elsewhere, in any order."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from lehr.choose.segment import Segment, SegmentResult


class Executor(Protocol):
    """Trains segments of one problem.

    What a segment gives must not depend on the executor, on its `slots`, or on the order of
    arrival. A class that inherits from this one gets the context manager that closes it.
    """

    @property
    def slots(self) -> int:
        """How many segments it trains at a time; more may be submitted, they wait."""
        ...

    def submit(self, segment: Segment) -> None:
        """Take a segment to be trained.

        Its parent's checkpoint must exist and must stay until the segment's result is collected.
        """
        ...

    def collect(self) -> SegmentResult:
        """Wait until a submitted segment is trained, and return what it gave.

        After an error the segment is no longer with the executor; the others still are.

        Raises:
            ProblemError: the problem's own code raised, or its process died.
            CheckpointError: the parent's checkpoint is missing or altered, and has been removed;
                or a checkpoint could not be written.
            StudyError: nothing was submitted.
        """
        ...

    def close(self) -> None:
        """Stop at once, whatever is being trained; a second call does nothing."""
        ...

    def __enter__(self) -> Self:
        """Return the executor."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the executor."""
        self.close()
