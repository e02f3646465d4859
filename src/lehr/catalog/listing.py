"""All recipes: the explicit tuple, what other packages add, and the names a text may use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from lehr.catalog import cyclic, elementary, inverse_sqrt, one_cycle, restarts, wsd
from lehr.catalog.recipe import Recipe
from lehr.errors import ScheduleError
from lehr.schedule import PRIMITIVES, Builder, Plan, Schedule
from lehr.schedule import parse as parse_with

RECIPES: tuple[Recipe, ...] = (
    *elementary.ELEMENTARY,
    wsd.RECIPE,
    one_cycle.RECIPE,
    one_cycle.MOMENTUM,
    restarts.RECIPE,
    cyclic.RECIPE,
    inverse_sqrt.RECIPE,
)
"""One entry per recipe of this package; a new one is a file and a line here."""

GROUP = "lehr.recipes"
"""Entry-point group in which other packages name their `Recipe` objects."""


@cache
def recipes() -> tuple[Recipe, ...]:
    """Return the recipes of this package, then those of installed packages by entry-point name.

    Raises:
        ScheduleError: an entry point that is no recipe, or whose name is taken.
    """
    found = list(RECIPES)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        recipe: object = entry.load()
        if not isinstance(recipe, Recipe):
            raise ScheduleError(
                f"the entry point {entry.name} of {GROUP} is no recipe",
                value=f"{entry.value}: {type(recipe).__name__}",
                rule="an entry point names a lehr.catalog.Recipe",
            )
        if recipe.name in PRIMITIVES or recipe.name in {known.name for known in found}:
            raise ScheduleError(
                f"two recipes are called {recipe.name}",
                value=entry.value,
                rule="a name stands for one recipe",
                fix="uninstall one of the packages",
            )
        found.append(recipe)
    return tuple(found)


@cache
def names() -> Mapping[str, Builder]:
    """Return what every name in a schedule text stands for."""
    return MappingProxyType({**PRIMITIVES, **{recipe.name: recipe.build for recipe in recipes()}})


def parse(text: str) -> Schedule | Plan:
    """Read a schedule or a plan from its text, with the names of the catalog.

    Raises:
        ParseError: the text is neither.

    >>> parse('wsd(warmup=500, cooldown="20%")')
    warmup(500) >> hold() >> linear("20%")
    """
    return parse_with(text, names())
