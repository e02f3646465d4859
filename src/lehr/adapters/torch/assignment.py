"""Which plan governs which param group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lehr.errors import ScheduleError, did_you_mean
from lehr.schedule import BoundPlan, Clock, Plan, Schedule


class Assignment:
    """Plans bound to a horizon: one for groups of each given name, one for all others.

    Args:
        plan: of every group that has no plan of its own.
        named: plans by the `name` of param groups.
        horizon: optimizer steps of the run.
        clock: what a step is worth, None where no duration needs it.

    Raises:
        ScheduleError: a plan does not fit the horizon.
    """

    def __init__(
        self,
        plan: Schedule | Plan,
        *,
        named: Mapping[str, Schedule | Plan],
        horizon: int,
        clock: Clock | None,
    ) -> None:
        self.default = Plan.of(plan).over(horizon, clock)
        self.named = {name: Plan.of(own).over(horizon, clock) for name, own in named.items()}

    def of(self, group: Mapping[str, object]) -> BoundPlan:
        """Give the plan of a param group."""
        return self.named.get(str(group.get("name")), self.default)

    def check_names(self, groups: Iterable[Mapping[str, object]]) -> None:
        """Make sure that every named plan has a group.

        Raises:
            ScheduleError: no group has that name.
        """
        names = {str(group["name"]) for group in groups if "name" in group}
        for name in self.named:
            if name not in names:
                raise ScheduleError(
                    f"no param group is named {name!r}",
                    value=f"plans for {', '.join(map(repr, self.named))}",
                    rule='a group is named by {"params": …, "name": …} when the optimizer is made; '
                    "one that is trained later can be in it from the start, frozen",
                    fix=did_you_mean(name, names) if names else f'"name": {name!r} in its group',
                )

    def __repr__(self) -> str:
        named = {name: bound.plan for name, bound in self.named.items()}
        return f"{self.default.plan}, horizon={self.default.horizon}" + (
            f", groups={named}" if named else ""
        )
