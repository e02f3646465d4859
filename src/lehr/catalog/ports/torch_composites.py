"""torch's composites, `SequentialLR` and `ChainedScheduler`, made of ports."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from lehr.catalog.ports.parts import beginning, endless, in_order, phases, refuse
from lehr.catalog.ports.port import Port
from lehr.schedule.algebra import product
from lehr.schedule.checked import whole


def sequential_lr(*, schedulers: Iterable[Port], milestones: Iterable[int]) -> Port:
    """Each scheduler from its milestone on, counted from there."""
    ports, marks = _ports(schedulers), [whole(mark, "a milestone") for mark in milestones]
    if len(marks) != len(ports) - 1:
        raise refuse(
            "the milestones do not separate the schedulers",
            f"{len(ports)} schedulers, {len(marks)} milestones",
            "one milestone fewer than schedulers",
        )
    if any(a >= b for a, b in pairwise(marks)):
        raise refuse("milestones do not ascend", f"milestones={marks}", "milestones ascend")
    peak = max(port.peak_lr for port in ports)
    lengths = [b - a for a, b in pairwise([0, *marks])]
    parts = [beginning(port, n) for port, n in zip(ports[:-1], lengths, strict=True)]
    parts = in_order(ports, [*parts, endless(ports[-1])])
    return Port(schedule=phases(*parts), peak_lr=peak)


def chained_scheduler(*, schedulers: Iterable[Port]) -> Port:
    """The product of the schedulers' factors of the one base lr."""
    ports = _ports(schedulers)
    if len({port.peak_lr for port in ports}) > 1:
        raise refuse(
            "the schedulers start from different lrs",
            ", ".join(str(port.peak_lr) for port in ports),
            "chained schedulers share one optimizer",
            "the same base_lr for all",
        )
    parts = [endless(port) for port in ports]
    schedule = product(*parts) if len(parts) > 1 else parts[0]
    return Port(schedule=schedule, peak_lr=ports[0].peak_lr)


def _ports(schedulers: Iterable[Port]) -> list[Port]:
    ports = list(schedulers)
    for port in ports:
        if not isinstance(port, Port):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
            raise refuse(
                "a scheduler is not a port",
                repr(port),
                "composites take ports",
                'ports.torch("StepLR", base_lr=0.1, step_size=30)',
            )
    if not ports:
        raise refuse("there is no scheduler", "[]", "at least one")
    return ports
