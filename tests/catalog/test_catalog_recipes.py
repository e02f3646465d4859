"""Every recipe passes through this one table, those of other packages too."""

import inspect
import math
import pickle
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import lehr
from lehr import Schedule, cosine, hold, parse
from lehr.catalog import RECIPES, Recipe, listing, names, recipes
from lehr.errors import ScheduleError

EXAMPLES = [(recipe, text) for recipe in RECIPES for text in recipe.examples]
each_example = pytest.mark.parametrize(
    ("recipe", "text"), EXAMPLES, ids=[text for _, text in EXAMPLES]
)
HORIZONS = (1_000, 1_001, 4_321)
ABOVE_THE_PEAK = {"chebyshev", "noisy", "linear_cosine", "noisy_linear_cosine"}


def read(text: str) -> Schedule:
    schedule = parse(text)
    assert isinstance(schedule, Schedule)
    return schedule


@each_example
def test_its_repr_is_the_algebra_it_stands_for(recipe: Recipe, text: str) -> None:
    """A recipe is an ordinary value: it prints primitives, and they read back as the same."""
    schedule = read(text)
    assert lehr.schedule.parse(repr(schedule)) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert recipe.name in text


@each_example
@pytest.mark.parametrize("horizon", HORIZONS)
def test_it_has_a_value_at_every_step(recipe: Recipe, text: str, horizon: int) -> None:
    """Scalars are the array to the bit, in any order; values are in range; the last one holds."""
    p = read(text).over(horizon)
    values = p.values()
    assert values.shape == (horizon,)
    assert np.isfinite(values).all()
    most = 20 if recipe.name in ABOVE_THE_PEAK else 1
    assert 0 <= values.min() <= values.max() <= most, recipe.name
    for t in (horizon - 1, 0, horizon // 2, 51, 50, 49):
        assert p(t) == p[t] == values[t]
    assert p.values(horizon // 3).tolist() == values[horizon // 3 :].tolist()
    assert p(horizon) == p(2 * horizon)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_it_is_documented(recipe: Recipe) -> None:
    """One line, arguments, errors, a doctest with the step past the end; defaults are texts."""
    page = inspect.getdoc(recipe.build) or ""
    assert recipe.summary.endswith((".", ":", "`"))
    assert "Raises:" in page
    assert ">>> " in page
    assert recipe.formula
    assert recipe.source
    assert recipe.also
    for argument in inspect.signature(recipe.build).parameters:
        assert f"{argument}: " in page


def test_the_names_are_the_public_ones() -> None:
    """Each name of a text is the same function in `lehr`, and every recipe has a name."""
    for name, build in names().items():
        assert getattr(lehr, name) is build
        assert name in lehr.__all__
    assert {recipe.name for recipe in RECIPES} <= set(names())
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES)


def test_wsd_is_its_formula() -> None:
    """(t + 1)/w, then 1, then the cooldown, for every shape."""
    shapes = {
        "linear": lambda x: 1 - x,
        "cosine": lambda x: (1 + math.cos(math.pi * x)) / 2,
        "1-sqrt": lambda x: 1 - math.sqrt(x),
        "power": lambda x: 1 - x**3,
    }
    for shape, curve in shapes.items():
        power = 3 if shape == "power" else None
        p = lehr.wsd(50, "20%", shape, 0.1, power=power).over(1_000)
        expected = [
            (t + 1) / 50 if t < 50 else 1 if t < 800 else 0.1 + 0.9 * curve((t - 800) / 200)
            for t in range(1_001)
        ]
        np.testing.assert_allclose(p.values(0, 1_001), expected, rtol=1e-13)


def test_one_cycle_and_its_momentum_are_mirrored() -> None:
    """The momentum is lowest at the very step at which the lr peaks."""
    lr = lehr.one_cycle("30%").over(1_000).values()
    momentum = lehr.one_cycle_momentum(0.85, 0.95).over(1_000).values()
    assert lr.argmax() == momentum.argmin() == 300
    assert (lr[0], lr[300]) == (0.04, 1.0)
    assert (momentum[0], momentum[300]) == (0.95, 0.85)
    np.testing.assert_allclose((momentum[:300] - 0.95) / -0.1, (lr[:300] - 0.04) / 0.96, atol=1e-14)


def test_inverse_sqrt_is_hugging_faces_with_reach_next() -> None:
    """t/w up to w, then √(w/t)."""
    values = lehr.inverse_sqrt(100, reach="next").over(1_000).values()
    expected = [t / 100 if t < 100 else math.sqrt(100 / t) for t in range(1_000)]
    np.testing.assert_allclose(values, expected, rtol=1e-14)


def test_restarts_and_triangles_are_repeats() -> None:
    """Cycles are made by `.repeat`, so recipes and algebra are one thing."""
    assert lehr.cosine_restarts(3, stretch=2, final=0.1) == cosine(final=0.1).repeat(3, stretch=2)
    p = lehr.triangular(50, low=0.2).repeat().over(400)
    assert [p(t) for t in (0, 50, 100, 150, 400)] == [0.2, 1.0, 0.2, 1.0, 0.2]
    q = lehr.triangular("30%").over(10)
    assert (q(0), q(3), q(10)) == (0.0, 1.0, 0.0)


@pytest.fixture
def fresh_listing():
    """Forget what was listed, before and after."""
    listing.recipes.cache_clear()
    listing.names.cache_clear()
    yield
    listing.recipes.cache_clear()
    listing.names.cache_clear()


def plateau_free() -> Schedule:
    """Hold."""
    return hold()


def installed(monkeypatch: pytest.MonkeyPatch, thing: object) -> None:
    entry = SimpleNamespace(name="theirs", value="their.module:RECIPE", load=lambda: thing)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [entry])


def test_other_packages_add_recipes(monkeypatch: pytest.MonkeyPatch, fresh_listing: None) -> None:
    """An entry point in lehr.recipes is listed and may be used in texts."""
    theirs = Recipe(
        build=plateau_free, formula="1", source="theirs", also={}, examples=("plateau_free()",)
    )
    installed(monkeypatch, theirs)
    assert recipes()[-1] is theirs
    assert parse("plateau_free() >> cosine(5)") == hold() >> cosine(5)


@pytest.mark.parametrize("thing", [RECIPES[0], "no recipe"], ids=["name taken", "no recipe"])
def test_a_wrong_entry_point_is_an_error(
    thing: object, monkeypatch: pytest.MonkeyPatch, fresh_listing: None
) -> None:
    """A taken name or another object is refused by name, never skipped."""
    installed(monkeypatch, thing)
    with pytest.raises(ScheduleError, match=r"theirs|two recipes"):
        recipes()


def test_importing_lehr_imports_no_framework() -> None:
    """`import lehr` costs numpy at most; `trial` is fetched when asked for."""
    heavy = "{'torch', 'keras', 'jax', 'pydantic', 'plotly', 'rich', 'scipy', 'cyclopts'}"
    code = f"import sys, lehr; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_unknown_names_of_the_package_raise() -> None:
    """The surface is lazy, and ends where `__all__` does."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lehr.nothing
    assert "trial" in lehr.__all__
