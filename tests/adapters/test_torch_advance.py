"""What counts as a step: attempted updates by default, or those that were made."""

from __future__ import annotations

import copy

import pytest
import torch
from torch._dynamo.utils import counters

from lehr.adapters.torch import Scheduler
from lehr.errors import StepError
from lehr.schedule import Plan, cosine, linear

OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=1.0),
    "fused": lambda parameters: torch.optim.Adam(parameters, lr=1.0, fused=True),
}


def scheduled(advance: str = "applied", make=OPTIMIZERS["sgd"]) -> tuple[torch.Tensor, Scheduler]:
    weight = torch.nn.Parameter(torch.ones(2))
    return weight, Scheduler(make([weight]), linear(), horizon=10, advance=advance)


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
@pytest.mark.parametrize(("advance", "last"), [("attempted", [1, 2, 3]), ("applied", [1, 1, 2])])
def test_updates_that_grad_scaler_skips(make, advance, last) -> None:
    """An overflow changes no weight; it counts as an attempt and not as an update."""
    weight, scheduler = scheduled(advance, make)
    scaler = torch.amp.GradScaler("cpu")
    found = []
    for factor in (1.0, float("inf"), 1.0):
        before = weight.detach().clone()
        scheduler.optimizer.zero_grad()
        scaler.scale(weight.sum() * factor).backward()
        scaler.step(scheduler.optimizer)
        scaler.update()
        scheduler.step()
        found.append(scheduler.last_epoch)
        assert torch.equal(before, weight) == (factor != 1.0)
    assert found == last


def test_applied_counts_updates_however_often_step_is_called() -> None:
    """Batches that are accumulated, and repeated calls, do not move the schedule."""
    weight, scheduler = scheduled()
    scheduler.step()
    assert scheduler.last_epoch == 0
    for update in range(1, 4):
        weight.grad = torch.ones(2)
        scheduler.optimizer.step()
        for _ in range(4):
            scheduler.step()
        assert scheduler.get_last_lr() == [linear().over(10)(update)]


def test_a_copy_and_a_resumed_scheduler_count_alike() -> None:
    """`advance` is copied with the Scheduler; it is no part of the state, which is a position."""
    weight, scheduler = scheduled()
    weight.grad = torch.ones(2)
    scheduler.optimizer.step()
    twin = copy.deepcopy(scheduler)
    scheduler.step()
    twin.optimizer.step()
    twin.step()
    twin.step()
    assert (scheduler.last_epoch, twin.last_epoch) == (1, 1)
    _, attempting = scheduled("attempted")
    attempting.load_state_dict(scheduler.state_dict())
    attempting.step()
    assert attempting.last_epoch == 2


def test_an_unknown_word_is_an_error() -> None:
    """It is not taken for one of the two."""
    with pytest.raises(StepError, match='advance is "attempted" or "applied"'):
        scheduled("updates")


def test_a_wrapper_of_an_optimizer_is_refused() -> None:
    """Its hooks would be another's; the error says what to hand over."""

    class Wrapper(torch.optim.Optimizer):
        def __init__(self, optimizer: torch.optim.Optimizer) -> None:
            self.optimizer = optimizer

    weight = torch.nn.Parameter(torch.ones(2))
    with pytest.raises(StepError, match=r"Scheduler\(optimizer\.optimizer"):
        Scheduler(Wrapper(torch.optim.SGD([weight])), linear(), horizon=10)


def test_what_the_groups_hold_can_be_read() -> None:
    """By name, with that of the group behind the first."""
    groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "name": n} for n in ("body", "head")]
    optimizer = torch.optim.AdamW(groups, lr=1.0, betas=(0.8, 0.9), weight_decay=0.1)
    plans = {"head": Plan(lr=cosine(), momentum=linear(), weight_decay=linear())}
    scheduler = Scheduler(optimizer, linear(), horizon=2, groups=plans)
    scheduler.step()
    assert scheduler.horizon == 2
    assert scheduler.hyperparameters() == {
        "lr": 0.5,
        "head/lr": pytest.approx(0.5),
        "head/momentum": 0.4,
        "head/weight_decay": 0.05,
    }


# torch's compiler makes use of what torch itself deprecates.
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated")
@pytest.mark.parametrize("advance", ["attempted", "applied"])
@pytest.mark.parametrize(("lr", "graphs"), [(torch.tensor(0.1), 1), (0.1, 2)])
def test_a_compiled_update_is_not_compiled_at_every_step(lr, graphs, advance) -> None:
    """With a tensor lr once; with a number once more, when it is first seen to change."""
    torch._dynamo.reset()
    counters.clear()
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([weight], lr=lr.clone() if isinstance(lr, torch.Tensor) else lr)
    plain = torch.nn.Parameter(torch.ones(3))
    reference = torch.optim.AdamW([plain], lr=0.1)
    scheduler = Scheduler(optimizer, cosine(), horizon=10, advance=advance)
    compiled = torch.compile(optimizer.step, backend="eager")
    for t in range(10):
        weight.grad = torch.full((3,), 0.5)
        plain.grad = torch.full((3,), 0.5)
        compiled()
        scheduler.step()
        reference.param_groups[0]["lr"] = 0.1 * cosine().over(10)(t)
        reference.step()
    assert counters["stats"]["unique_graphs"] == graphs
    assert scheduler.last_epoch == 10
    torch.testing.assert_close(weight, plain)
    torch._dynamo.reset()
