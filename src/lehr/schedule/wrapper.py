"""Wrapper: a schedule made of one other, over the same steps."""

from __future__ import annotations

from lehr.schedule.base import Extent, Schedule
from lehr.schedule.durations import Scope


class Wrapper(Schedule):
    """A schedule whose every value comes from the value of another at the same step."""

    part: Schedule

    @property
    def extent(self) -> Extent:
        """As the part's."""
        return self.part.extent

    def length(self, scope: Scope) -> int | None:
        """Return the part's length."""
        return self.part.length(scope)
