"""Whether a saved run may be continued; every refusal shows both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from lehr.adapters.torch.slot import Slot
from lehr.adapters.torch.state import GroupState, State
from lehr.errors import StateError, StepError

_LR = Slot("lr")
_SHOWN = 6


def check_word(name: str, word: str, known: Sequence[str]) -> None:
    """Make sure that an argument is one of the words it may be.

    Raises:
        StepError: it is another.
    """
    if word not in known:
        words = " or ".join(f'"{one}"' for one in known)
        raise StepError(f"unknown {name}", value=repr(word), rule=f"{name} is {words}")


def check_same(saved: State, now: State, groups: Sequence[Mapping[str, object]]) -> None:
    """Make sure that a saved run is continued as it was begun.

    Args:
        saved: of the run that was saved.
        now: of the scheduler as it was constructed; its position does not matter.
        groups: the optimizer's, for their names.

    Raises:
        StateError: another schedule, horizon, clock or own value.
    """
    found = _differences(saved, now, groups)
    if found:
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        raise StateError(
            "the saved run is not the one this Scheduler was constructed for",
            value="; ".join([*found[:_SHOWN], *more]),
            rule="a run goes on with the schedule, horizon and peak lr that it began with",
            fix=f'on_change="adopt" keeps step {saved.position} and uses what is given now',
        )


def check_unmoved(optimizer: torch.optim.Optimizer) -> None:
    """Make sure that the lr of an optimizer without a saved step is its peak.

    Raises:
        StateError: another scheduler has moved it, or may have.
    """
    trained = any(optimizer.state.values())
    for group in optimizer.param_groups:
        lr = _LR.read(group)
        if group.get("initial_lr") is None and trained:
            raise StateError(
                "this optimizer has been trained, and does not say at which step it is",
                value=f"lr = {lr}",
                rule="the peak lr is the optimizer's own lr, which training may have changed",
                fix="construct the Scheduler before loading a state into the optimizer; or "
                'on_change="adopt" begins at step 0 and takes this lr for the peak lr',
            )
        if group.get("initial_lr") is not None and lr != Slot("initial_lr").read(group):
            raise StateError(
                "another scheduler has moved the lr of this optimizer",
                value=f"lr = {lr}, initial_lr = {group['initial_lr']}",
                rule="the peak lr is the optimizer's own lr",
                fix='on_change="adopt" takes initial_lr for the peak lr; then '
                "scheduler.last_epoch = step  # to go on where the other stopped",
            )


def check_foreign(
    loaded: Sequence[Mapping[str, object]],
    live: Sequence[Mapping[str, object]],
    peaks: Sequence[float],
    position: int,
) -> None:
    """Make sure that a state from outside lehr does not carry another lr.

    Raises:
        StateError: its lr is neither the peak nor what the optimizer holds now.
    """
    for before, now, peak in zip(loaded, live, peaks, strict=True):
        lr = _LR.read(before)
        if lr not in (peak, _LR.read(now)):
            raise StateError(
                "this optimizer state does not say at which step it was saved",
                value=f"its lr = {lr}, the Scheduler's peak lr = {peak}",
                rule="the step travels in a state that was taken while a Scheduler existed",
                fix=f'on_change="adopt" stays at step {position}; then '
                "scheduler.last_epoch = step  # to go on where the other stopped",
            )


def _differences(saved: State, now: State, groups: Sequence[Mapping[str, object]]) -> list[str]:
    lines = [_change("horizon", saved.horizon, now.horizon)] * (saved.horizon != now.horizon)
    if saved.clock != now.clock:
        lines.append(_change("clock", saved.clock or "none", now.clock or "none"))
    found: dict[str, list[str]] = {}
    for index, (before, after) in enumerate(zip(saved.groups, now.groups, strict=True)):
        if before is not None and after is not None:
            for difference in _group_differences(before, after):
                label = str(groups[index].get("name", f"group {index}"))
                found.setdefault(difference, []).append(label)
    for difference, members in found.items():
        everywhere = len(members) == len(groups)
        lines.append(difference if everywhere else f"{difference} ({', '.join(members)})")
    return lines


def _group_differences(before: GroupState, after: GroupState) -> list[str]:
    lines = [_change("plan", before.plan, after.plan)] * (before.plan != after.plan)
    for name in sorted(before.own.keys() & after.own.keys()):
        if before.own[name] != after.own[name]:
            word = "peak lr" if name == "lr" else f"the optimizer's {name}"
            lines.append(_change(word, before.own[name], after.own[name]))
    return lines


def _change(what: str, before: object, after: object) -> str:
    return f"{what} was {before}, is now {after}"
