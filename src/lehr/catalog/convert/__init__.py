"""A schedule as code for a framework: `convert(schedule, "torch", horizon=1_000)`."""

from lehr.catalog.convert.conversion import Conversion, convert
from lehr.catalog.convert.templates import TEMPLATES

FRAMEWORKS: tuple[str, ...] = tuple(TEMPLATES)
"""What a schedule can be converted to."""

__all__ = ["FRAMEWORKS", "Conversion", "convert"]
