"""The phases: warmup, hold, constant, and the ramps linear, cosine, polynomial, decay, rex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from lehr.errors import ScheduleError
from lehr.schedule.base import Extent, Room, Schedule
from lehr.schedule.checked import choice, multiplier, number_text, positive
from lehr.schedule.durations import Duration, DurationLike, Scope
from lehr.schedule.shapes import LINEAR, Curve
from lehr.schedule.track import Track

WarmupShape = Literal["linear", "cosine", "constant"]
DecayShape = Literal["linear", "cosine", "1-sqrt", "power"]
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

    def draw(self, room: Room) -> Track:
        """Rise to 1 whatever the level was before."""
        curve = Curve("wait" if self.shape == "constant" else self.shape)
        offset = 1 if self.reach == "last" and self.shape != "constant" else 0
        return Track.single(curve, length=room.length, first=self.start, last=1.0, offset=offset)

    def __repr__(self) -> str:
        options = {
            "start": number_text(self.start) if self.start else "",
            "reach": '"next"' if self.reach == "next" else "",
            "shape": f'"{self.shape}"' if self.shape != "linear" else "",
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


@dataclass(frozen=True, repr=False)
class Ramp(Phase):
    """A way from the level before (or `start`) to `final` along a bounded curve."""

    duration: Duration | None
    curve: Curve
    final: float
    start: float | None

    def draw(self, room: Room) -> Track:
        """Go to `final`, which is reached at the phase's end, the first step of the next."""
        first = room.level if self.start is None else self.start
        return Track.single(self.curve, length=room.length, first=first, last=self.final)

    def __repr__(self) -> str:
        shape, parameter = self.curve.shape, number_text(self.curve.parameter)
        own_name = shape in ("linear", "cosine", "polynomial", "rex")
        plain = shape == "polynomial" and self.curve.parameter == 1
        options = {
            "shape": '"power"' if shape == "power" else "",
            "power": parameter if shape in ("polynomial", "power") and not plain else "",
            "final": number_text(self.final) if self.final else "",
            "start": "" if self.start is None else number_text(self.start),
        }
        return call(shape if own_name else "decay", self.duration, options)


def call(name: str, duration: Duration | None, options: dict[str, str]) -> str:
    """Write a call; options with an empty text are left out."""
    words = [] if duration is None else [str(duration)]
    words += [f"{option}={text}" for option, text in options.items() if text]
    return f"{name}({', '.join(words)})"


