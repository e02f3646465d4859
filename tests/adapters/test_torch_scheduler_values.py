"""A Scheduler writes the values of its schedules, at every step, into every group."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch.optim.lr_scheduler import LRScheduler

from lehr.adapters.torch import Scheduler
from lehr.errors import ScheduleError, StateError, StepError
from lehr.schedule import Clock, Plan, absolute, cosine, hold, linear, warmup

SCHEDULE = warmup("10%") >> hold() >> cosine("30%", final=0.05)
HORIZON = 30


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.ones(2))


OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.003),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.003),
    "NAdam": lambda p: torch.optim.NAdam(p, lr=0.003),
    "LBFGS": lambda p: torch.optim.LBFGS(p, lr=0.7),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_every_update_uses_the_value_of_its_step(make) -> None:
    """Update t is made with exactly peak × p(t); past the horizon the last value holds."""
    weight = parameter()
    optimizer = make([weight])
    peak = optimizer.param_groups[0]["lr"]
    scheduler = Scheduler(optimizer, SCHEDULE, horizon=HORIZON)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss

    used = []
    for _ in range(HORIZON + 10):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step(closure)
        scheduler.step()
    p = SCHEDULE.over(HORIZON)
    assert used == [peak * p(t) for t in range(HORIZON + 10)]
    assert all(type(lr) is float for lr in used)


def test_values_computed_ahead_join_without_a_seam() -> None:
    """Far beyond the number of steps computed at once, every value is that of its step."""
    optimizer = torch.optim.SGD([parameter()], lr=0.3)
    schedule = linear()
    scheduler = Scheduler(optimizer, schedule, horizon=5_000)
    p = schedule.over(5_000)
    for t in range(5_010):
        assert optimizer.param_groups[0]["lr"] == 0.3 * p(t)
        scheduler.step()


def test_every_group_keeps_its_own_peak() -> None:
    """One factor multiplies each group's own lr."""
    optimizer = torch.optim.SGD([{"params": [parameter()], "lr": lr} for lr in (1.0, 0.1, 0.01)])
    scheduler = Scheduler(optimizer, linear(), horizon=4)
    scheduler.step()
    assert scheduler.get_last_lr() == [0.75 * 1.0, 0.75 * 0.1, 0.75 * 0.01]
    assert scheduler.base_lrs == [1.0, 0.1, 0.01]


def test_pytorch_67761_groups_by_name_have_plans_of_their_own() -> None:
    """A named group follows its own plan, every other group the common one."""
    optimizer = torch.optim.AdamW(
        [
            {"params": [parameter()], "name": "body"},
            {"params": [parameter()], "name": "head", "lr": 0.1},
            {"params": [parameter()]},
        ],
        lr=0.01,
    )
    head = Plan(lr=linear(), weight_decay=linear(final=0.5))
    scheduler = Scheduler(optimizer, cosine(), horizon=8, groups={"head": head})
    for t in range(10):
        one, two = cosine().over(8)(t), linear().over(8)(t)
        assert [g["lr"] for g in optimizer.param_groups] == [0.01 * one, 0.1 * two, 0.01 * one]
        decays = [group["weight_decay"] for group in optimizer.param_groups]
        assert decays == [0.01, 0.01 * linear(final=0.5).over(8)(t), 0.01]
        scheduler.step()


