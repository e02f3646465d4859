"""A Scheduler refuses a state that is not its run's, and says what is wrong."""

from __future__ import annotations

import copy

import pytest
import torch
from torch_resumes import (
    HORIZON,
    ORDERS,
    PEAKS,
    RECIPES,
    hyperparameters,
    make_optimizer,
    resume,
    saved_at,
    straight,
    train,
    trajectory,
)

from lehr.adapters.torch import Scheduler
from lehr.errors import StateError
from lehr.schedule import cosine, linear


@pytest.mark.parametrize("order", ORDERS)
def test_a_changed_schedule_is_refused_or_adopted(order: str) -> None:
    """Both plans are shown; `adopt` keeps the step, and drops what is no longer scheduled."""
    saved = saved_at(RECIPES["plan"], 20)
    with pytest.raises(StateError, match=r"plan was Plan\(lr=warmup.*, is now Plan\(lr=linear"):
        resume(linear(), saved, order)
    optimizer, scheduler = resume(linear(), saved, order, on_change="adopt")
    assert trajectory(optimizer, scheduler, 25) == straight(linear(), HORIZON, 20, 25)


@pytest.mark.parametrize("order", [order for order in ORDERS if order.startswith("|")])
def test_a_changed_peak_is_refused_or_adopted(order: str) -> None:
    """A new peak lr is never silently the old one: an error, or with `adopt` the new one."""
    saved = saved_at(cosine(), 20)
    for on_change in ("raise", "adopt"):
        optimizer = make_optimizer(peaks=(0.5, PEAKS[1]))
        scheduler = Scheduler(optimizer, cosine(), horizon=HORIZON, on_change=on_change)
        parts = [part for part in ORDERS[order] if part != "|"]
        objects = {"optimizer": optimizer, "scheduler": scheduler}
        if on_change == "raise":
            before = hyperparameters(optimizer)
            with pytest.raises(StateError, match=r"peak lr was 0\.1, is now 0\.5 \(group 0\)"):
                objects[parts[0]].load_state_dict(saved[parts[0]])
            assert hyperparameters(optimizer) == before
            assert not optimizer.state
        else:
            for part in parts:
                objects[part].load_state_dict(saved[part])
            factor = cosine().over(HORIZON)(20)
            assert scheduler.get_last_lr() == [0.5 * factor, PEAKS[1] * factor]


def test_a_changed_default_lr_is_noticed_after_loading() -> None:
    """A new lr in the optimizer's constructor counts although loading has overwritten it."""

    def optimizer_with(lr: float) -> torch.optim.SGD:
        return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=lr)

    first = optimizer_with(0.1)
    scheduler = Scheduler(first, linear(), horizon=4)
    train(first, scheduler, 2)
    for on_change in ("raise", "adopt"):
        second = optimizer_with(0.2)
        second.load_state_dict(first.state_dict())
        if on_change == "raise":
            with pytest.raises(StateError, match=r"peak lr was 0\.1, is now 0\.2"):
                Scheduler(second, linear(), horizon=4)
        else:
            resumed = Scheduler(second, linear(), horizon=4, on_change="adopt")
            assert resumed.get_last_lr() == [0.2 * 0.5]


def test_halves_of_different_checkpoints_are_refused() -> None:
    """Optimizer and scheduler states of different steps do not make a run; rolling back does."""
    early, late = saved_at(cosine(), 7), saved_at(cosine(), 20)
    optimizer, scheduler = resume(cosine(), early, "| optimizer")
    with pytest.raises(StateError, match="optimizer at step 7, scheduler at step 20"):
        scheduler.load_state_dict(late["scheduler"])
    scheduler.load_state_dict(early["scheduler"])
    for saved in (late, early, late):
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
    assert scheduler.last_epoch == 20
    scheduler.step()
    scheduler.load_state_dict(early["scheduler"])
    assert scheduler.last_epoch == 7


def test_a_state_from_outside_keeps_the_schedulers_own_lr() -> None:
    """A state that carries no step brings moments only; a decayed lr in it is refused."""
    plain = make_optimizer()
    for with_peak in (True, False):
        state = plain.state_dict()
        for group, peak in zip(state["param_groups"], PEAKS, strict=True):
            group["lr"] = peak if with_peak else 0.3 * peak
        optimizer = make_optimizer()
        scheduler = Scheduler(optimizer, linear(), horizon=4)
        scheduler.step()
        if with_peak:
            optimizer.load_state_dict(state)
        else:
            with pytest.raises(StateError, match="does not say at which step"):
                optimizer.load_state_dict(state)
            optimizer = make_optimizer()
            scheduler = Scheduler(optimizer, linear(), horizon=4, on_change="adopt")
            scheduler.step()
            optimizer.load_state_dict(state)
        assert scheduler.get_last_lr() == [0.75 * peak for peak in PEAKS]
        scheduler.last_epoch = 2
        assert scheduler.get_last_lr() == [0.5 * peak for peak in PEAKS]


