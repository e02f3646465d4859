"""Ramps: ways from one level to another, linear, cosine, polynomial, rex and the cooldowns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lehr.errors import ScheduleError
from lehr.schedule.base import Room, Schedule
from lehr.schedule.checked import choice, finite, multiplier, number_text, positive
from lehr.schedule.durations import Duration, DurationLike
from lehr.schedule.phases import Phase, call, optional, own_number
from lehr.schedule.shapes import LINEAR, Curve
from lehr.schedule.track import Track

DecayShape = Literal[
    "linear",
    "cosine",
    "half-cosine",
    "1-sqrt",
    "power",
    "exponential",
    "geometric",
    "harmonic",
    "tanh",
]

_CURVES = {"exponential": "ratio", "half-cosine": "half_cosine"}
"""What a shape's curve is called, where it is called otherwise."""

_WORDS = {curve: word for word, curve in _CURVES.items()}

_OF_ENDS = {"geometric": "ratio", "harmonic": "harmonic"}
"""Shapes whose curve has the ratio of the ramp's ends as its parameter."""

_NUMBERS = {
    "polynomial": ("power",),
    "power": ("power",),
    "ratio": ("ratio",),
    "tanh": ("lower", "upper"),
}
"""The arguments that are a curve's parameters."""


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
        curve = self.curve_between(first)
        return Track.single(curve, length=room.length, first=first, last=self.final)

    def curve_between(self, first: float) -> Curve:
        """Return the curve; of some shapes the ratio of the ends is the parameter.

        Raises:
            ScheduleError: an end at 0, where the ratio is needed.
        """
        if self.curve.shape not in _OF_ENDS:
            return self.curve
        if first == self.final:
            return LINEAR
        if first == 0 or self.final == 0:
            raise ScheduleError(
                f"a {self.curve.shape} way neither starts nor ends at 0",
                value=f"{self}, from {number_text(first)} to {number_text(self.final)}",
                rule="the ratio of its ends is its shape",
                fix="final=0.01, or another shape",
            )
        return Curve(_OF_ENDS[self.curve.shape], (self.final / first,))

    def __repr__(self) -> str:
        shape, numbers = self.curve.shape, self.curve.parameters
        own_name = shape in ("linear", "cosine", "polynomial", "rex")
        named = {} if own_name or shape == "1-sqrt" else {"shape": f'"{_WORDS.get(shape, shape)}"'}
        words = _NUMBERS.get(shape, ())
        if shape != "polynomial" or numbers != (1.0,):
            named |= {w: number_text(v) for w, v in zip(words, numbers, strict=True)}
        named["final"] = number_text(self.final) if self.final else ""
        named["start"] = "" if self.start is None else number_text(self.start)
        return call(shape if own_name else "decay", self.duration, named)


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
    return _ramp(Curve("polynomial", (positive(power, "power"),)), n, final, start)


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
    ratio: float | None = None,
    lower: float | None = None,
    upper: float | None = None,
    start: float | None = None,
) -> Schedule:
    """Cool down along a named shape: final + (start − final)·g(x) with x = t/n.

    | shape | g(x) |
    | --- | --- |
    | linear, cosine | 1 − x, (1 + cos πx)/2: the same values as `linear` and `cosine` |
    | half-cosine | 1 + cos(π(1 + x)/2), the second half of a cosine |
    | 1-sqrt | 1 − √x |
    | power | 1 − x^power |
    | exponential | (ratio^x − ratio)/(1 − ratio) |
    | geometric | the same with ratio = final/start: start·(final/start)^x |
    | harmonic | 1/lr goes in a line: 1/(x/final + (1 − x)/start) |
    | tanh | (1 − tanh(lower·(1 − x) + upper·x))/2, which only nearly meets its ends |

    Args:
        n: duration; None (default) takes what the other phases leave.
        shape: one of the table. Default "1-sqrt", the best of linear, cosine and itself as a
            cooldown of 20 %.
        final: multiplier of the peak at the end, 0 or more, reached at t = n. Default 0;
            geometric and harmonic need one above 0.
        power: exponent above 0, required by shape="power" and by no other.
        ratio: above 0 and not 1, required by shape="exponential" and by no other; ½ is
            Megatron-LM's.
        lower: number up to ±300 for shape="tanh" alone. Default there -7, as in timm.
        upper: number up to ±300 for shape="tanh" alone. Default there 3, as in timm.
        start: multiplier at t = 0; None (default) is the level of the phase before.

    Raises:
        ScheduleError: an impossible duration, shape or multiplier; a number missing or in
            excess; for geometric and harmonic, at `.over()`, an end at 0.

    Source:
        Hägele et al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations,
        NeurIPS 2024 (1-sqrt); Wen et al., Understanding Warmup-Stable-Decay Learning Rates, 2024
        (harmonic).

    >>> p = decay().over(4)
    >>> p(0), p(1), round(p(3), 3), p(4), p(9)
    (1.0, 0.5, 0.134, 0.0, 0.0)
    >>> decay("20%", shape="power", power=2)
    decay("20%", shape="power", power=2)
    >>> decay(shape="geometric", final=0.01).over(2).values(0, 3).round(12).tolist()
    [1.0, 0.1, 0.01]
    """
    known = choice(shape, "shape", get_args(DecayShape))
    begin, end = None if start is None else multiplier(start, "start"), multiplier(final, "final")
    exponent = own_number(known, "power", power, wanted=known == "power")
    base = own_number(known, "ratio", ratio, wanted=known == "exponential")
    if base == 1:
        raise ScheduleError("ratio is 1", value="ratio=1", rule="ratio is above 0 and not 1")
    bounds = _bounds(known, lower, upper)
    numbers = tuple(number for number in (exponent, base, *bounds) if number is not None)
    made = Ramp(optional(n, known), Curve(_CURVES.get(known, known), numbers), end, begin)
    if known in _OF_ENDS and 0 in (end, begin):
        made.curve_between(1.0 if begin is None else begin)
    return made


def _bounds(shape: str, lower: float | None, upper: float | None) -> tuple[float, ...]:
    if shape != "tanh":
        own_number(shape, "lower", lower, wanted=False)
        own_number(shape, "upper", upper, wanted=False)
        return ()
    low = finite(-7.0 if lower is None else lower, "lower")
    high = finite(3.0 if upper is None else upper, "upper")
    if max(abs(low), abs(high)) > 300 or low == high:
        raise ScheduleError(
            "the bounds of tanh are out of range",
            value=f"lower={low}, upper={high}",
            rule="they differ and lie between -300 and 300",
            fix="lower=-7, upper=3",
        )
    return low, high


def _ramp(curve: Curve, n: DurationLike | None, final: float, start: float | None) -> Schedule:
    return Ramp(
        optional(n, curve.shape),
        curve,
        multiplier(final, "final"),
        None if start is None else multiplier(start, "start"),
    )