def test_a_plan_for_no_group_is_an_error() -> None:
    """A misspelt group name is not ignored."""
    optimizer = torch.optim.SGD([{"params": [parameter()], "name": "head"}], lr=0.1)
    with pytest.raises(ScheduleError, match="did you mean head"):
        Scheduler(optimizer, cosine(), horizon=8, groups={"haed": linear()})
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_pytorch_22343_momentum_betas_and_weight_decay_are_scheduled() -> None:
    """Every hyper-parameter of a plan is a multiple of the own value, or absolute."""
    sgd = torch.optim.SGD([parameter()], lr=0.1, momentum=0.8, weight_decay=0.02)
    adam = torch.optim.AdamW([parameter()], lr=0.1, betas=(0.8, 0.95), weight_decay=0.02)
    plan = Plan(lr=cosine(), momentum=linear(final=0.5), weight_decay=absolute(linear()))
    for optimizer in (sgd, adam):
        scheduler = Scheduler(optimizer, plan, horizon=8)
        group = optimizer.param_groups[0]
        for t in range(8):
            momentum = 0.8 * linear(final=0.5).over(8)(t)
            found = group["momentum"] if optimizer is sgd else group["betas"]
            assert found == (momentum if optimizer is sgd else (momentum, 0.95))
            assert group["weight_decay"] == linear().over(8)(t)
            scheduler.step()


def test_one_hyperparameter_has_one_schedule() -> None:
    """`momentum` and `betas` are the same thing for Adam, so a plan of both is refused."""
    optimizer = torch.optim.Adam([parameter()])
    with pytest.raises(ScheduleError, match="two schedules for one"):
        Scheduler(optimizer, Plan(momentum=linear(), betas=cosine()), horizon=8)


def test_what_an_optimizer_does_not_have_cannot_be_scheduled() -> None:
    """An unknown hyper-parameter is an error that names the known ones."""
    with pytest.raises(ScheduleError, match="did you mean momentum"):
        Scheduler(torch.optim.SGD([parameter()], lr=0.1), Plan(momemtum=linear()), horizon=8)


def test_pytorch_79888_groups_added_later_are_scheduled() -> None:
    """A late group starts at the next step from its own lr; the others do not notice."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    for _ in range(3):
        scheduler.step()
    optimizer.add_param_group({"params": [parameter()], "lr": 0.5})
    scheduler.step()
    assert scheduler.get_last_lr() == [0.6, 0.5 * 0.6]
    assert scheduler.base_lrs == [1.0, 0.5]
    optimizer.add_param_group({"params": [parameter()], "lr": 0.1})
    del optimizer.param_groups[0]
    scheduler.step()
    assert scheduler.get_last_lr() == [0.5 * 0.5, 0.1 * 0.5]


def test_an_lr_written_from_outside_is_overwritten() -> None:
    """It raises nothing and lasts for one update."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    optimizer.param_groups[0]["lr"] = 7.0
    assert scheduler.get_last_lr() == [7.0]
    scheduler.step()
    assert scheduler.get_last_lr() == [0.9]


def test_it_is_a_torch_scheduler() -> None:
    """Trainers that look for torch's class and attributes find them; step() is not wrapped."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    step = optimizer.step
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    assert isinstance(scheduler, LRScheduler)
    assert optimizer.step == step
    assert scheduler.optimizer is optimizer
    assert scheduler.last_epoch == 0
    assert scheduler.base_lrs == [1.0]
    assert scheduler.get_lr() == scheduler.get_last_lr() == [1.0]
    scheduler._step_count += 1  # as Accelerate does under gradient accumulation


def test_torch_composites_are_refused() -> None:
    """SequentialLR would rewind a schedule; the error says how to join schedules instead."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    ours = Scheduler(optimizer, linear(), horizon=10)
    theirs = torch.optim.lr_scheduler.ConstantLR(optimizer)
    with pytest.raises(StepError, match=r"SequentialLR(.|\n)*>> cosine"):
        torch.optim.lr_scheduler.SequentialLR(optimizer, [ours, theirs], milestones=[5])


@pytest.mark.parametrize(("arguments", "signals"), [((3,), {}), ((), {"loss": 1.0})])
def test_step_takes_no_argument(arguments, signals) -> None:
    """Neither an epoch nor a metric is silently ignored."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    with pytest.raises(StepError, match="step\\(\\) takes no argument"):
        scheduler.step(*arguments, **signals)
    assert scheduler.last_epoch == 0


def test_last_epoch_can_be_assigned() -> None:
    """Going to a step writes its hyper-parameters at once."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    scheduler.last_epoch = 6
    assert scheduler.get_last_lr() == [0.4]
    scheduler.step()
    assert scheduler.last_epoch == 7
    scheduler.last_epoch = 99
    assert scheduler.get_last_lr() == [0.0]


