"""The one writer of hyper-parameters into an optimizer's param groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch

from lehr.adapters.torch.slot import Slot, slot_of, slots_of
from lehr.adapters.torch.writer import Write, writers


class Hyperparameters:
    """What an optimizer's hyper-parameters are by themselves, and the writing of others.

    The own values of every param group are read when the group is first met: at construction, or
    when it is found in the optimizer later. A group's own lr is its `initial_lr` if a scheduler
    left one, else its `lr`. Own values stay what they were when the optimizer loads a state.

    Args:
        optimizer: any torch optimizer.

    >>> optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    >>> hyperparameters = Hyperparameters(optimizer)
    >>> hyperparameters.write("lr", 0.5)
    >>> hyperparameters.write("momentum", 0.8, absolute=True)
    >>> optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["betas"]
    (0.05, (0.8, 0.999))
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer
        self._groups: list[dict[str, object]] = []
        self._met: list[dict[str, object]] = []
        self._own: list[dict[Slot, float]] = []
        self._writers: dict[tuple[str, bool], list[Write]] = {}
        self.meet()

    def __len__(self) -> int:
        return len(self._own)

    def write(self, name: str, factor: float, *, absolute: bool = False) -> None:
        """Set a hyper-parameter of every group to its own value × `factor`.

        Tensors are filled in place and keep their identity.

        Args:
            name: `lr`, `momentum`, `betas`, `weight_decay` or another number of the groups.
            factor: of the own value; the value itself if `absolute`.
            absolute: whether `factor` replaces the own value.

        Raises:
            ScheduleError: a group has no such number.
        """
        groups = self._optimizer.param_groups
        if groups is not self._groups or len(groups) != len(self._own):
            self.meet()
        if (name, absolute) not in self._writers:
            self._writers[name, absolute] = self.writers(name, range(len(self)), absolute=absolute)
        for write in self._writers[name, absolute]:
            write(factor)

    def writers(self, name: str, groups: Iterable[int], *, absolute: bool = False) -> list[Write]:
        """Make what writes `name` into the groups of these indices."""
        members: dict[Slot, list[int]] = {}
        for index in groups:
            members.setdefault(self._slot(name, index), []).append(index)
        return [
            write
            for slot, indices in members.items()
            for write in writers(
                self._groups,
                slot=slot,
                bases={i: 1.0 if absolute else self._own[i][slot] for i in indices},
            )
        ]

    def own(self, name: str, group: int) -> float:
        """Give the own value of a group's hyper-parameter."""
        return self._own[group][self._slot(name, group)]

    def set_own(self, name: str, group: int, value: float) -> None:
        """Change the own value; the group itself changes at the next write."""
        self._own[group][self._slot(name, group)] = value
        self._writers.clear()

    def put_back(self, name: str, group: int) -> None:
        """Write the own value into the group."""
        self._slot(name, group).put(self._optimizer.param_groups[group], self.own(name, group))

    def meet(self) -> None:
        """Read the own values of groups not met before, and drop those of groups that are gone.

        Groups that were all replaced, as `load_state_dict` does, are the same groups in order.
        """
        groups = self._optimizer.param_groups
        known = {id(group): own for group, own in zip(self._met, self._own, strict=True)}
        loaded = groups is not self._groups and len(groups) == len(self._own)
        if loaded and not any(id(group) in known for group in groups):
            known = {id(group): own for group, own in zip(groups, self._own, strict=True)}
        before = [(group, known[id(group)]) for group in groups if id(group) in known]
        self._own = [known.get(id(group)) or _own_values(group, before) for group in groups]
        self._groups, self._met = groups, list(groups)
        self._writers.clear()

    def forget(self, count: int) -> None:
        """Keep only the first `count` groups; the others are met anew."""
        del self._met[count:], self._own[count:]
        self._writers.clear()

    def _slot(self, name: str, group: int) -> Slot:
        return slot_of(name, self._optimizer.param_groups[group])


def _own_values(
    group: Mapping[str, object], known: Iterable[tuple[Mapping[str, object], Mapping[Slot, float]]]
) -> dict[Slot, float]:
    """Read a new group; a tensor it shares with a known group has that group's own value."""
    own = {slot: slot.read(group) for slot in set(slots_of(group).values())}
    if group.get("initial_lr") is not None:
        own[Slot("lr")] = Slot("initial_lr").read(group)
    for other, values in known:
        for slot in own.keys() & values.keys():
            tensor = slot.get(group)
            if isinstance(tensor, torch.Tensor) and slot.get(other) is tensor:
                own[slot] = values[slot]
    return own
