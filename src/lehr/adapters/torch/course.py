"""Which factors go where: schedules over the param groups of an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import cast

import torch

from lehr.adapters.torch.assignment import Assignment
from lehr.adapters.torch.hyperparameters import Hyperparameters
from lehr.adapters.torch.slot import slot_of, slots_of
from lehr.adapters.torch.state import ATTACHED, KEY, GroupState, State
from lehr.adapters.torch.writer import Write
from lehr.errors import ScheduleError
from lehr.schedule import BoundSchedule

Channel = tuple[Write, Sequence[float]]
"""What writes a factor, and the factors of the steps ahead."""

# Factors are computed for this many steps at once, or for fewer if there are many distinct
# schedules, so that never more than a few MB are kept.
_STEPS_AHEAD = 1024
_FACTORS_KEPT = 2**17


class Course:
    """The scheduled param groups: their own values, and which schedule is written where.

    The scheduled groups are the first `count` of the optimizer; those behind them were added
    since the last step and are met at the next.

    Args:
        optimizer: whose param groups are scheduled.
        assignment: the plan of each group.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, assignment: Assignment) -> None:
        self.assignment = assignment
        self.groups = optimizer.param_groups
        self.count = len(self.groups)
        self.last: object = self.groups[-1] if self.groups else None
        self._optimizer = optimizer
        self._hyperparameters = Hyperparameters(optimizer)
        self._targets: list[tuple[Write, BoundSchedule]] = []
        slots = slots_of(optimizer.defaults)
        self._defaults = {name: slot.read(optimizer.defaults) for name, slot in slots.items()}

    @property
    def moved(self) -> bool:
        """Whether the scheduled groups are no longer the first ones of the optimizer."""
        groups = self._optimizer.param_groups
        return len(groups) < self.count or (
            self.count > 0 and groups[self.count - 1] is not self.last
        )

    @property
    def replaced(self) -> bool:
        """Whether every group is another one in the same place, as after loading a state."""
        groups = self._optimizer.param_groups
        return len(groups) == len(self.groups) and not any(map(is_, groups, self.groups))

    def peak(self, group: int) -> float:
        """Give the own lr of a group."""
        return self._hyperparameters.own("lr", group)

    def set_peak(self, group: int, value: float) -> None:
        """Change the own lr of a group; `lay_out` then puts it to use."""
        self._hyperparameters.set_own("lr", group, value)

    def channels(self, position: int) -> tuple[list[Channel], int]:
        """Compute factors ahead: the channels, and for how many steps from `position` on."""
        distinct = {schedule for _, schedule in self._targets}
        steps = min(_STEPS_AHEAD, max(1, _FACTORS_KEPT // len(distinct))) if distinct else 0
        factors = {s: s.values(position, position + steps).tolist() for s in distinct}
        return [(write, factors[schedule]) for write, schedule in self._targets], steps

    def write(self, position: int) -> None:
        """Write the hyper-parameters of one update."""
        for write, schedule in self._targets:
            write(schedule(position))

    def read(self) -> dict[str, float]:
        """Give what the scheduled groups hold of what their plans schedule."""
        values: dict[str, float] = {}
        for index, group in enumerate(self.groups[: self.count]):
            prefix = f"{group.get('name', index)}/" if index else ""
            for name in self.assignment.of(group).schedules:
                values[f"{prefix}{name}"] = slot_of(name, group).read(group)
        return values

    def meet(self) -> None:
        """See whether groups were added, removed or replaced since the last step."""
        groups = self._optimizer.param_groups
        same = groups is self.groups and len(groups) == self.count
        if not same or (groups and groups[-1] is not self.last):
            self._hyperparameters.meet()
            self.lay_out(len(groups))

    def lay_out(self, count: int) -> None:
        """Find out which schedules are written where, in the first `count` groups.

        Raises:
            ScheduleError: a group lacks what its plan schedules, or two schedules have one target.
        """
        members: dict[tuple[str, BoundSchedule, bool], list[int]] = {}
        taken: dict[object, tuple[str, BoundSchedule, bool]] = {}
        groups = self._optimizer.param_groups
        for index, group in enumerate(groups[:count]):
            plan = self.assignment.of(group)
            for name, schedule in plan.items:
                key = (name, schedule, name in plan.absolute)
                slot = slot_of(name, group)
                value = slot.get(group)
                target = id(value) if isinstance(value, torch.Tensor) else (index, slot)
                if taken.setdefault(target, key) != key:
                    raise _two_for_one(taken[target], key)
                members.setdefault(key, []).append(index)
        self.groups, self.count = groups, count
        self.last = groups[count - 1] if count else None
        self._hyperparameters.forget(count)
        self._targets = [
            (write, schedule)
            for (name, schedule, absolute), indices in members.items()
            for write in self._hyperparameters.writers(name, indices, absolute=absolute)
        ]
        for index, group in enumerate(groups[:count]):
            group[KEY] = ATTACHED
            group["initial_lr"] = self.peak(index)

    def describe(self, position: int) -> State:
        """Give what is to be remembered at `position`."""
        groups = self._optimizer.param_groups
        plans = [self.assignment.of(group) for group in groups[: self.count]]
        scheduled = [
            GroupState(
                plan=str(plan.plan),
                own={name: self._hyperparameters.own(name, i) for name, _ in plan.items},
            )
            for i, plan in enumerate(plans)
        ]
        planned = {name for group in scheduled for name in group.own}
        default = self.assignment.default
        return State(
            position=position,
            horizon=default.horizon,
            clock=repr(default.clock) if default.clock else "",
            defaults={n: v for n, v in self._defaults.items() if n in planned},
            groups=(*scheduled, *[None] * (len(groups) - self.count)),
        )

    def take_own_values(self, saved: State) -> None:
        """Take the own values from the state of a run that this optimizer has loaded.

        The lr in such an optimizer is that of the saved step. What its constructor was given is
        still known for values that came from its defaults, and stands.
        """
        for index, group in enumerate(saved.groups):
            for name, own in group.own.items() if group else ():
                from_default = saved.defaults.get(name) == own
                asked = self._defaults.get(name, own) if from_default else own
                self._hyperparameters.set_own(name, index, asked)

    def recall(self, saved: State) -> None:
        """Take the own values and defaults of the Scheduler that this is a copy of."""
        self._defaults |= saved.defaults
        self.take_own_values(saved)

    def continue_from(self, saved: State) -> None:
        """Schedule the groups that were scheduled in `saved`, and no others yet.

        What `saved` scheduled and the plans here do not goes back to its own value.
        """
        self._hyperparameters.meet()
        for index in range(saved.scheduled):
            own = cast("GroupState", saved.groups[index]).own
            plan = self.assignment.of(self._optimizer.param_groups[index])
            for name in own.keys() - plan.schedules.keys():
                self._hyperparameters.put_back(name, index)
        self.lay_out(saved.scheduled)

    def put_back(self, start: int) -> None:
        """Give the scheduled groups from index `start` on their own values."""
        for index in range(start, self.count):
            group = self.groups[index]
            for name in self.assignment.of(group).schedules:
                self._hyperparameters.put_back(name, index)
            del group[KEY]  # initial_lr stays: it says that lr is the group's own


def _two_for_one(
    one: tuple[str, BoundSchedule, bool], other: tuple[str, BoundSchedule, bool]
) -> ScheduleError:
    return ScheduleError(
        "two schedules for one hyper-parameter",
        value=f"{one[0]}={one[1].schedule} and {other[0]}={other[1].schedule}",
        rule="momentum and betas are one thing where an optimizer has betas; "
        "groups that share one lr tensor share its schedule",
        fix="schedule one of them, or give each group an lr tensor of its own",
    )
