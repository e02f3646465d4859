"""Plan: which schedule each hyper-parameter follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from types import MappingProxyType
from typing import SupportsIndex

from lehr.errors import ParseError, ScheduleError
from lehr.schedule.algebra import Absolute
from lehr.schedule.base import Builder, Schedule
from lehr.schedule.bound import BoundSchedule
from lehr.schedule.clock import Clock
from lehr.schedule.multipliers import Multipliers
from lehr.schedule.phases import constant


@dataclass(frozen=True, init=False, repr=False)
class Plan:
    """An immutable, hashable mapping from hyper-parameter to schedule.

    Each schedule multiplies the optimizer's own value; `absolute(...)` replaces it.

    Args:
        lr: schedule of the learning rate, a multiplier of the peak. Default `constant()`.
        others: schedules of further hyper-parameters by name: `momentum` (for optimizers that
            have betas instead, the first of them), `betas` (the first), `weight_decay`, or any
            numeric key of the optimizer's parameter groups.

    Raises:
        ScheduleError: a value that is no schedule, or an absolute lr.

    >>> from lehr import Plan, absolute, cosine, linear
    >>> plan = Plan(lr=cosine(), weight_decay=linear(final=1, start=0.5))
    >>> plan
    Plan(lr=cosine(), weight_decay=linear(final=1, start=0.5))
    >>> plan.over(2).multipliers().values["weight_decay"].tolist()
    [0.5, 0.75]
    """

    items: tuple[tuple[str, Schedule], ...]

    def __init__(self, *, lr: Schedule | None = None, **others: Schedule) -> None:
        entries = {"lr": constant() if lr is None else lr, **dict(sorted(others.items()))}
        for name, schedule in entries.items():
            if not name.isidentifier() or iskeyword(name):
                raise ScheduleError(
                    "a hyper-parameter's name is no name",
                    value=repr(name),
                    rule="a key of the optimizer's parameter groups, a Python identifier",
                )
            if not isinstance(schedule, Schedule):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
                raise ScheduleError(
                    f"{name} is not a schedule",
                    value=repr(schedule),
                    rule="every entry of a plan is a schedule",
                    fix=f"{name}=constant(), or lehr.parse(text) for a text",
                )
        if isinstance(entries["lr"], Absolute):
            raise ScheduleError(
                "the lr of a plan is absolute",
                value=str(entries["lr"]),
                rule="the lr is always a multiplier of the peak lr, which is the optimizer's own",
                fix="leave out absolute(...) and give the optimizer the peak lr",
            )
        object.__setattr__(self, "items", tuple(entries.items()))

    @classmethod
    def of(cls, schedule: Schedule | Plan) -> Plan:
        """Return a plan as it is, and a schedule as the plan of the lr.

        >>> from lehr import Plan, cosine
        >>> Plan.of(cosine())
        Plan(lr=cosine())
        """
        return schedule if isinstance(schedule, Plan) else cls(lr=schedule)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], names: Mapping[str, Builder]) -> Plan:
        """Read a plan from hyper-parameter -> schedule text, as `texts` wrote it.

        Raises:
            ParseError: a text that is not a schedule.
        """
        from lehr.schedule.text import parse  # text.py imports this module

        schedules: dict[str, Schedule] = {}
        for name, text in texts.items():
            schedule = parse(text, names)
            if isinstance(schedule, Plan):
                raise ParseError(
                    f"the text of {name} is a plan", value=text, rule="one schedule per entry"
                )
            schedules[name] = schedule
        return cls(**schedules)

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """Hyper-parameter -> schedule: the lr first, the others by name."""
        return MappingProxyType(dict(self.items))

    def texts(self) -> dict[str, str]:
        """Return hyper-parameter -> schedule text."""
        return {name: str(schedule) for name, schedule in self.items}

    def over(self, horizon: SupportsIndex, clock: Clock | None = None) -> BoundPlan:
        """Bind every schedule to a run of `horizon` optimizer steps.

        Raises:
            ScheduleError: as `Schedule.over`.
        """
        bound = tuple((name, schedule.over(horizon, clock)) for name, schedule in self.items)
        return BoundPlan(self, bound)

    def __repr__(self) -> str:
        return f"Plan({', '.join(f'{name}={schedule}' for name, schedule in self.items)})"

    def _repr_html_(self) -> str:
        from lehr.schedule.picture import html  # only notebooks need it

        return html(self)


@dataclass(frozen=True, repr=False)
class BoundPlan:
    """A plan with a horizon; made by `Plan.over`."""

    plan: Plan
    items: tuple[tuple[str, BoundSchedule], ...]

    @property
    def horizon(self) -> int:
        """Optimizer steps of the run."""
        return self.items[0][1].horizon

    @property
    def clock(self) -> Clock | None:
        """What a step is worth."""
        return self.items[0][1].clock

    @property
    def schedules(self) -> Mapping[str, BoundSchedule]:
        """Hyper-parameter -> bound schedule: the lr first, the others by name."""
        return MappingProxyType(dict(self.items))

    @property
    def absolute(self) -> frozenset[str]:
        """The hyper-parameters whose values replace the optimizer's own."""
        return frozenset(n for n, bound in self.items if isinstance(bound.schedule, Absolute))

    def multipliers(
        self, start: SupportsIndex = 0, stop: SupportsIndex | None = None
    ) -> Multipliers:
        """Return the values of the steps [start, stop), by default of the whole run.

        Raises:
            ScheduleError: as `BoundSchedule.values`.
        """
        return Multipliers(
            values={name: bound.values(start, stop) for name, bound in self.items},
            absolute=self.absolute,
            start=start.__index__(),
            horizon=self.horizon,
            plan=str(self.plan),
        )

    def __repr__(self) -> str:
        clock = f", {self.clock}" if self.clock else ""
        return f"<{self.plan} over {self.horizon} steps{clock}>"

    def _repr_html_(self) -> str:
        from lehr.schedule.picture import html  # only notebooks need it

        return html(self)
