"""Plans for param groups by name: layer-wise decay and factors, for a Scheduler's `groups=`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lehr.errors import ScheduleError
from lehr.schedule import Plan, Schedule
from lehr.schedule.checked import positive


def group_factors(schedule: Schedule | Plan, factors: Mapping[str, float]) -> dict[str, Plan]:
    """Give each named group the schedule with its lr times a factor.

    Args:
        schedule: of the lr, or a plan; what is not the lr stays as it is.
        factors: name of a param group -> factor of its lr, above 0.

    Returns:
        For `lehr.adapters.torch.Scheduler(…, groups=…)`; a group is named by the key "name".

    Raises:
        ScheduleError: a factor that is not above 0.

    Source:
        Howard & Ruder, ULMFiT, ACL 2018 (discriminative fine-tuning).

    >>> from lehr import cosine
    >>> group_factors(cosine(), {"body": 0.1, "head": 1})
    {'body': Plan(lr=0.1 * cosine()), 'head': Plan(lr=cosine())}
    """
    plan = Plan.of(schedule)
    lr, others = plan.schedules["lr"], {k: v for k, v in plan.schedules.items() if k != "lr"}
    sizes = {name: positive(factor, f"the factor of {name}") for name, factor in factors.items()}
    return {
        name: plan if size == 1 else Plan(lr=size * lr, **others) for name, size in sizes.items()
    }


def layerwise_decay(
    schedule: Schedule | Plan, names: Sequence[str], factor: float = 0.75
) -> dict[str, Plan]:
    """Give the last group the schedule, and each group before it `factor` times less.

    Group i of n has factor^(n − 1 − i) of the lr.

    Args:
        schedule: of the lr, or a plan; what is not the lr stays as it is.
        names: of the param groups, from the input (embeddings) to the output (head).
        factor: above 0. Default 0.75, BEiT's for a base model; 0.65 to 0.9 is usual, higher for
            deeper ones.

    Returns:
        For `lehr.adapters.torch.Scheduler(…, groups=…)`; a group is named by the key "name".

    Raises:
        ScheduleError: no names, one name twice, or an impossible factor.

    Source:
        Clark et al., ELECTRA, ICLR 2020; Bao et al., BEiT, ICLR 2022.

    >>> from lehr import cosine
    >>> layerwise_decay(cosine(), ["stem", "block", "head"], factor=0.5)
    {'stem': Plan(lr=0.25 * cosine()), 'block': Plan(lr=0.5 * cosine()), 'head': Plan(lr=cosine())}
    """
    if isinstance(names, str) or not names or len(set(names)) != len(names):
        raise ScheduleError(
            "the groups are not named one by one",
            value=repr(names),
            rule="at least one name, each once, from the input to the output",
            fix='["embeddings", "block 0", "block 1", "head"]',
        )
    base = positive(factor, "factor")
    return group_factors(
        schedule, {name: base ** (len(names) - 1 - i) for i, name in enumerate(names)}
    )
