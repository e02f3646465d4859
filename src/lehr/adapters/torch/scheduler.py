"""Scheduler: a plan, run in a PyTorch training loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Never, get_args

import torch
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.hooks import RemovableHandle

from lehr.adapters.torch.assignment import Assignment
from lehr.adapters.torch.checks import check_foreign, check_same, check_unmoved, check_word
from lehr.adapters.torch.course import Channel, Course
from lehr.adapters.torch.hooks import attach
from lehr.adapters.torch.slot import as_float
from lehr.adapters.torch.state import ATTACHED, KEY, State
from lehr.errors import StateError, StepError
from lehr.schedule import Clock, Plan, Schedule

OnChange = Literal["raise", "adopt"]
Advance = Literal["attempted", "applied"]


class Scheduler(LRScheduler):
    """Runs a schedule or a plan: a torch `LRScheduler` that is right after any resume.

    The peak lr is the optimizer's own lr; every param group has its own. Construction writes the
    hyper-parameters of update 0, and each `step()`, called after `optimizer.step()`, those of the
    next update. Past the horizon the last value holds. An lr written from outside is overwritten
    at the next `step()`; tensors are filled in place.

    Its state (step, horizon, own values, plans) also travels in the optimizer's state, written
    when that state is taken. Loading either of them, or both in either order, the optimizer's
    before construction or after, restores the step and writes the hyper-parameters anew; the lr
    in a file is not trusted. A state that was saved without a Scheduler brings the optimizer's
    moments only: the step stays, and an lr in it that is not the peak is an error.

    Args:
        optimizer: whose hyper-parameters are written. One optimizer has one Scheduler.
        schedule: of the lr, or a plan of several hyper-parameters.
        horizon: optimizer steps of the run.
        groups: plans of param groups by their `name`; other groups follow `schedule`. A group
            that is added to the optimizer later is scheduled from the next `step()` on.
        on_change: what to do with a state that was saved under another schedule, horizon or own
            value. "raise" (default) is an error that shows both, for it is rarely meant; "adopt"
            keeps the step of the state and uses what this Scheduler was constructed with.
        advance: which calls of `step()` count. "attempted" (default): all, also after an update
            that GradScaler skipped. "applied": those after an update that was made, so that
            skipped updates, batches that are only accumulated and repeated calls do not move the
            schedule; a fused optimizer under GradScaler is waited for, as GradScaler itself waits
            for others.
        clock: what a step is worth, for durations in epochs, tokens or samples.

    Raises:
        ScheduleError: a plan that does not fit the horizon or the optimizer.
        StateError: the optimizer has a Scheduler already, or has loaded the state of another run.
        StepError: `optimizer` is not a torch optimizer, or a word is not known.

    >>> from lehr.schedule import linear
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    >>> scheduler = Scheduler(optimizer, linear(), horizon=4)
    >>> for _ in range(6):
    ...     print(scheduler.last_epoch, *scheduler.get_last_lr())
    ...     optimizer.step()
    ...     scheduler.step()
    0 0.5
    1 0.375
    2 0.25
    3 0.125
    4 0.0
    5 0.0
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        schedule: Schedule | Plan,
        *,
        horizon: int,
        groups: Mapping[str, Schedule | Plan] | None = None,
        on_change: OnChange = "raise",
        advance: Advance = "attempted",
        clock: Clock | None = None,
    ) -> None:
        # LRScheduler.__init__ is not called: it would wrap optimizer.step and start a recursion.
        if not isinstance(optimizer, torch.optim.Optimizer):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
            raise StepError("not a torch optimizer", value=type(optimizer).__name__)
        if isinstance(getattr(optimizer, "optimizer", None), torch.optim.Optimizer):
            raise StepError(
                "this optimizer wraps the one that is trained with",
                value=type(optimizer).__name__,
                rule="a Scheduler writes into the optimizer itself; wrappers then see the same",
                fix="Scheduler(optimizer.optimizer, …), or construct it before the wrapper",
            )
        check_word("on_change", on_change, get_args(OnChange))
        check_word("advance", advance, get_args(Advance))
        if any(group.get(KEY) == ATTACHED for group in optimizer.param_groups):
            raise _second_scheduler()
        assignment = Assignment(schedule, named=groups or {}, horizon=horizon, clock=clock)
        assignment.check_names(optimizer.param_groups)
        self._begin(optimizer, assignment, on_change, advance)
        saved = State.from_groups(optimizer.param_groups)
        if saved is not None:
            self._course.take_own_values(saved)
            self._check(saved, "optimizer")
        elif on_change == "raise":
            check_unmoved(optimizer)
        self._go_on(saved, "optimizer")
        self._handles = self._attach()

    def _begin(
        self,
        optimizer: torch.optim.Optimizer,
        assignment: Assignment,
        on_change: OnChange,
        advance: Advance,
    ) -> None:
        self.optimizer = optimizer
        self._on_change: OnChange = on_change
        self._counts_attempts = advance == "attempted"
        self._due = self._counts_attempts  # whether the next step() counts
        self._course = Course(optimizer, assignment)
        self._loaded: tuple[str, int] | None = None  # the half of a checkpoint loaded last
        # Factors of the steps [start, start + rows), and the groups that they are written into;
        # the optimizer holds the hyper-parameters of step start + row.
        self._channels: list[Channel] = []
        self._start = self._row = self._rows = self._count = 0
        self._groups = optimizer.param_groups
        self._last: object = None
        self._handles: list[RemovableHandle] = []
        self._step_count = 1  # Accelerate increments it; nothing here depends on it

    def step(self, *arguments: object, **signals: object) -> None:
        """Write the hyper-parameters of the next update; call it after `optimizer.step()`.

        With `advance="applied"` nothing happens unless the optimizer has made an update.

        Raises:
            StepError: called with an argument, or after `detach()`.
        """
        if arguments or signals:
            raise _not_accepted(arguments, signals)
        if not self._due:
            return
        self._due = self._counts_attempts
        groups = self.optimizer.param_groups
        row = self._row + 1
        if (
            row >= self._rows
            or groups is not self._groups
            or len(groups) != self._count
            or groups[-1] is not self._last
        ):
            self._look_ahead()
            row = 0
        self._row = row
        for write, factors in self._channels:
            write(factors[row])

    @property
    def last_epoch(self) -> int:
        """The update, from 0, whose hyper-parameters the optimizer holds (torch's name for it).

        Assigning it goes there: `scheduler.last_epoch = 700` starts a schedule in the middle.
        """
        return self._start + self._row

    @last_epoch.setter
    def last_epoch(self, value: int) -> None:
        if value < 0:
            raise StepError(
                "a schedule has no step before 0",
                value=f"last_epoch = {value}",
                rule="a Scheduler is not a part of SequentialLR or ChainedScheduler",
                fix="join schedules instead: warmup(100) >> cosine()",
            )
        self._see_groups()
        self._loaded = None
        self._write(value)

    @property
    def base_lrs(self) -> list[float | torch.Tensor]:
        """Peak lr of each scheduled group; assign a list to change them at once."""
        return [self._course.peak(index) for index in range(self._course.count)]

    @base_lrs.setter
    def base_lrs(  # pyright: ignore[reportIncompatibleVariableOverride] - torch has an attribute
        self, values: Sequence[float | torch.Tensor]
    ) -> None:
        self._see_groups()
        if len(values) != self._course.count:
            raise StepError(
                "not one peak lr for each param group",
                value=f"{len(values)} for {self._course.count} groups",
            )
        for index, value in enumerate(values):
            self._course.set_peak(index, as_float(value))
        self._course.lay_out(self._course.count)
        self._write(self.last_epoch)

    def get_last_lr(self) -> list[float | torch.Tensor]:
        """Give the lr that each param group holds now; a tensor is copied."""
        values = [group["lr"] for group in self.optimizer.param_groups]
        return [v.clone() if isinstance(v, torch.Tensor) else v for v in values]

    @property
    def horizon(self) -> int:
        """Optimizer steps of the run."""
        return self._course.assignment.default.horizon

    def hyperparameters(self) -> dict[str, float]:
        """Give what is scheduled as it is now, for logs: `head/lr` in a group behind the first.

        >>> from lehr.schedule import Plan, linear
        >>> optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        >>> Scheduler(optimizer, Plan(weight_decay=linear()), horizon=4).hyperparameters()
        {'lr': 0.5, 'weight_decay': 0.01}
        """
        return self._course.read()

    def get_lr(self) -> list[float | torch.Tensor]:
        """Give the same as `get_last_lr()`: nothing depends on when it is called."""
        return self.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """Give the state as plain numbers, texts, lists and dicts."""
        return self._state().as_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to the step of a saved state and write its hyper-parameters.

        Raises:
            StateError: of another schedule, horizon or own value (see `on_change`), of another
                number of groups, of another step than the optimizer's state loaded just before,
                or not the state of a Scheduler. Nothing has changed then.
        """
        saved = State.from_dict(state_dict)
        self._see_groups()
        if len(saved.groups) != self._course.count:
            raise StateError(
                "the saved run had another number of param groups",
                value=f"saved {len(saved.groups)}, now {self._course.count}",
                rule="a run goes on with the param groups it was saved with",
            )
        self._check(saved, "scheduler")
        self._course.put_back(saved.scheduled)
        self._go_on(saved, "scheduler")

    def detach(self) -> None:
        """Hand the optimizer back as it was: with its own hyper-parameters, and no Scheduler.

        Another Scheduler can then be constructed for it; one with `on_change="adopt"` that loads
        the `state_dict()` of this one goes on from its step.
        """
        self._see_groups()
        self._course.put_back(0)
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._rows = 0  # so that the next step() finds out

    def __repr__(self) -> str:
        return f"Scheduler({self._course.assignment}; step {self.last_epoch})"

    def __getstate__(self) -> dict[str, object]:
        return {
            "optimizer": self.optimizer,
            "assignment": self._course.assignment,
            "on_change": self._on_change,
            "advance": "attempted" if self._counts_attempts else "applied",
            "state": self._state(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Become the copy of a Scheduler, for the copy of its optimizer."""
        self._begin(*(state[key] for key in ("optimizer", "assignment", "on_change", "advance")))
        self._course.recall(state["state"])
        self._go_on(state["state"], "copy")
        self._loaded = None
        self._handles = self._attach()

    def __copy__(self) -> Never:
        raise _second_scheduler()

    def after_save(self, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:  # noqa: ARG002 - the signature of a hook
        """Write the state into the param groups of an optimizer state that was taken."""
        texts = self._state().texts()
        for group, text in zip(state["param_groups"], texts, strict=True):
            if text is not None:
                group[KEY] = text

    def before_load(self, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        """Refuse an optimizer state that does not belong here, before any of it is loaded."""
        groups = state["param_groups"]
        if len(groups) != len(optimizer.param_groups):
            return  # torch says so
        if not self._course.replaced:
            self._course.meet()
        saved = State.from_groups(groups)
        if saved is not None:
            self._check(saved, "optimizer")
        elif self._on_change == "raise":
            peaks = [self._course.peak(index) for index in range(len(groups))]
            check_foreign(groups, self._course.groups, peaks, self.last_epoch)

    def after_load(self, optimizer: torch.optim.Optimizer) -> None:
        """Go to the step that came with an optimizer state; without one, stay."""
        self._go_on(State.from_groups(optimizer.param_groups), "optimizer")

    def after_step(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """Notice an update that was made; a fused optimizer skips its own under GradScaler."""
        found_inf = getattr(optimizer, "found_inf", None)
        if found_inf is None or not found_inf.item():
            self._due = True

    def _attach(self) -> list[RemovableHandle]:
        return attach(self.optimizer, self, steps=not self._counts_attempts)

    def _state(self) -> State:
        if self._course.moved:
            self._see_groups()
        return self._course.describe(self.last_epoch)

    def _check(self, saved: State, source: str) -> None:
        if self._on_change == "raise":
            now = self._course.describe(self.last_epoch)
            check_same(saved, now, self.optimizer.param_groups)
        other, position = self._loaded or (source, saved.position)
        if other != source and position != saved.position:
            raise StateError(
                "optimizer and scheduler were saved at different steps",
                value=f"{other} at step {position}, {source} at step {saved.position}",
                rule="both halves of a checkpoint are of one step",
            )

    def _go_on(self, saved: State | None, source: str) -> None:
        """Go to the step of `saved`, if there is one, and write everything anew."""
        if saved is None:
            self._course.meet()
            self._course.lay_out(len(self.optimizer.param_groups))
        else:
            self._course.continue_from(saved)
            complete = self._loaded is not None and self._loaded[0] != source
            self._loaded = None if complete else (source, saved.position)
        self._write(self.last_epoch if saved is None else saved.position)

    def _write(self, position: int) -> None:
        self._course.write(position)
        self._start, self._row, self._rows = position, 0, 0

    def _look_ahead(self) -> None:
        self._see_groups()
        self._loaded = None
        start = self.last_epoch + 1
        self._channels, self._rows = self._course.channels(start)
        self._start, self._row = start, 0
        self._groups, self._count = self._course.groups, self._course.count
        self._last = self._course.last

    def _see_groups(self) -> None:
        """Notice groups that were added, and a state that was loaded without the hooks."""
        if not self._handles:
            raise StepError(
                "this Scheduler was detached from its optimizer",
                fix="scheduler = Scheduler(optimizer, …)",
            )
        if self._course.replaced:
            self.before_load(self.optimizer, {"param_groups": self.optimizer.param_groups})
            self.after_load(self.optimizer)
        else:
            self._course.meet()


def _second_scheduler() -> StateError:
    return StateError(
        "this optimizer has a Scheduler already, or is the copy of one that has",
        rule="one optimizer has one Scheduler, which alone writes its hyper-parameters",
        fix="scheduler.detach() first; copy.deepcopy(scheduler) copies both",
    )


def _not_accepted(arguments: tuple[object, ...], signals: dict[str, object]) -> StepError:
    given = [*map(repr, arguments), *(f"{name}={value!r}" for name, value in signals.items())]
    return StepError(
        "step() takes no argument here",
        value=f"step({', '.join(given)})",
        rule="a schedule depends on nothing but the number of steps taken",
        fix="scheduler.step(); to go to a step: scheduler.last_epoch = step",
    )
