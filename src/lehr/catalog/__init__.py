"""Named recipes made of `lehr.schedule`, and the text form that knows their names."""

from lehr.catalog.listing import RECIPES, names, parse, recipes
from lehr.catalog.recipe import Recipe

__all__ = ["RECIPES", "Recipe", "names", "parse", "recipes"]
