"""Plans, bound plans and the multipliers that travel to where steps are trained."""

import pickle

import numpy as np
import pytest

from lehr.errors import ParseError, ScheduleError
from lehr.schedule import (
    PRIMITIVES,
    Clock,
    Multipliers,
    Plan,
    absolute,
    constant,
    cosine,
    linear,
    parse,
    warmup,
)

PLAN = Plan(
    weight_decay=linear(final=1, start=0.5),
    lr=warmup("10%") >> cosine(),
    betas=absolute(constant(0.9)),
)


def test_a_plan_is_a_value() -> None:
    """The lr comes first, the others by name; text, equality, hash and pickle follow."""
    assert list(PLAN.schedules) == ["lr", "betas", "weight_decay"]
    assert repr(PLAN) == (
        'Plan(lr=warmup("10%") >> cosine(), betas=absolute(constant(0.9)), '
        "weight_decay=linear(final=1, start=0.5))"
    )
    for again in (
        parse(repr(PLAN)),
        Plan.from_texts(PLAN.texts(), PRIMITIVES),
        pickle.loads(pickle.dumps(PLAN)),
        Plan.of(PLAN),
    ):
        assert again == PLAN
        assert hash(again) == hash(PLAN)


def test_a_plan_without_an_lr_keeps_the_optimizers() -> None:
    """The lr defaults to the peak at every step, also when read from texts."""
    assert Plan().schedules["lr"] == constant()
    assert Plan.from_texts({}, PRIMITIVES) == Plan() == parse("Plan()")


def test_a_plan_inside_a_plan_is_refused() -> None:
    """A text of one hyper-parameter is a schedule."""
    with pytest.raises(ParseError, match="is a plan"):
        Plan.from_texts({"lr": "Plan()"}, PRIMITIVES)


def test_multipliers_are_the_plans_values() -> None:
    """Every stretch of steps carries what the bound schedules say of it, and where it lies."""
    bound = PLAN.over(100, Clock(steps_per_epoch=10))
    m = bound.multipliers(10, 60)
    assert (len(m), m.start, m.horizon, m.plan) == (50, 10, 100, repr(PLAN))
    assert m.absolute == bound.absolute == {"betas"}
    for name, schedule in PLAN.schedules.items():
        assert m.values[name].tolist() == schedule.over(100).values(10, 60).tolist()
    assert (bound.horizon, bound.clock) == (100, Clock(steps_per_epoch=10))


def test_slices_of_multipliers_know_their_place() -> None:
    """m[a:b] is what the plan says of those steps, and equal to asking the plan for them."""
    bound = PLAN.over(100)
    whole = bound.multipliers()
    assert whole[10:60][5:7] == bound.multipliers(15, 17)
    assert whole[10:60] != whole[11:61]
    assert hash(whole[10:60]) == hash(bound.multipliers(10, 60))
    assert len(whole[200:]) == 0
    with pytest.raises(ScheduleError, match="skips"):
        whole[::2]


def test_multipliers_cannot_be_changed_and_travel() -> None:
    """Arrays and mapping are read-only, before and after pickling; the caller's array is his."""
    mine = np.ones(3)
    m = Multipliers(values={"lr": mine}, absolute=frozenset(), start=0, horizon=3, plan="Plan()")
    mine[0] = 5
    assert m.values["lr"].tolist() == [1, 1, 1]
    for each in (m, pickle.loads(pickle.dumps(m)), m[1:]):
        with pytest.raises(ValueError, match="read-only"):
            each.values["lr"][0] = 2
        with pytest.raises(TypeError):
            each.values["lr"] = mine  # type: ignore[index]
    assert pickle.loads(pickle.dumps(m)) == m


@pytest.mark.parametrize(
    ("values", "absolute_names"),
    [
        ({}, set()),
        ({"lr": np.ones(3), "momentum": np.ones(2)}, set()),
        ({"lr": np.ones((3, 1))}, set()),
        ({"lr": np.ones(3)}, {"momentum"}),
    ],
)
def test_multipliers_fit_together(values: dict[str, np.ndarray], absolute_names: set[str]) -> None:
    """One array per name, of equal lengths; absolute names have values."""
    with pytest.raises(ScheduleError):
        Multipliers(
            values=values, absolute=frozenset(absolute_names), start=0, horizon=3, plan="Plan()"
        )