def test_peaks_can_be_assigned() -> None:
    """A new peak counts at once and from then on; one is wanted for each group."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    scheduler.step()
    scheduler.base_lrs = [2.0]
    assert scheduler.get_last_lr() == [1.8]
    scheduler.step()
    assert scheduler.get_last_lr() == [1.6]
    with pytest.raises(StepError, match="2 for 1 groups"):
        scheduler.base_lrs = [1.0, 2.0]


def test_one_optimizer_has_one_scheduler() -> None:
    """A second is refused until the first hands the optimizer back, as it was."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0, weight_decay=0.1)
    before = {k: v for k, v in optimizer.param_groups[0].items() if k != "params"}
    first = Scheduler(optimizer, Plan(lr=linear(), weight_decay=linear()), horizon=10)
    first.step()
    with pytest.raises(StateError, match="has a Scheduler already"):
        Scheduler(optimizer, cosine(), horizon=10)
    state = first.state_dict()
    first.detach()
    after = {k: v for k, v in optimizer.param_groups[0].items() if k != "params"}
    assert after == {**before, "initial_lr": 1.0}
    assert "lehr" not in optimizer.state_dict()["param_groups"][0]
    with pytest.raises(StepError, match="detached"):
        first.step()
    second = Scheduler(optimizer, cosine(), horizon=20, on_change="adopt")
    second.load_state_dict(state)
    assert second.get_last_lr() == [cosine().over(20)(1)]


def test_schedules_in_epochs_take_a_clock() -> None:
    """The clock is part of the run."""
    optimizer = torch.optim.SGD([parameter()], lr=1.0)
    schedule = warmup("1ep") >> hold()
    scheduler = Scheduler(optimizer, schedule, horizon=10, clock=Clock(steps_per_epoch=4))
    assert scheduler.get_last_lr() == [0.25]
    other = torch.optim.SGD([parameter()], lr=1.0)
    other.load_state_dict(optimizer.state_dict())
    with pytest.raises(StateError, match=r"clock was Clock\(steps_per_epoch=4\)"):
        Scheduler(other, schedule, horizon=10, clock=Clock(steps_per_epoch=5))


def test_nothing_keeps_a_scheduled_optimizer_alive() -> None:
    """Optimizer and Scheduler are freed at once, without the garbage collector."""
    gc.disable()
    try:
        optimizer = torch.optim.SGD([parameter()], lr=1.0)
        scheduler = Scheduler(optimizer, linear(), horizon=10)
        scheduler.step()
        optimizer.load_state_dict(optimizer.state_dict())
        scheduler.step()
        gone = weakref.ref(optimizer), weakref.ref(scheduler)
        del optimizer, scheduler
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


def test_what_is_no_optimizer_is_refused() -> None:
    """So is an unknown word for on_change."""
    with pytest.raises(StepError, match="not a torch optimizer"):
        Scheduler([parameter()], linear(), horizon=10)
    with pytest.raises(StepError, match="on_change"):
        Scheduler(torch.optim.SGD([parameter()]), linear(), horizon=10, on_change="ignore")


def test_grad_scaler_skips_are_counted_as_attempts() -> None:
    """A step that GradScaler skips still advances the schedule, and changes no weight."""
    weight = parameter()
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scheduler = Scheduler(optimizer, linear(), horizon=10)
    scaler = torch.amp.GradScaler("cpu")
    scaler.scale(weight.sum() * float("inf")).backward()
    scaler.step(optimizer)
    scaler.update()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.9]
    assert weight.tolist() == [1.0, 1.0]
