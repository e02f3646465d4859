"""Named recipes made of `lehr.schedule`, and what goes with a schedule.

`scaling` (which lr after the batch or the horizon changed), `averaging` (weights instead of decay)
and `rows` (what every schedule of the field is called here) are modules of their own.
"""

from lehr.catalog.companions import Growth, constant_decay, corrected_decay, growing_batch
from lehr.catalog.groups import group_factors, layerwise_decay
from lehr.catalog.listing import RECIPES, names, parse, recipes
from lehr.catalog.recipe import Recipe
from lehr.catalog.tabulated import tabulated

__all__ = [
    "RECIPES",
    "Growth",
    "Recipe",
    "constant_decay",
    "corrected_decay",
    "group_factors",
    "growing_batch",
    "layerwise_decay",
    "names",
    "parse",
    "recipes",
    "tabulated",
]
