"""The phases: what has a duration, and the three simplest: warmup, hold, constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from lehr.errors import ScheduleError
from lehr.schedule.base import Extent, Room, Schedule
from lehr.schedule.checked import choice, multiplier, number_text, positive
from lehr.schedule.durations import Duration, DurationLike, Scope
from lehr.schedule.shapes import LINEAR, Curve
from lehr.schedule.track import Track

WarmupShape = Literal["linear", "cosine", "1-sqrt", "power", "log", "constant"]
Reach = Literal["last", "next"]


class Phase(Schedule):
    """A stretch with one duration; None where the phase takes what is left."""

    duration: Duration | None

    @property
    def extent(self) -> Extent:
        """Open without a duration, a share if it is in per cent, else fixed."""
        if self.duration is None:
            return "open"
        return "share" if self.duration.is_share else "fixed"

    def length(self, scope: Scope) -> int | None:
        """Return the duration in steps, None for an open phase."""
        return None if self.duration is None else self.duration.steps(scope, str(self))


@dataclass(frozen=True, repr=False)
class Warmup(Phase):
    """A rise from `start` to the peak; made by `warmup`."""

    duration: Duration | None
    start: float
    reach: Reach
    shape: WarmupShape
    power: float | None

    def draw(self, room: Room) -> Track:
        """Rise to 1 whatever the level was before."""
        if self.shape == "log":
            return self._log(room.length if self.reach == "last" else room.length + 1)
        curves = {
            "constant": Curve("wait"),
            "1-sqrt": Curve("polynomial", (0.5,)),
            "power": Curve("power", (self.power or 1.0,)),
        }
        curve = curves.get(self.shape, Curve(self.shape))
        offset = 1 if self.reach == "last" and self.shape != "constant" else 0
        return Track.single(curve, length=room.length, first=self.start, last=1.0, offset=offset)

    def _log(self, count: int) -> Track:
        """Count the orders of magnitude of t + 1 up to `count`."""
        if count < 2:
            raise ScheduleError(
                "a logarithmic warmup has one step only",
                value=str(self),
                rule="ln(t + 1)/ln n needs n of at least 2",
                fix='a longer warmup, or shape="linear"',
            )
        curve = Curve("log", (float(count),))
        return Track.single(curve, length=count - 1, first=self.start, last=1.0)

    def __repr__(self) -> str:
        options = {
            "start": number_text(self.start) if self.start else "",
            "reach": '"next"' if self.reach == "next" else "",
            "shape": f'"{self.shape}"' if self.shape != "linear" else "",
            "power": "" if self.power is None else number_text(self.power),
        }
        return call("warmup", self.duration, options)


@dataclass(frozen=True, repr=False)
class Hold(Phase):
    """The level of the phase before; made by `hold`."""

    duration: Duration | None

    def draw(self, room: Room) -> Track:
        """Stay at `level`."""
        return Track.single(LINEAR, length=room.length, first=room.level, last=room.level)

    def __repr__(self) -> str:
        return call("hold", self.duration, {})


@dataclass(frozen=True, repr=False)
class Constant(Phase):
    """A factor of the peak, whatever came before; made by `constant`."""

    factor: float
    duration = None

    def draw(self, room: Room) -> Track:
        """Stay at `factor`."""
        return Track.single(LINEAR, length=room.length, first=self.factor, last=self.factor)

    def __repr__(self) -> str:
        return f"constant({number_text(self.factor) if self.factor != 1 else ''})"


def own_number(shape: str, name: str, value: float | None, *, wanted: bool) -> float | None:
    """Return the number `name` above 0 if the shape wants it, None if it does not.

    Raises:
        ScheduleError: it is missing or in excess.
    """
    if (value is not None) != wanted:
        raise ScheduleError(
            f"the shape needs a {name}" if wanted else f"the shape takes no {name}",
            value=f'shape="{shape}", {name}={value}',
            rule=f'{name} belongs to a shape with that number, "{shape}" has '
            + ("one" if wanted else "none"),
            fix=f'shape="{shape}", {name}=2' if wanted else f"leave out {name}",
        )
    return None if value is None else positive(value, name)


def call(name: str, duration: Duration | None, options: dict[str, str]) -> str:
    """Write a call; options with an empty text are left out."""
    words = [] if duration is None else [str(duration)]
    words += [f"{option}={text}" for option, text in options.items() if text]
    return f"{name}({', '.join(words)})"


def warmup(
    n: DurationLike,
    start: float = 0,
    reach: Reach = "last",
    shape: WarmupShape = "linear",
    *,
    power: float | None = None,
) -> Schedule:
    """Rise from `start` to the peak in `n` steps, whatever the level was before.

    With g the shape and t counted from the phase's first step:
    start + (1 − start)·g((t + 1)/n) for reach="last", start + (1 − start)·g(t/n) for "next".
    g(x) is x (linear), (1 − cos πx)/2 (cosine), 1 − √(1 − x) (1-sqrt) or x^power (power);
    constant holds `start` for n steps. The log shape is start + (1 − start)·ln(t + 1)/ln n, or
    ln(n + 1) for "next", and begins at `start` in either case.

    Args:
        n: duration of the rise; at least one step after rounding.
        start: multiplier the rise begins from, 0 or more. Default 0.
        reach: "last" uses the peak in the last of the n updates, so none is wasted on lr 0
            (torchtitan); "next" uses it in the update after them (Hugging Face, Optax, torch).
        shape: "linear" (default, what nearly everyone uses), "cosine", "1-sqrt" (both Hugging
            Face's for WSD), "power" (TensorFlow Models), "log" (DeepSpeed) or "constant".
        power: exponent above 0, required by shape="power" and by no other.

    Raises:
        ScheduleError: a value out of range, a power missing or in excess, or reach="next" with
            shape="constant", where it would mean nothing; at `.over()`, a log warmup of one step.

    Source:
        Goyal et al., Accurate, Large Minibatch SGD, 2017 (linear and constant warmup).

    >>> from lehr import hold
    >>> p = (warmup(4) >> hold()).over(10)
    >>> p(0), p(2), p(3), p(9), p(99)
    (0.25, 0.75, 1.0, 1.0, 1.0)
    >>> (warmup(4, reach="next") >> hold()).over(10).values(0, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    known = cast("WarmupShape", choice(shape, "shape", get_args(WarmupShape)))
    reached = cast("Reach", choice(reach, "reach", get_args(Reach)))
    if known == "constant" and reached == "next":
        raise ScheduleError(
            "a constant warmup has no convention for reaching the peak",
            value='shape="constant", reach="next"',
            rule="it holds `start` for n steps; the next step is at the peak",
            fix="leave out reach",
        )
    exponent = own_number(known, "power", power, wanted=known == "power")
    return Warmup(Duration.of(n, "warmup"), multiplier(start, "start"), reached, known, exponent)


def hold(n: DurationLike | None = None) -> Schedule:
    """Stay at the level the phase before ended at (1 at the beginning).

    Args:
        n: duration; None (default) takes what the other phases leave.

    Raises:
        ScheduleError: an impossible duration.

    >>> from lehr import linear
    >>> p = (linear(2, final=0.5) >> hold()).over(4)
    >>> p(0), p(2), p(3), p(4)
    (1.0, 0.5, 0.5, 0.5)
    """
    return Hold(optional(n, "hold"))


def constant(factor: float = 1) -> Schedule:
    """Use `factor` times the peak at every step, whatever the level was before.

    Args:
        factor: multiplier, 0 or more. Default 1: the optimizer's own lr.

    Raises:
        ScheduleError: a factor that is not a multiplier.

    >>> p = constant(0.5).over(4)
    >>> p(0), p(3), p(4)
    (0.5, 0.5, 0.5)
    """
    return Constant(multiplier(factor, "factor"))


def optional(n: DurationLike | None, name: str) -> Duration | None:
    """Read the duration of the phase `name`, None for an open one."""
    return None if n is None else Duration.of(n, f"the duration of {name}")
