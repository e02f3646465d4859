"""Where a hyper-parameter lives in an optimizer's param group."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import SupportsFloat, cast

import torch

from lehr.errors import ScheduleError, did_you_mean


@dataclass(frozen=True)
class Slot:
    """One place in a param group: `group[key]`, or `group[key][index]`.

    Attributes:
        key: of the group (`lr`, `weight_decay`, `betas`).
        index: into the sequence kept there; None for a plain value.
    """

    key: str
    index: int | None = None

    def get(self, group: Mapping[str, object]) -> object:
        """Give what stands there: a number or a one-element tensor."""
        value = group[self.key]
        return value if self.index is None else cast("Sequence[object]", value)[self.index]

    def read(self, group: Mapping[str, object]) -> float:
        """Give what stands there as a Python float; waits for the device of a tensor."""
        return as_float(cast("SupportsFloat", self.get(group)))

    def put(self, group: MutableMapping[str, object], value: float) -> None:
        """Write `value` there; a tensor is filled in place and keeps its identity."""
        now = self.get(group)
        if isinstance(now, torch.Tensor):
            with torch.no_grad():
                now.fill_(value)
        elif self.index is None:
            group[self.key] = value
        else:
            values = cast("Sequence[object]", group[self.key])
            group[self.key] = (*values[: self.index], value, *values[self.index + 1 :])


def slots_of(group: Mapping[str, object]) -> dict[str, Slot]:
    """Name every hyper-parameter of `group` that can be scheduled.

    `momentum` is the group's own, or the first of its `betas` (as torch's `OneCycleLR` has it);
    `betas` is the first of them; any other number stands under its own key.

    >>> slots = slots_of({"params": [], "lr": 0.1, "betas": (0.9, 0.999), "amsgrad": False})
    >>> slots["lr"], slots["momentum"], "amsgrad" in slots
    (Slot(key='lr', index=None), Slot(key='betas', index=0), False)
    """
    slots = {key: Slot(key) for key, value in group.items() if _is_number(value)}
    slots.pop("initial_lr", None)  # a scheduler's note, not a hyper-parameter
    betas = group.get("betas")
    if isinstance(betas, list | tuple) and betas and _is_number(betas[0]):
        slots["betas"] = Slot("betas", 0)
        slots.setdefault("momentum", slots["betas"])
    return slots


def slot_of(name: str, group: Mapping[str, object]) -> Slot:
    """Find the hyper-parameter called `name`.

    Raises:
        ScheduleError: the group has no number of that name.
    """
    slots = slots_of(group)
    if name not in slots:
        raise ScheduleError(
            f"the optimizer has no hyper-parameter {name!r} to schedule",
            value=f"a param group with {', '.join(sorted(set(group) - {'params'}))}",
            rule="a plan schedules numbers of the optimizer's param groups",
            fix=did_you_mean(name, slots),
        )
    return slots[name]


def as_float(value: SupportsFloat) -> float:
    """Give a number or a one-element tensor as a Python float."""
    return value.item() if isinstance(value, torch.Tensor) else float(value)


def _is_number(value: object) -> bool:
    if isinstance(value, torch.Tensor):
        return value.numel() == 1 and value.is_floating_point()
    return isinstance(value, Real) and not isinstance(value, bool)