def warmup(
    n: DurationLike, start: float = 0, reach: Reach = "last", shape: WarmupShape = "linear"
) -> Schedule:
    """Rise from `start` to the peak in `n` steps, whatever the level was before.

    With g the shape and t counted from the phase's first step:
    start + (1 − start)·g((t + 1)/n) for reach="last", start + (1 − start)·g(t/n) for "next".
    g(x) is x (linear) or (1 − cos πx)/2 (cosine); constant holds `start` for n steps.

    Args:
        n: duration of the rise; at least one step after rounding.
        start: multiplier the rise begins from, 0 or more. Default 0.
        reach: "last" uses the peak in the last of the n updates, so none is wasted on lr 0
            (torchtitan); "next" uses it in the update after them (Hugging Face, Optax, torch).
        shape: "linear" (default, what nearly everyone uses), "cosine" or "constant".

    Raises:
        ScheduleError: a value out of range, or reach="next" with shape="constant", where it
            would mean nothing.

    Source:
        Goyal et al., Accurate, Large Minibatch SGD, 2017 (linear and constant warmup).

    >>> from lehr import hold
    >>> p = (warmup(4) >> hold()).over(10)
    >>> p(0), p(2), p(3), p(9), p(99)
    (0.25, 0.75, 1.0, 1.0, 1.0)
    >>> (warmup(4, reach="next") >> hold()).over(10).values(0, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    known = cast("WarmupShape", choice(shape, "shape", ("linear", "cosine", "constant")))
    reached = cast("Reach", choice(reach, "reach", ("last", "next")))
    if known == "constant" and reached == "next":
        raise ScheduleError(
            "a constant warmup has no convention for reaching the peak",
            value='shape="constant", reach="next"',
            rule="it holds `start` for n steps; the next step is at the peak",
            fix="leave out reach",
        )
    return Warmup(Duration.of(n, "warmup"), multiplier(start, "start"), reached, known)


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
    return Hold(_optional(n, "hold"))


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


def linear(
    n: DurationLike | None = None, final: float = 0, *, start: float | None = None
) -> Schedule:
    """Go in a straight line to `final`: start + (final − start)·x with x = t/n.

    Args:
        n: duration; None (default) takes what the other phases leave.
        final: multiplier of the peak at the end, 0 or more, reached at t = n. Default 0.
        start: multiplier at t = 0; None (default) is the level of the phase before.

    Raises:
        ScheduleError: an impossible duration or multiplier.

    Source:
        Defazio et al., Optimal linear decay learning rate schedules and further refinements, 2023.

    >>> p = linear(final=0.5).over(4)
    >>> p(0), p(2), p(3), p(4), p(9)
    (1.0, 0.75, 0.625, 0.5, 0.5)
    """
    return _ramp(LINEAR, n, final, start)


def cosine(
    n: DurationLike | None = None, final: float = 0, *, start: float | None = None
) -> Schedule:
    """Go along half a cosine to `final`: final + (start − final)·(1 + cos πx)/2 with x = t/n.

    Args:
        n: duration; None (default) takes what the other phases leave.
        final: multiplier of the peak at the end, 0 or more, reached at t = n. Default 0.
        start: multiplier at t = 0; None (default) is the level of the phase before.

    Raises:
        ScheduleError: an impossible duration or multiplier.

    Source:
        Loshchilov & Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017.

    >>> p = cosine().over(4)
    >>> p(0), round(p(2), 12), round(p(3), 3), p(4), p(9)
    (1.0, 0.5, 0.146, 0.0, 0.0)
    """
    return _ramp(Curve("cosine"), n, final, start)


def polynomial(
    n: DurationLike | None = None,
    power: float = 1,
    final: float = 0,
    *,
    start: float | None = None,
) -> Schedule:
    """Go along a power of what is left: final + (start − final)·(1 − x)^power with x = t/n.

    Args:
        n: duration; None (default) takes what the other phases leave.
        power: exponent p above 0. Default 1: a straight line.
        final: multiplier of the peak at the end, 0 or more, reached at t = n. Default 0.
        start: multiplier at t = 0; None (default) is the level of the phase before.

    Raises:
        ScheduleError: an impossible duration, power or multiplier.

    Source:
        Chen et al., DeepLab, TPAMI 2018 (the "poly" policy, power 0.9).

    >>> p = polynomial(power=2).over(4)
    >>> p(0), p(2), p(3), p(4), p(9)
    (1.0, 0.25, 0.0625, 0.0, 0.0)
    """
    return _ramp(Curve("polynomial", positive(power, "power")), n, final, start)


def rex(n: DurationLike | None = None, final: float = 0, *, start: float | None = None) -> Schedule:
    """Hold high, then fall fast: final + (start − final)·(1 − x)/(1 − x/2) with x = t/n.

    Args:
        n: duration; None (default) takes what the other phases leave.
        final: multiplier of the peak at the end, 0 or more, reached at t = n. Default 0.
        start: multiplier at t = 0; None (default) is the level of the phase before.

    Raises:
        ScheduleError: an impossible duration or multiplier.

    Source:
        Chen et al., REX: Revisiting Budgeted Training with an Improved Schedule, MLSys 2022.

    >>> p = rex().over(4)
    >>> p(0), round(p(2), 4), p(3), p(4), p(9)
    (1.0, 0.6667, 0.4, 0.0, 0.0)
    """
    return _ramp(Curve("rex"), n, final, start)


def decay(
    n: DurationLike | None = None,
    shape: DecayShape = "1-sqrt",
    final: float = 0,
    *,
    power: float | None = None,
    start: float | None = None,
) -> Schedule:
    """Cool down along a named shape: final + (start − final)·g(x) with x = t/n.

    g(x) is 1 − √x ("1-sqrt"), 1 − x^power ("power"), 1 − x ("linear", the same value as
    `linear`) or (1 + cos πx)/2 ("cosine", the same value as `cosine`).

    Args:
        n: duration; None (default) takes what the other phases leave.
        shape: one of the four. Default "1-sqrt", the best of them as a cooldown of 20 %.
        final: multiplier of the peak at the end, 0 or more, reached at t = n. Default 0.
        power: exponent above 0, required by shape="power" and by no other.
        start: multiplier at t = 0; None (default) is the level of the phase before.

    Raises:
        ScheduleError: an impossible duration, shape or multiplier; a power missing or in excess.

    Source:
        Hägele et al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations,
        NeurIPS 2024 (1-sqrt).

    >>> p = decay().over(4)
    >>> p(0), p(1), round(p(3), 3), p(4), p(9)
    (1.0, 0.5, 0.134, 0.0, 0.0)
    >>> decay("20%", shape="power", power=2)
    decay("20%", shape="power", power=2)
    """
    known = choice(shape, "shape", ("linear", "cosine", "1-sqrt", "power"))
    if (power is None) == (known == "power"):
        raise ScheduleError(
            "the shape needs a power" if power is None else "the shape takes no power",
            value=f'shape="{known}", power={power}',
            rule='power belongs to shape="power", which is 1 − x^power',
            fix='shape="power", power=2' if power is None else "leave out power",
        )
    curve = Curve(known, 0.0 if power is None else positive(power, "power"))
    return _ramp(curve, n, final, start)


def _ramp(curve: Curve, n: DurationLike | None, final: float, start: float | None) -> Schedule:
    return Ramp(
        _optional(n, curve.shape),
        curve,
        multiplier(final, "final"),
        None if start is None else multiplier(start, "start"),
    )


def _optional(n: DurationLike | None, name: str) -> Duration | None:
    return None if n is None else Duration.of(n, f"the duration of {name}")
