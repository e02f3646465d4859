"""Hyperparameters writes multiples of an optimizer's own values."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lehr.adapters.torch import Hyperparameters
from lehr.errors import ScheduleError


def make_adam(**options: object) -> torch.optim.Adam:
    groups = [
        {"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.1, **options},
        {"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.3, "betas": (0.5, 0.6)},
    ]
    return torch.optim.Adam(groups)


@settings(deadline=None)
@given(factors=st.lists(st.floats(0, 10), min_size=1, max_size=5))
def test_a_factor_multiplies_the_own_value_not_the_last_one(factors: list[float]) -> None:
    """The product is that of Python floats, however often it is written."""
    optimizer = make_adam()
    hyperparameters = Hyperparameters(optimizer)
    for factor in factors:
        hyperparameters.write("lr", factor)
        hyperparameters.write("momentum", factor)
    one, two = optimizer.param_groups
    assert (one["lr"], two["lr"]) == (0.1 * factors[-1], 0.3 * factors[-1])
    assert (one["betas"], two["betas"]) == ((0.9 * factors[-1], 0.999), (0.5 * factors[-1], 0.6))


def test_an_absolute_value_replaces_the_own_one() -> None:
    """And the next factor multiplies the own value again."""
    optimizer = make_adam(weight_decay=0.2)
    hyperparameters = Hyperparameters(optimizer)
    hyperparameters.write("weight_decay", 0.7, absolute=True)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.7, 0.7]
    hyperparameters.write("weight_decay", 0.5)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.1, 0.0]


def test_betas_is_the_first_of_them() -> None:
    """As it is in torch's OneCycleLR; the second is left alone."""
    optimizer = make_adam()
    Hyperparameters(optimizer).write("betas", 0.85, absolute=True)
    assert [group["betas"] for group in optimizer.param_groups] == [(0.85, 0.999), (0.85, 0.6)]


def test_any_number_of_a_group_can_be_written() -> None:
    """Adadelta's rho, for one."""
    optimizer = torch.optim.Adadelta([torch.nn.Parameter(torch.ones(1))], rho=0.9)
    Hyperparameters(optimizer).write("rho", 0.5)
    assert optimizer.param_groups[0]["rho"] == 0.45


@pytest.mark.parametrize("name", ["rho", "amsgrad", "foreach", "params", "initial_lr"])
def test_what_is_no_hyperparameter_is_an_error(name: str) -> None:
    """A missing name, a flag and a list are not numbers that a schedule could write."""
    with pytest.raises(ScheduleError, match="no hyper-parameter"):
        Hyperparameters(make_adam()).write(name, 0.5)


def test_own_values_survive_loading_a_state() -> None:
    """What a checkpoint holds are values of its step; own values are those of construction."""
    optimizer = make_adam()
    hyperparameters = Hyperparameters(optimizer)
    hyperparameters.write("lr", 0.01)
    optimizer.load_state_dict(optimizer.state_dict())
    hyperparameters.write("lr", 0.5)
    assert [group["lr"] for group in optimizer.param_groups] == [0.05, 0.15]
