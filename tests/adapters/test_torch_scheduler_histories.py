"""Whatever a training loop does to optimizer and Scheduler, the lr is that of a plain model."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lehr.adapters.torch import Scheduler
from lehr.schedule import cosine, hold, warmup

HORIZON = 30
SCHEDULE = warmup("20%") >> hold() >> cosine("40%", final=0.1)


@dataclass(frozen=True)
class Model:
    """What is to be right: the slow, plain twin of a Scheduler."""

    position: int = 0
    peaks: tuple[float, ...] = (0.1,)
    pending: tuple[float, ...] = ()  # groups added since the last step

    def step(self) -> Model:
        return Model(self.position + 1, self.peaks + self.pending)

    def lrs(self) -> list[float]:
        factor = SCHEDULE.over(HORIZON)(self.position)
        return [*(peak * factor for peak in self.peaks), *self.pending]


@dataclass
class Loop:
    """A training loop and its model, with the checkpoints it has written."""

    model: Model = field(default_factory=Model)
    saved: list[tuple[Model, dict, dict]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin(self.model.peaks)
        self.scheduler = self.new_scheduler()

    def begin(self, peaks: tuple[float, ...]) -> None:
        groups = [{"params": [torch.nn.Parameter(torch.ones(1))], "lr": lr} for lr in peaks]
        self.optimizer = torch.optim.SGD(groups)

    def new_scheduler(self) -> Scheduler:
        return Scheduler(self.optimizer, SCHEDULE, horizon=HORIZON)

    def step(self, number: int) -> None:
        for _ in range(1 + number % 4):
            self.scheduler.step()
            self.model = self.model.step()

    def save(self, _: int) -> None:
        states = self.optimizer.state_dict(), self.scheduler.state_dict()
        self.saved.append((self.model, *copy.deepcopy(states)))

    def add_group(self, number: int) -> None:
        lr = 0.01 * (1 + number)
        self.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": lr})
        self.model = replace(self.model, pending=(*self.model.pending, lr))

    def write_outside(self, number: int) -> None:
        """Overwrite an lr, and step, which undoes it."""
        scheduled = len(self.model.peaks)
        self.optimizer.param_groups[number % scheduled]["lr"] = 123.0
        self.step(0)

    def copy_all(self, _: int) -> None:
        self.scheduler = copy.deepcopy(self.scheduler)
        self.optimizer = self.scheduler.optimizer

    def go_to(self, number: int) -> None:
        self.scheduler.last_epoch = number
        self.model = Model(number, self.model.peaks + self.model.pending)

    def restart(self, number: int) -> None:
        """Load one of the checkpoints in a new process, in one of the orders."""
        if self.saved:
            model, optimizer, scheduler = self.saved[number % len(self.saved)]
            self.begin(model.peaks + model.pending)
            order = number % 5
            if order in (0, 1):
                self.optimizer.load_state_dict(optimizer)
            self.scheduler = self.new_scheduler()
            if order in (1, 3, 4):
                self.scheduler.load_state_dict(scheduler)
            if order in (2, 4):
                self.optimizer.load_state_dict(optimizer)
            self.model = model

    def roll_back(self, number: int) -> None:
        """Load one of the checkpoints in the same process."""
        if self.saved:
            model, optimizer, scheduler = self.saved[number % len(self.saved)]
            if model.peaks + model.pending == self.model.peaks + self.model.pending:
                self.optimizer.load_state_dict(optimizer)
                self.scheduler.load_state_dict(scheduler)
                self.model = model


ACTIONS = (
    Loop.step,
    Loop.save,
    Loop.add_group,
    Loop.write_outside,
    Loop.copy_all,
    Loop.go_to,
    Loop.restart,
    Loop.roll_back,
)


@settings(max_examples=150, deadline=None)
@given(history=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 40)), max_size=15))
def test_the_lr_is_always_that_of_the_model(history) -> None:
    """Steps, checkpoints, late groups, copies, jumps, restarts and rollbacks in any order."""
    loop = Loop()
    for action, number in history:
        action(loop, number)
        assert [group["lr"] for group in loop.optimizer.param_groups] == loop.model.lrs()
        assert loop.scheduler.last_epoch == loop.model.position
