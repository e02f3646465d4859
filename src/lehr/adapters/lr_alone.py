"""A schedule of the lr for an interface that has no place for a plan."""

from __future__ import annotations

from lehr.errors import ScheduleError
from lehr.schedule import BoundSchedule, Clock, Plan, Schedule


def lr_alone(
    schedule: Schedule | Plan, *, horizon: int, clock: Clock | None, instead: str
) -> BoundSchedule:
    """Bind the schedule of the lr, and make sure that nothing else was planned.

    Args:
        schedule: of the lr; a plan of nothing else will do.
        horizon: optimizer updates of the run.
        clock: what a step is worth, None where no duration needs it.
        instead: what to type for a plan of several hyper-parameters.

    Raises:
        ScheduleError: it does not fit the horizon, or plans another hyper-parameter.
    """
    plan = Plan.of(schedule)
    others = [name for name in plan.schedules if name != "lr"]
    if others:
        raise ScheduleError(
            f"this schedules the lr, not {' or '.join(others)}",
            value=str(plan),
            rule="a learning rate is one schedule",
            fix=instead,
        )
    return plan.over(horizon, clock).schedules["lr"]
