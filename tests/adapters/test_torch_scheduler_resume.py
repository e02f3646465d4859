"""A resumed Scheduler is right, whatever is loaded in whichever order."""

from __future__ import annotations

import copy
import itertools
import pickle

import pytest
import torch
from torch_resumes import (
    HORIZON,
    LONGER,
    ORDERS,
    PEAKS,
    RECIPES,
    hyperparameters,
    make_optimizer,
    resume,
    saved_at,
    straight,
    through_a_file,
    train,
    trajectory,
)

from lehr.adapters.torch import Scheduler
from lehr.catalog import RECIPES as RECIPES_OF_THE_CATALOG
from lehr.catalog import Recipe, parse
from lehr.errors import StateError
from lehr.schedule import Plan, Schedule, linear


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_every_load_order_goes_on_as_the_straight_run(recipe: Schedule | Plan, order: str) -> None:
    """The hyper-parameters of every later update are those of the run that never stopped."""
    for steps in (1, 7, 20, 33):
        optimizer, scheduler = resume(recipe, saved_at(recipe, steps), order)
        assert scheduler.last_epoch == steps
        rest = HORIZON + 5 - steps
        assert trajectory(optimizer, scheduler, rest) == straight(recipe, HORIZON, steps, rest)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_longer_horizon_is_refused_or_adopted(recipe: Schedule | Plan, order: str) -> None:
    """By default both horizons are shown; `adopt` keeps the step on the longer schedule."""
    for steps in (1, 7, 20, 33):
        saved = saved_at(recipe, steps)
        with pytest.raises(StateError, match="horizon was 40, is now 80"):
            resume(recipe, saved, order, horizon=LONGER)
        optimizer, scheduler = resume(recipe, saved, order, horizon=LONGER, on_change="adopt")
        rest = LONGER + 5 - steps
        assert trajectory(optimizer, scheduler, rest) == straight(recipe, LONGER, steps, rest)


@pytest.mark.parametrize("recipe", RECIPES_OF_THE_CATALOG, ids=lambda recipe: recipe.name)
def test_every_recipe_of_the_catalog_resumes(recipe: Recipe) -> None:
    """At every load order the next updates use peak × p(t), for every example of every recipe."""
    for text in recipe.examples:
        schedule = parse(text)
        momentum = recipe.name == "one_cycle_momentum"
        plan = Plan(momentum=schedule) if momentum else Plan.of(schedule)
        p = schedule.over(1_000)
        source = make_optimizer()
        scheduler = Scheduler(source, plan, horizon=1_000)
        for steps in (25, 175, 500, 825):
            scheduler.last_epoch = steps
            saved = {"optimizer": source.state_dict(), "scheduler": scheduler.state_dict()}
            for order in ORDERS:
                optimizer, resumed = resume(plan, saved, order, horizon=1_000)
                for t in (steps, steps + 1, steps + 2):
                    groups = optimizer.param_groups
                    held = [g["betas"][0] if momentum else g["lr"] for g in groups]
                    assert held == ([p(t)] * 2 if momentum else [peak * p(t) for peak in PEAKS])
                    resumed.step()


@pytest.mark.parametrize("order", ORDERS)
def test_training_is_bit_identical_after_a_resume(order: str) -> None:
    """Weights after a stop at any load order equal those of the straight run, bit for bit."""
    recipe = RECIPES["plan"]
    whole = make_optimizer()
    scheduler = Scheduler(whole, recipe, horizon=HORIZON)
    train(whole, scheduler, 20)
    weights = [p.detach().clone() for g in whole.param_groups for p in g["params"]]
    saved = through_a_file({"optimizer": whole.state_dict(), "scheduler": scheduler.state_dict()})
    train(whole, scheduler, 20)

    resumed, scheduler = resume(recipe, saved, order)
    if order == "| scheduler":
        for index, parameters in saved["optimizer"]["state"].items():
            resumed.state[resumed.param_groups[index]["params"][0]].update(parameters)
    with torch.no_grad():
        for group, weight in zip(resumed.param_groups, weights, strict=True):
            group["params"][0].copy_(weight)
    train(resumed, scheduler, 20)
    for one, other in zip(whole.param_groups, resumed.param_groups, strict=True):
        assert torch.equal(one["params"][0], other["params"][0])


@pytest.mark.parametrize("order", ORDERS)
def test_a_loaded_state_is_the_saved_state(order: str) -> None:
    """Loading and saving without a step between changes nothing."""
    saved = saved_at(RECIPES["plan"], 7)
    optimizer, scheduler = resume(RECIPES["plan"], saved, order)
    assert scheduler.state_dict() == saved["scheduler"]
    assert optimizer.state_dict()["param_groups"] == saved["optimizer"]["param_groups"]