def test_an_optimizer_moved_by_another_scheduler_is_refused() -> None:
    """The lr that torch's scheduler left is not taken for the peak."""
    moved = make_optimizer()
    other = torch.optim.lr_scheduler.ExponentialLR(moved, 0.5)
    moved.step()
    other.step()
    loaded = make_optimizer()
    loaded.load_state_dict(moved.state_dict())
    with pytest.raises(StateError, match="another scheduler has moved the lr"):
        Scheduler(loaded, linear(), horizon=4)
    scheduler = Scheduler(loaded, linear(), horizon=4, on_change="adopt")
    assert scheduler.base_lrs == list(PEAKS)


def test_a_trained_optimizer_does_not_pass_for_a_new_one() -> None:
    """Its lr may be a decayed one; `adopt` takes it for the peak, and a detached one is known."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
    train(optimizer, scheduler, 20)
    stripped = optimizer.state_dict()
    for group in stripped["param_groups"]:
        del group["lehr"], group["initial_lr"]
    loaded = make_optimizer()
    loaded.load_state_dict(stripped)
    with pytest.raises(StateError, match="has been trained"):
        Scheduler(loaded, linear(), horizon=HORIZON)
    adopted = Scheduler(loaded, linear(), horizon=HORIZON, on_change="adopt")
    assert adopted.base_lrs == [0.5 * peak for peak in PEAKS]
    scheduler.detach()
    assert Scheduler(optimizer, cosine(), horizon=HORIZON).base_lrs == list(PEAKS)


def test_the_state_of_a_torch_scheduler_is_refused() -> None:
    """Another scheduler's state is named as such, and changes nothing."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, linear(), horizon=4)
    other = torch.optim.lr_scheduler.StepLR(make_optimizer(), 10)
    with pytest.raises(StateError, match="not the state of a lehr Scheduler"):
        scheduler.load_state_dict(other.state_dict())
    assert scheduler.get_last_lr() == list(PEAKS)


def test_a_state_of_other_groups_is_refused() -> None:
    """The number of param groups is part of a run."""
    saved = saved_at(linear(), 7)
    scheduler = Scheduler(make_optimizer(peaks=(0.1,)), linear(), horizon=HORIZON)
    with pytest.raises(StateError, match="another number of param groups"):
        scheduler.load_state_dict(saved["scheduler"])


@pytest.mark.parametrize("damage", ["cut", "mixed", "number", "missing"])
def test_a_damaged_state_is_an_error(damage: str) -> None:
    """Whatever is wrong with what travelled, the error is typed and nothing has changed."""
    groups = saved_at(linear(), 7)["optimizer"]
    other = saved_at(linear(), 8)["optimizer"]["param_groups"][0]["lehr"]
    first = groups["param_groups"][0]
    broken = {"cut": first["lehr"][:-9], "mixed": other, "number": 7, "missing": '{"position": 7}'}
    first["lehr"] = broken[damage]
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
    with pytest.raises(StateError):
        optimizer.load_state_dict(groups)
    assert scheduler.get_last_lr() == list(PEAKS)
    assert not optimizer.state


def test_a_state_saved_without_the_hooks_is_not_trusted() -> None:
    """An optimizer that writes its state by itself leaves the step out: an error, not step 0."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
    train(optimizer, scheduler, 20)
    stepless = optimizer.state_dict()
    for group, live in zip(stepless["param_groups"], optimizer.param_groups, strict=True):
        group["lehr"] = live["lehr"]
    other = make_optimizer()
    resumed = Scheduler(other, linear(), horizon=HORIZON)
    with pytest.raises(StateError, match="does not say at which step"):
        other.load_state_dict(stepless)
    resumed.load_state_dict(scheduler.state_dict())
    other.load_state_dict(stepless)
    assert resumed.get_last_lr() == scheduler.get_last_lr()


def test_a_copied_optimizer_does_not_pass_for_a_new_one() -> None:
    """A copy made without its state does not restart the schedule from a decayed lr."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
    scheduler.step()
    with pytest.raises(StateError, match="copy of one that has"):
        Scheduler(copy.deepcopy(optimizer), linear(), horizon=HORIZON)
