from __future__ import annotations

from pathlib import Path

import pytest
import tiny_problem
from studied import SOURCE, serial

from lehr.choose import choose, plan_cost
from lehr.choose.settings import SHORTEST, Settings
from lehr.choose.store import Store
from lehr.errors import UsageError
from lehr.training import ProblemSource


@pytest.mark.parametrize(
    "settings",
    [
        {"budget": 0},
        {"budget": float("nan")},
        {"hours": -1},
        {"schedules": ()},
        {"seed": -1},
        {"seed": 2**32 - 1},
        {"seed": 2**32 - 1000},
        {"disk": float("nan")},
        {"disk": float("inf")},
        {"disk": -1},
        {"lr_range": (0.1, 0.1000001)},
        {"lr_range": (0.001, 0.0010000000000000002)},
    ],
)
def test_impossible_settings_raise_before_anything_is_trained(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    """A wrong argument costs nothing and leaves no study."""
    with pytest.raises(UsageError):
        serial(tmp_path / "none", **settings)
    assert not (tmp_path / "none").exists()


def test_full_runs_that_are_too_short_are_refused_in_the_users_own_words(tmp_path: Path) -> None:
    """Nobody typed the short list: the rule is one of steps. Schedules that fit may be named."""
    short = ProblemSource.of(tiny_problem.__file__, arguments={"steps": SHORTEST - 1})
    for ask in (
        lambda: choose(short, directory=tmp_path / "none", executor="serial"),
        lambda: plan_cost(short),
    ):
        with pytest.raises(UsageError, match="full runs are too short") as caught:
            ask()
        assert "steps = 9" in str(caught.value)
        assert not (tmp_path / "none").exists()
    fits = ("linear()", "cosine()")
    found = choose(short, directory=tmp_path, executor="serial", schedules=fits, budget=4)
    assert found.decision.schedule in fits
    shortest = ProblemSource.of(tiny_problem.__file__, arguments={"steps": SHORTEST})
    assert plan_cost(shortest).horizon == SHORTEST


@pytest.mark.parametrize("below", ["a file", "/proc"])
def test_a_directory_that_cannot_be_is_refused(tmp_path: Path, below: str) -> None:
    """As wrong usage, not with a traceback."""
    place = Path(below) if below == "/proc" else tmp_path / below
    if below != "/proc":
        place.write_text("")
    with pytest.raises(UsageError, match="no study can be kept") as caught:
        Store.open(place / "study")
    assert "--directory" in str(caught.value)


def test_the_command_to_repeat_says_every_digit_and_who_trained() -> None:
    """Six digits of a range or a target are another study."""
    settings = Settings(budget=1 / 3, lr_range=(1.23456789e-4, 0.1), target=0.123456789, seed=1)
    assert settings.command(["digits"], executor="stacked") == (
        "lehr choose digits --budget 0.3333333333333333 --lr-range 0.000123456789 0.1 "
        "--target 0.123456789 --seed 1 --executor stacked"
    )


def test_no_plan_has_fewer_than_one_worker() -> None:
    """A negative number of workers would take negative time."""
    with pytest.raises(UsageError, match="workers"):
        plan_cost(SOURCE, workers=-3)
