"""A resumed Scheduler is right or says what is wrong, whatever is loaded in whichever order."""

from __future__ import annotations

import copy
import io
import itertools
import pickle

import pytest
import torch

from lehr.adapters.torch import Scheduler
from lehr.catalog import RECIPES as RECIPES_OF_THE_CATALOG
from lehr.catalog import Recipe, parse
from lehr.errors import StateError
from lehr.schedule import (
    Plan,
    Schedule,
    absolute,
    constant,
    cosine,
    exponential,
    hold,
    linear,
    maximum,
    multi_step,
    polynomial,
    rex,
    rsqrt,
    step,
    warmup,
)

HORIZON, LONGER = 40, 80
PEAKS = (0.1, 0.03)

RECIPES: dict[str, Schedule | Plan] = {
    "constant": constant(),
    "linear": linear(),
    "cosine": cosine(final=0.01),
    "warmup, cosine": warmup("10%") >> cosine(),
    "warmup, hold, cooldown": warmup(5) >> hold() >> linear("20%"),
    "polynomial": polynomial(power=2),
    "rex": warmup(3) >> rex(),
    "exponential": exponential(0.9),
    "step": step(7, factor=0.5),
    "multi_step": multi_step([10, 30], factor=0.1),
    "rsqrt": warmup(4) >> rsqrt(8),
    "cycles": cosine(10).repeat(stretch=1.5, shrink=0.8),
    "product": 0.5 * cosine() * linear(final=0.1),
    "clipped": maximum(linear(), constant(0.25)).clip(max=0.9),
    "plan": Plan(
        lr=warmup("10%") >> cosine(),
        momentum=linear(final=0.9),
        weight_decay=absolute(linear(start=0.1, final=0.01)),
    ),
}

# What is loaded, and when: before the Scheduler is constructed | after.
ORDERS = {
    "optimizer |": ("optimizer", "|"),
    "| optimizer": ("|", "optimizer"),
    "| scheduler": ("|", "scheduler"),
    "optimizer | scheduler": ("optimizer", "|", "scheduler"),
    "| optimizer, scheduler": ("|", "optimizer", "scheduler"),
    "| scheduler, optimizer": ("|", "scheduler", "optimizer"),
}


def make_optimizer(peaks: tuple[float, ...] = PEAKS) -> torch.optim.AdamW:
    groups = [{"params": [torch.nn.Parameter(torch.ones(2))], "lr": lr} for lr in peaks]
    return torch.optim.AdamW(groups)


def train(optimizer: torch.optim.Optimizer, scheduler: Scheduler, steps: int) -> None:
    for _ in range(steps):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = torch.full_like(parameter, 0.5)
        optimizer.step()
        scheduler.step()


def hyperparameters(optimizer: torch.optim.Optimizer) -> list[tuple[float, ...]]:
    return [(float(g["lr"]), *g["betas"], g["weight_decay"]) for g in optimizer.param_groups]


def trajectory(optimizer: torch.optim.Optimizer, scheduler: Scheduler, steps: int) -> list[object]:
    """What the optimizer holds for this and each of the next updates."""
    found = [hyperparameters(optimizer)]
    for _ in range(steps):
        scheduler.step()
        found.append(hyperparameters(optimizer))
    return found


def straight(recipe: Schedule | Plan, horizon: int, start: int, steps: int) -> list[object]:
    """The trajectory of a run that never stopped."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, recipe, horizon=horizon)
    return trajectory(optimizer, scheduler, start + steps)[start:]


def saved_at(recipe: Schedule | Plan, steps: int) -> dict[str, dict[str, object]]:
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, recipe, horizon=HORIZON)
    train(optimizer, scheduler, steps)
    return through_a_file(
        {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    )


def through_a_file(state: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def resume(
    recipe: Schedule | Plan, saved: dict[str, dict[str, object]], order: str, **options: object
) -> tuple[torch.optim.Optimizer, Scheduler]:
    optimizer = make_optimizer()
    scheduler = None
    for what in ORDERS[order]:
        if what == "|":
            scheduler = Scheduler(optimizer, recipe, **{"horizon": HORIZON, **options})
        elif what == "optimizer":
            optimizer.load_state_dict(saved["optimizer"])
        else:
            scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler


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


def test_a_copied_optimizer_does_not_pass_for_a_new_one() -> None:
    """A copy made without its state does not restart the schedule from a decayed lr."""
    optimizer = make_optimizer()
    scheduler = Scheduler(optimizer, linear(), horizon=HORIZON)
    scheduler.step()
    with pytest.raises(StateError, match="copy of one that has"):
        Scheduler(copy.deepcopy(optimizer), linear(), horizon=HORIZON)


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
