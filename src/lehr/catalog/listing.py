"""All recipes: the explicit tuple, what other packages add, and the names a text may use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from lehr.catalog import (
    chebyshev,
    cyclic,
    elementary,
    inverse_sqrt,
    linear_cosine,
    noam,
    one_cycle,
    operators,
    range_test,
    rates,
    restarts,
    swa,
    tanh,
    trapezoids,
    trunks,
    warmed,
    wsd,
)
from lehr.catalog.recipe import Recipe
from lehr.errors import ScheduleError
from lehr.schedule import PRIMITIVES, Builder, Plan, Schedule
from lehr.schedule import parse as parse_with

RECIPES: tuple[Recipe, ...] = (
    *elementary.ELEMENTARY,
    *(rates.NATURAL, rates.INVERSE_TIME, rates.GEOMETRIC),
    *(warmed.COSINE, warmed.HALF, warmed.STEP, warmed.BUDGETED, tanh.RECIPE),
    *(wsd.RECIPE, trapezoids.TRAPEZOID, trapezoids.KNEE, trapezoids.TRI_STAGE),
    *(trunks.WSD_S, trunks.ANYTIME, trunks.POWER),
    *(one_cycle.RECIPE, one_cycle.MOMENTUM),
    *(restarts.RECIPE, restarts.SGDR, restarts.POLYNOMIAL),
    *(cyclic.RECIPE, cyclic.TRIANGULAR2, cyclic.EXP_RANGE, cyclic.SLANTED),
    *(inverse_sqrt.RECIPE, noam.RECIPE),
    *(linear_cosine.RECIPE, linear_cosine.NOISY),
    *(range_test.RECIPE, swa.RECIPE, chebyshev.RECIPE),
    *operators.OPERATORS,
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
    from importlib.metadata import entry_points  # slow to import, and not needed to make schedules

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
