"""docs/recipes.md is what the catalog says."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

from lehr.catalog import recipes

SCRIPT = Path(__file__).parents[2] / "docs" / "make_recipes.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_recipes", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_code_says(script: ModuleType) -> None:
    """Page and pictures are remade in memory and compared with what is kept."""
    names = [path.name for path in script.outdated()]
    assert not names, f"the catalog has changed since these were written: {names}; run `make docs`"


def test_every_recipe_is_told_whole(script: ModuleType) -> None:
    """Each has a row, a picture that is small XML, its formula, every argument and example."""
    made = script.files()
    page = made[script.PAGE]
    for recipe in recipes():
        section = page.split(f"\n## {recipe.name}\n")[1].split("\n## ")[0]
        assert f"| [{recipe.name}](#{recipe.name}) |" in page
        assert f"(recipes/{recipe.name}.svg)" in section
        assert f"`{recipe.formula}`" in section
        assert all(example in section for example in recipe.examples)
        assert not re.search(r"^- `[^`]*`: \.$", section, flags=re.MULTILINE)
        picture = made[script.PICTURES / f"{recipe.name}.svg"]
        assert ET.fromstring(picture).find("{http://www.w3.org/2000/svg}polyline") is not None
        assert len(picture) < 20_000


def test_links_lead_somewhere(script: ModuleType) -> None:
    """Headings exist for the anchors of the page, and files for its paths."""
    page = script.files()[script.PAGE]
    targets = set(re.findall(r"\]\(([^)]+)\)", page))
    anchors = {f"#{name.lower()}" for name in re.findall(r"^## (.+)$", page, flags=re.MULTILINE)}
    assert {target for target in targets if target.startswith("#")} <= anchors
    for target in targets:
        assert target.startswith("#") or (script.HERE / target).exists(), target
