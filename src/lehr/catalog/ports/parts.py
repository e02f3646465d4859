"""What many ports are made of: phases that may be absent, levels, and floors."""

from __future__ import annotations

from lehr.catalog.ports.port import Port, least
from lehr.errors import ScheduleError
from lehr.schedule import Schedule, constant, hold, linear, take, total, warmup
from lehr.schedule.algebra import Clip, Extremum, Product, Scaled, Sequence, sequence
from lehr.schedule.checked import choice, multiplier
from lehr.schedule.glide import Glide
from lehr.schedule.phases import Constant, Warmup
from lehr.schedule.piecewise import Piecewise
from lehr.schedule.ramps import Ramp
from lehr.schedule.repeat import Repeat
from lehr.schedule.take import Take


def phases(*parts: Schedule | None) -> Schedule:
    """Join phases in order, leaving out those of no step.

    >>> from lehr import cosine
    >>> phases(None, cosine()), phases(level(2, 0.5), None, cosine())
    (cosine(), linear(2, final=0.5, start=0.5) >> cosine())
    """
    present = [part for part in parts if part is not None]
    return sequence(*present) if len(present) > 1 else present[0]


def level(n: int, value: float) -> Schedule | None:
    """Stay at `value` for `n` steps; None for no step."""
    return linear(n, value, start=value) if n else None


def rise(n: int, start: float = 0) -> Schedule | None:
    """Go from `start` to 1, which the step after the `n` uses; None for no step."""
    return warmup(n, start, "next") if n else None


def stay(n: int) -> Schedule | None:
    """Hold for `n` steps; None for no step."""
    return hold(n) if n else None


def above(floor: float, schedule: Schedule) -> Schedule:
    """Return floor + (1 − floor)·schedule, `floor` from 0 to 1.

    >>> from lehr import cosine
    >>> above(0.1, cosine())
    total(constant(0.1), 0.9 * cosine())
    """
    if floor == 0:
        return schedule
    return constant() if floor == 1 else total(constant(floor), (1 - floor) * schedule)


def endless(port: Port) -> Schedule:
    """Return the port's schedule, with what happens past its horizon as a phase of its own."""
    if port.horizon is None:
        return port.schedule
    return take(port.schedule, port.horizon) >> hold()


def anew(schedule: Schedule) -> Schedule:
    """Return the schedule as a later phase that begins at its own level, not at the last one's.

    >>> from lehr import cosine, exponential
    >>> anew(exponential(0.9)), anew(cosine(start=1))
    (constant() * exponential(0.9), cosine(start=1))
    """
    return schedule if _says_its_start(schedule) else constant() * schedule


def _says_its_start(schedule: Schedule) -> bool:
    match schedule:
        case Warmup() | Constant() | Piecewise():
            return True
        case Ramp(start=start) | Glide(start=start):
            return start is not None
        case Sequence(parts=parts) | Product(parts=parts):
            return _says_its_start(parts[0])
        case Extremum(parts=parts):
            return all(_says_its_start(part) for part in parts)
        case Scaled(part=part) | Clip(part=part) | Take(part=part) | Repeat(cycle=part):
            return _says_its_start(part)
        case _:
            return False


def beginning(port: Port, n: int) -> Schedule:
    """Return the first `n` steps of a port as a phase."""
    schedule = endless(port)
    return take(schedule, n, of=max(n, least(schedule)))


def in_order(ports: list[Port], parts: list[Schedule]) -> list[Schedule]:
    """Return the parts that stand for ports, each begun anew and relative to the highest peak."""
    peak = max(port.peak_lr for port in ports)
    own = [parts[0], *(anew(part) for part in parts[1:])]
    return [
        part if port.peak_lr == peak else port.peak_lr / peak * part
        for port, part in zip(ports, own, strict=True)
    ]


def refuse(problem: str, value: str, rule: str, fix: str | None = None) -> ScheduleError:
    """Return the error for what the library itself refuses, or cannot compute."""
    return ScheduleError(problem, value=value, rule=rule, fix=fix)


def share(value: object, name: str) -> float:
    """Return a number from 0 to 1.

    Raises:
        ScheduleError: it is not.
    """
    number = multiplier(value, name)
    if number > 1:
        raise refuse(f"{name} is above 1", f"{name}={number}", f"{name} lies between 0 and 1")
    return number


def one_of(value: object, name: str, allowed: tuple[str, ...]) -> str:
    """Return one of the library's words.

    Raises:
        ScheduleError: it is none of them.
    """
    return choice(value, name, allowed)