def test_saving_does_not_change_training() -> None:
    """A run whose state is taken at every step equals one that is never saved."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, RECIPES["plan"], horizon=HORIZON)
    found = []
    for _ in range(HORIZON):
        found.append(hyperparameters(optimizer))
        optimizer.state_dict(), scheduler.state_dict()
        scheduler.step()
    assert found == straight(RECIPES["plan"], HORIZON, 0, HORIZON - 1)


def test_plain_torch_reads_the_optimizer_state() -> None:
    """An optimizer without lehr loads and trains on; the extra key is a plain text."""
    saved = saved_at(linear(), 20)
    optimizer = make_optimizer()
    optimizer.load_state_dict(saved["optimizer"])
    assert [group["lr"] for group in optimizer.param_groups] == [0.5 * peak for peak in PEAKS]
    assert all(isinstance(group["lehr"], str) for group in optimizer.param_groups)
    optimizer.step()


def test_a_load_that_bypasses_the_hooks_is_noticed() -> None:
    """Optimizers that load without torch's hooks are caught up with at the next step()."""
    saved = saved_at(linear(), 20)
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
    groups = copy.deepcopy(saved["optimizer"]["param_groups"])
    for group, own in zip(groups, optimizer.param_groups, strict=True):
        group["params"] = own["params"]
    optimizer.__setstate__({"param_groups": groups})
    scheduler.step()
    assert scheduler.last_epoch == 21
    assert scheduler.get_last_lr() == [peak * linear().over(HORIZON)(21) for peak in PEAKS]


@pytest.mark.parametrize("how", ["deepcopy", "pickle"])
def test_a_copied_scheduler_goes_on_with_its_own_optimizer(how: str) -> None:
    """A copy takes its optimizer with it, goes on alone, and its state travels too."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, RECIPES["plan"], horizon=HORIZON)
    train(optimizer, scheduler, 7)
    other = copy.deepcopy(scheduler) if how == "deepcopy" else pickle.loads(pickle.dumps(scheduler))
    assert other.optimizer is not optimizer
    assert other.state_dict() == scheduler.state_dict()
    ahead = trajectory(other.optimizer, other, 20)
    assert ahead == straight(RECIPES["plan"], HORIZON, 7, 20)
    assert scheduler.last_epoch == 7
    other.optimizer.load_state_dict(optimizer.state_dict())
    assert other.last_epoch == 7


def test_several_optimizers_resume_each_by_itself() -> None:
    """Two optimizers at different steps keep them."""
    pairs = []
    for steps in (3, 9):
        optimizer = make_optimizer()
        scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
        train(optimizer, scheduler, steps)
        pairs.append(optimizer.state_dict())
    found = []
    for state in pairs:
        optimizer = make_optimizer()
        optimizer.load_state_dict(state)
        found.append(Scheduler(optimizer, linear(), horizon=HORIZON))
    assert [scheduler.last_epoch for scheduler in found] == [3, 9]


def test_a_late_group_resumes_from_before_and_after_its_first_step() -> None:
    """A group added at step 5 goes on as in the straight run, saved at once or later."""

    def run(save_at: tuple[int, str] | None) -> tuple[list[list[float]], dict[str, object] | None]:
        optimizer = make_optimizer()
        scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
        saved, lrs = None, []
        for index in range(10):
            if index == 5:
                late = {"params": [torch.nn.Parameter(torch.ones(2))], "lr": 0.7}
                optimizer.add_param_group(late)
            lrs.append([group["lr"] for group in optimizer.param_groups])
            if save_at and save_at[0] == index:
                part = optimizer if save_at[1] == "optimizer" else scheduler
                saved = part.state_dict()
            scheduler.step()
        return lrs, saved

    expected, _ = run(None)
    assert expected[5][2] == 0.7
    assert expected[6][2] == 0.7 * linear().over(HORIZON)(6)
    for at, part, before in itertools.product((5, 6), ("optimizer", "scheduler"), (True, False)):
        _, saved = run((at, part))
        optimizer = make_optimizer(peaks=(*PEAKS, 0.7))
        if part == "optimizer" and before:
            optimizer.load_state_dict(saved)
        scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
        if part == "scheduler" or not before:
            (optimizer if part == "optimizer" else scheduler).load_state_dict(saved)
        lrs = []
        for _ in range(at, 10):
            lrs.append([group["lr"] for group in optimizer.param_groups])
            scheduler.step()
        assert lrs == expected[at:]
