"""Recipe: one named schedule, and what there is to know about it."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.schedule import Builder


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named way to build a schedule.

    Attributes:
        build: the function; its name is the recipe's name in texts.
        formula: the multiplier in one line, with t from the phase's first step and x = t/n.
        source: paper, or where the field has it from.
        also: library -> what it is called there.
        examples: texts with the recipe's name that bind to any horizon from 1,000 steps on; the
            first is the one to show.
    """

    build: Builder
    formula: str
    source: str
    also: dict[str, str]
    examples: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name in texts."""
        return self.build.__name__

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.build.__doc__ or "").strip().partition("\n")[0]
