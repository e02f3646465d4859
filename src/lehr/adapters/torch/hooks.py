"""Hooks by which a scheduler's state travels with its optimizer's, and by which it sees steps."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Protocol

from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle


class Traveller(Protocol):
    """Something whose state travels in an optimizer's param groups."""

    def after_save(self, optimizer: Optimizer, state: dict[str, Any]) -> None:
        """Write into the state that was taken; live groups are not touched."""

    def before_load(self, optimizer: Optimizer, state: dict[str, Any]) -> None:
        """Refuse a state before anything of it is loaded."""

    def after_load(self, optimizer: Optimizer) -> None:
        """Read from the param groups that were loaded."""

    def after_step(self, optimizer: Optimizer, *arguments: object) -> None:
        """Notice that `optimizer.step()` ran."""


def attach(optimizer: Optimizer, traveller: Traveller, *, steps: bool) -> list[RemovableHandle]:
    """Hook `traveller` into the saving and loading of `optimizer`, without keeping it alive.

    Args:
        optimizer: whose hooks are used.
        traveller: what they call.
        steps: whether `after_step` is wanted too, which costs a call in every step.
    """
    handles = [
        optimizer.register_state_dict_post_hook(_weakly(traveller.after_save)),
        optimizer.register_load_state_dict_pre_hook(_weakly(traveller.before_load)),
        optimizer.register_load_state_dict_post_hook(_weakly(traveller.after_load)),
    ]
    if steps:
        handles.append(optimizer.register_step_post_hook(_weakly(traveller.after_step)))
    return handles


def _weakly(method: Callable[..., None]) -> Callable[..., None]:
    """Hold the method's object weakly: no reference cycle with its optimizer."""
    reference = weakref.WeakMethod(method)

    def hook(*arguments: object) -> None:
        alive = reference()
        if alive is not None:
            alive(*arguments)

    return hook
