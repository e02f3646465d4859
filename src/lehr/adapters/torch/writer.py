"""The inner loop of a scheduler: one factor into one hyper-parameter of some param groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from lehr.adapters.torch.slot import Slot
from lehr.adapters.torch.tensor_fill import TensorFill

Group = dict[str, object]

Write = Callable[[float], None]
"""Writes base × factor, a product of Python floats, into some param groups."""


def writers(groups: list[Group], *, slot: Slot, bases: Mapping[int, float]) -> list[Write]:
    """Make what writes base × factor into one slot of some param groups.

    A group is found by its index at each write, so that it may be replaced in its list. Whether a
    number or a tensor stands in a slot is looked at once.

    Args:
        groups: an optimizer's `param_groups`; for another list, make others.
        slot: where in a group.
        bases: what the factor multiplies: index of a group -> base.
    """
    tensors = {i: b for i, b in bases.items() if isinstance(slot.get(groups[i]), torch.Tensor)}
    numbers = [(i, base) for i, base in bases.items() if i not in tensors]
    writes: list[Write] = []
    if tensors:
        writes.append(TensorWriter(groups, slot=slot, bases=tensors).write)
    if slot.index is not None and numbers:
        writes.append(_sequence_writer(groups, slot, numbers))
    elif len(numbers) == 1:
        writes.append(_number_writer(groups, slot.key, *numbers[0]))
    elif numbers:
        writes.append(_numbers_writer(groups, slot.key, numbers))
    return writes


def _number_writer(groups: list[Group], key: str, index: int, base: float) -> Write:
    """Write into the one group that most optimizers have."""

    def write(factor: float) -> None:
        groups[index][key] = base * factor

    return write


def _numbers_writer(groups: list[Group], key: str, bases: list[tuple[int, float]]) -> Write:
    def write(factor: float) -> None:
        for index, base in bases:
            groups[index][key] = base * factor

    return write


def _sequence_writer(groups: list[Group], slot: Slot, bases: list[tuple[int, float]]) -> Write:
    def write(factor: float) -> None:
        for index, base in bases:
            slot.put(groups[index], base * factor)

    return write


class TensorWriter:
    """Fills tensors in place; one that is replaced from outside is noticed and the new one filled.

    Args:
        groups: an optimizer's `param_groups`.
        slot: where in a group.
        bases: what the factor multiplies: index of a group -> base.
    """

    def __init__(self, groups: list[Group], *, slot: Slot, bases: Mapping[int, float]) -> None:
        self._groups = groups
        self._slot = slot
        self._bases = bases
        self._look()

    def write(self, factor: float) -> None:
        """Write base × factor into every group."""
        groups, get = self._groups, self._slot.get
        for index, seen in self._seen:
            if get(groups[index]) is not seen:
                self._look()
                break
        self._fill.fill(factor)
        for index, base in self._numbers:
            self._slot.put(groups[index], base * factor)

    def _look(self) -> None:
        """See what stands in the slots: tensors, or numbers that replaced them."""
        self._seen = [(index, self._slot.get(self._groups[index])) for index in self._bases]
        tensors = {i: value for i, value in self._seen if isinstance(value, torch.Tensor)}
        self._fill = TensorFill(list(tensors.values()), [self._bases[i] for i in tensors])
        self._numbers = [(i, base) for i, base in self._bases.items() if i not in tensors]
