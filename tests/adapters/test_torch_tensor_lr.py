"""Tensor learning rates are filled in place."""

from __future__ import annotations

import copy

import pytest
import torch

from lehr.adapters.torch import Scheduler
from lehr.errors import ScheduleError
from lehr.schedule import Plan, cosine, linear


def make_optimizer(lrs: list[torch.Tensor]) -> torch.optim.SGD:
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": lr} for lr in lrs]
    return torch.optim.SGD(groups, lr=0.1)


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_tensors_keep_their_identity_and_hold_the_rounded_value(count, dtype, shape) -> None:
    """Each tensor stays the same object and equals the float64 product rounded to its dtype."""
    lrs = [torch.full(shape, 0.1 * (1 + index), dtype=dtype) for index in range(count)]
    peaks = [lr.item() for lr in lrs]
    optimizer = make_optimizer(lrs)
    scheduler = Scheduler(optimizer, cosine(), horizon=50)
    assert scheduler.base_lrs == peaks
    for t in range(1, 55):
        scheduler.step()
        factor = cosine().over(50)(t)
        for group, lr, peak in zip(optimizer.param_groups, lrs, peaks, strict=True):
            assert group["lr"] is lr
            assert torch.equal(lr, torch.full(shape, peak * factor, dtype=dtype))


def test_tensors_and_numbers_may_stand_side_by_side() -> None:
    """Each group keeps its kind; get_last_lr gives copies."""
    tensor = torch.tensor(0.5)
    optimizer = make_optimizer([tensor, 0.25])
    scheduler = Scheduler(optimizer, linear(), horizon=4)
    scheduler.step()
    one, two = scheduler.get_last_lr()
    assert (float(one), two) == (0.375, 0.1875)
    assert one is not tensor
    assert optimizer.param_groups[0]["lr"] is tensor
    assert type(optimizer.param_groups[1]["lr"]) is float


@pytest.mark.parametrize("written", [torch.tensor(9.0), 9.0])
def test_a_tensor_replaced_from_outside_is_overwritten(written) -> None:
    """What is put in its place is filled at the next step, and the next."""
    optimizer = make_optimizer([torch.tensor(1.0)])
    scheduler = Scheduler(optimizer, linear(), horizon=4)
    optimizer.param_groups[0]["lr"] = written
    for expected in (0.75, 0.5):
        scheduler.step()
        assert float(optimizer.param_groups[0]["lr"]) == expected
    if isinstance(written, torch.Tensor):
        assert optimizer.param_groups[0]["lr"] is written


def test_groups_that_share_a_tensor_share_its_schedule() -> None:
    """Torch gives all groups the tensor of the constructor: one schedule, or an error."""
    parameters = [torch.nn.Parameter(torch.ones(1)) for _ in range(3)]
    groups = [{"params": [p], "name": n} for p, n in zip(parameters, "ab", strict=False)]
    lr = torch.tensor(1.0)
    optimizer = torch.optim.SGD(groups, lr=lr)
    with pytest.raises(ScheduleError, match="share one lr tensor"):
        Scheduler(optimizer, linear(), horizon=4, groups={"b": cosine()})
    scheduler = Scheduler(optimizer, linear(), horizon=4)
    scheduler.step()
    optimizer.add_param_group({"params": [parameters[2]]})
    assert optimizer.param_groups[2]["lr"] is lr
    scheduler.step()
    assert lr.item() == 0.5
    assert scheduler.base_lrs == [1.0, 1.0, 1.0]


def test_tensors_resume_in_any_order() -> None:
    """The peak comes from the travelled state, not from the decayed tensor."""
    for before in (True, False):
        optimizer = make_optimizer([torch.tensor(0.1), torch.tensor(0.7)])
        scheduler = Scheduler(optimizer, linear(), horizon=10)
        for _ in range(3):
            scheduler.step()
        saved = copy.deepcopy(optimizer.state_dict())
        other = make_optimizer([torch.tensor(0.1), torch.tensor(0.7)])
        if before:
            other.load_state_dict(saved)
        resumed = Scheduler(other, linear(), horizon=10)
        if not before:
            other.load_state_dict(saved)
        for _ in range(8):
            assert resumed.get_last_lr() == scheduler.get_last_lr()
            resumed.step()
            scheduler.step()


def test_tensor_betas_and_an_lr_that_requires_grad_are_filled() -> None:
    """Capturable optimizers hold tensors in betas; differentiable ones want a gradient of lr."""
    beta = torch.tensor(0.8)
    lr = torch.tensor(0.5, requires_grad=True)
    adam = torch.optim.Adam(
        [torch.nn.Parameter(torch.ones(1))],
        lr=torch.tensor(0.1),
        betas=(beta, torch.tensor(0.9)),
        capturable=True,
        foreach=False,
    )
    Scheduler(adam, Plan(lr=linear(), momentum=linear(final=0.5)), horizon=2).step()
    assert adam.param_groups[0]["betas"][0] is beta
    assert torch.equal(beta, torch.tensor(torch.tensor(0.8).item() * 0.75))
    sgd = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=lr, differentiable=True)
    Scheduler(sgd, linear(), horizon=2).step()
    assert lr.requires_grad
    assert lr.item() == 0.25


def test_a_copy_does_not_take_a_decayed_default_for_the_peak() -> None:
    """The optimizer's default is the tensor itself and decays with it; the peak does not."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=torch.tensor(0.1))
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    for _ in range(5):
        scheduler.step()
    twin = copy.deepcopy(scheduler)
    assert twin.state_dict() == scheduler.state_dict()
    scheduler.step()
    twin.step()
    assert twin.get_last_lr() == scheduler.get_last_lr()
