"""What a scheduler remembers, as plain data and as text that travels in param groups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self, cast

from lehr.errors import StateError

KEY = "lehr"
"""Of a param group: the text that travels in the optimizer's state."""

ATTACHED = "scheduled by lehr; optimizer.state_dict() writes the step"
"""What stands under `KEY` in a live group; the step is written when a state is taken."""


@dataclass(frozen=True, kw_only=True)
class GroupState:
    """What a scheduler remembers of one param group.

    Attributes:
        plan: text of the group's plan.
        own: own value of each planned hyper-parameter (the lr's is the peak lr).
    """

    plan: str
    own: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class State:
    """What a scheduler remembers.

    Attributes:
        position: the update whose hyper-parameters the optimizer holds, from 0.
        horizon: optimizer steps of the run.
        clock: text of the clock, empty without one.
        defaults: the optimizer's defaults of planned hyper-parameters, where it has one.
        groups: one for each param group; None for one that was added since the last step.
    """

    position: int
    horizon: int
    clock: str
    defaults: Mapping[str, float]
    groups: tuple[GroupState | None, ...]

    @property
    def scheduled(self) -> int:
        """How many groups were scheduled: the first ones."""
        return sum(group is not None for group in self.groups)

    def as_dict(self) -> dict[str, object]:
        """Give plain numbers, texts, lists and dicts (loads with `weights_only=True`)."""
        return {**asdict(self), "groups": [None if g is None else asdict(g) for g in self.groups]}

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Self:
        """Read what `as_dict` gave.

        Raises:
            StateError: it is something else.
        """
        try:
            groups = cast("Sequence[Mapping[str, object] | None]", values["groups"])
            return cls(
                position=_whole(values["position"], least=0),
                horizon=_whole(values["horizon"], least=1),
                clock=_text(values["clock"]),
                defaults=_numbers(values["defaults"]),
                groups=tuple(None if g is None else _group(g) for g in groups),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StateError(
                "this is not the state of a lehr Scheduler",
                value=", ".join(sorted(map(str, values))) or "nothing",
                rule="load_state_dict takes what state_dict of a lehr Scheduler returned",
                fix="scheduler.last_epoch = step  # to go on where another scheduler stopped",
            ) from error

    def texts(self) -> list[str | None]:
        """Give the text for each param group; None for one added since the last step."""
        shared = self.as_dict()
        shared.pop("groups")
        return [None if g is None else json.dumps({**shared, **asdict(g)}) for g in self.groups]

    @classmethod
    def from_groups(cls, groups: Sequence[Mapping[str, object]]) -> Self | None:
        """Read what travelled in param groups; None if nothing did.

        Raises:
            StateError: the groups are not of one saved run.
        """
        texts = [group.get(KEY) for group in groups]
        scheduled = [text for text in texts if text not in (None, ATTACHED)]
        if not scheduled:
            return None
        read = [_parsed(text) for text in scheduled]
        shared = {k: v for k, v in read[0].items() if k not in ("plan", "own")}
        whole = scheduled == texts[: len(read)]  # groups added since the last step are the last
        if not whole or any({**other, **shared} != other for other in read):
            raise StateError(
                "the optimizer's param groups are not of one saved run",
                value="steps " + ", ".join(sorted({str(o.get("position")) for o in read})),
                rule="all groups of a state were saved at once",
            )
        pending = [None] * (len(texts) - len(read))
        return cls.from_dict({**shared, "groups": [*read, *pending]})


def _parsed(text: object) -> dict[str, object]:
    try:
        return dict(json.loads(cast("str", text)))
    except (TypeError, ValueError) as error:
        raise StateError(
            f"the text under {KEY!r} in a param group is damaged", value=repr(text)
        ) from error


def _group(values: Mapping[str, object]) -> GroupState:
    return GroupState(plan=_text(values["plan"]), own=_numbers(values["own"]))


def _whole(value: object, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _numbers(values: object) -> dict[str, float]:
    return {_text(k): float(v) for k, v in cast("Mapping[str, float]", values).items()}
