"""Glide: a phase whose every convention is spelt out, for what other libraries compute."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, cast

import numpy as np

from lehr.errors import ScheduleError
from lehr.schedule.base import Room, Schedule
from lehr.schedule.checked import choice, finite, multiplier, number_text, positive, whole
from lehr.schedule.durations import Duration, DurationLike
from lehr.schedule.phases import Phase, call
from lehr.schedule.shapes import Namespace, Pair, Steps, Values
from lehr.schedule.track import on, pick

GlideShape = Literal[
    "linear",
    "cosine",
    "polynomial",
    "power",
    "rex",
    "exponential",
    "geometric",
    "inverse",
    "log",
    "tanh",
]
Beyond = Literal["hold", "on", "again", "mirror"]

MOST_LAPS = 1_000_000


def _linear(x: Values, _: float, __: Namespace) -> Pair:
    return x, 1.0 - x


def _cosine(x: Values, power: float, xp: Namespace) -> Pair:
    cosine = xp.cos(math.pi * x)
    if power == 1:
        return 0.5 * (1.0 - cosine), 0.5 * (1.0 + cosine)
    left = (0.5 * (1.0 + cosine)) ** power
    return 1.0 - left, left


def _polynomial(x: Values, power: float, _: Namespace) -> Pair:
    left = (1.0 - x) ** power
    return 1.0 - left, left


def _power(x: Values, power: float, _: Namespace) -> Pair:
    done = x**power
    return done, 1.0 - done


def _rex(x: Values, _: float, __: Namespace) -> Pair:
    return x / (2.0 - x), (1.0 - x) / (1.0 - 0.5 * x)


def _exponential(x: Values, factor: float, _: Namespace) -> Pair:
    left = factor**x
    return 1.0 - left, left


def _geometric(x: Values, factor: float, _: Namespace) -> Pair:
    left = (factor**x - factor) / (1.0 - factor)
    return 1.0 - left, left


def _inverse(x: Values, power: float, _: Namespace) -> Pair:
    left = (1.0 + x) ** -power
    return 1.0 - left, left


def _log(x: Values, factor: float, xp: Namespace) -> Pair:
    done = xp.log(1.0 + (factor - 1.0) * x) / math.log(factor)
    return done, 1.0 - done


def _tanh(x: Values, _: float, __: Namespace) -> Pair:
    left = 1.0 / (1.0 + math.e ** (2.0 * x))
    return 1.0 - left, left


@dataclass(frozen=True)
class _Shape:
    """A curve, and the argument it takes: its name and default, None where it is required."""

    curve: Callable[[Values, float, Namespace], Pair]
    argument: Literal["power", "factor"] | None = None
    default: float | None = None


_SHAPES: dict[str, _Shape] = {
    "linear": _Shape(_linear),
    "cosine": _Shape(_cosine, "power", 1.0),
    "polynomial": _Shape(_polynomial, "power", 1.0),
    "power": _Shape(_power, "power"),
    "rex": _Shape(_rex),
    "exponential": _Shape(_exponential, "factor"),
    "geometric": _Shape(_geometric, "factor"),
    "inverse": _Shape(_inverse, "power", 1.0),
    "log": _Shape(_log, "factor"),
    "tanh": _Shape(_tanh),
}


@dataclass(frozen=True, eq=False)
class Laps:
    """Rows of one curve: from step `start` on, x = ((t − start) + ahead)/span.

    Arrays have the shape (rows,). `clamp` keeps x at most 1; `every` is the number of steps in
    which time stands still; `warp` is the exponent of x.
    """

    start: Steps
    ahead: Values
    span: Values
    first: Values
    last: Values
    shape: str
    parameter: float
    warp: float
    every: int
    clamp: bool

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        row = xp.searchsorted(on(xp, self.start), t, side="right") - 1
        local = t - pick(xp, self.start, row)
        if self.every != 1:
            local = local - local % self.every
        x = (local + pick(xp, self.ahead, row)) / pick(xp, self.span, row)
        if self.clamp:
            x = xp.where(x < 1.0, x, 1.0)
        if self.warp != 1:
            x = x**self.warp
        done, left = _SHAPES[self.shape].curve(x, self.parameter, xp)
        first, last = pick(xp, self.first, row), pick(xp, self.last, row)
        return xp.where(done < 0.5, first + (last - first) * done, last - (last - first) * left)

    def scaled(self, gain: float) -> Laps:
        """Return the rows with every value multiplied by `gain`."""
        return replace(self, first=self.first * gain, last=self.last * gain)

    def cut(self, length: int) -> Laps:
        """Return the rows that begin before step `length`."""
        rows = int(np.count_nonzero(self.start < length))
        names = ("start", "ahead", "span", "first", "last")
        return replace(self, **{name: getattr(self, name)[:rows] for name in names})


@dataclass(frozen=True, repr=False)
class Glide(Phase):
    """A way along a curve with its conventions; made by `glide`."""

    duration: Duration | None
    shape: str
    final: float
    start: float | None
    span: float | None
    offset: float
    laps: float
    parameter: float
    warp: float
    every: int
    beyond: Beyond
    stretch: float
    shrink: float

    def draw(self, room: Room) -> Laps:
        """Lay the laps that begin within the room end to end."""
        scale = room.scope.stretch
        whole_span = Fraction(room.length) if self.span is None else _exact(self.span) * scale
        span, offset = whole_span / _exact(self.laps), _exact(self.offset) * scale
        first = room.level if self.start is None else self.start
        cyclic = self.beyond in ("again", "mirror")
        starts, aheads, spans = [0], [offset], [span]
        if cyclic:
            starts, aheads, spans = self._laps(span, offset, room.length)
        count = np.arange(len(starts))
        firsts = first * self.shrink**count
        lasts = np.full(len(starts), self.final)
        back = (count % 2 == 1) & (self.beyond == "mirror")
        return Laps(
            start=np.array(starts, np.int64),
            ahead=np.array([float(ahead) for ahead in aheads]),
            span=np.array([float(span) for span in spans]),
            first=np.where(back, lasts, firsts),
            last=np.where(back, firsts, lasts),
            shape=self.shape,
            parameter=self.parameter,
            warp=self.warp,
            every=self.every,
            clamp=self.beyond == "hold",
        )

    def _laps(
        self, span: Fraction, offset: Fraction, length: int
    ) -> tuple[list[int], list[Fraction], list[Fraction]]:
        """Return where each lap starts, the progress made there in steps, and its length."""
        stretch = _exact(self.stretch)
        begin, starts, aheads, spans = -offset, list[int](), list[Fraction](), list[Fraction]()
        while begin <= length:
            step = max(0, math.ceil(begin))
            starts.append(step)
            aheads.append(step - begin)
            spans.append(span)
            begin, span = begin + span, span * stretch
            if len(starts) > (MOST_LAPS if stretch == 1 else 1_000):
                raise ScheduleError(
                    "there are too many laps",
                    value=f"{self} over {length} steps",
                    rule=f"at most {MOST_LAPS:,} laps, 1,000 if they are stretched",
                    fix="use a longer span",
                )
        return starts, aheads, spans

    def __repr__(self) -> str:
        argument = _SHAPES[self.shape].argument
        plain = self.parameter == _SHAPES[self.shape].default
        numbers: tuple[tuple[str, float | None, float | None], ...] = (
            ("final", self.final, 0),
            ("start", self.start, None),
            ("span", self.span, None),
            ("offset", self.offset, 0),
            ("laps", self.laps, 1),
            (argument or "", None if argument is None or plain else self.parameter, None),
            ("warp", self.warp, 1),
            ("every", self.every, 1),
            ("stretch", self.stretch, 1),
            ("shrink", self.shrink, 1),
        )
        options = {"shape": "" if self.shape == "linear" else f'"{self.shape}"'}
        options |= {
            name: "" if value is None or value == default else number_text(float(value))
            for name, value, default in numbers
        }
        options["beyond"] = "" if self.beyond == "hold" else f'"{self.beyond}"'
        return call("glide", self.duration, options)


def glide(
    n: DurationLike | None = None,
    shape: GlideShape = "linear",
    final: float = 0,
    *,
    start: float | None = None,
    span: float | None = None,
    offset: float = 0,
    laps: float = 1,
    power: float | None = None,
    factor: float | None = None,
    warp: float = 1,
    every: int = 1,
    beyond: Beyond = "hold",
    stretch: float = 1,
    shrink: float = 1,
) -> Schedule:
    """Go from `start` to `final` along a curve, with every convention said.

    final + (start − final)·g(x^warp) with x = laps·(t + offset)/span. The other phases have one
    convention each; this one has those of other libraries, and their ports are made of it.

    | shape | g(x) | shape | g(x) |
    | --- | --- | --- | --- |
    | linear | 1 − x | geometric | (factor^x − factor)/(1 − factor) |
    | cosine | ((1 + cos πx)/2)^power | inverse | (1 + x)^(−power) |
    | polynomial | (1 − x)^power | log | 1 − ln(1 + (factor − 1)·x)/ln factor |
    | power | 1 − x^power | tanh | (1 − tanh x)/2 |
    | exponential | factor^x | rex | (1 − x)/(1 − x/2) |

    Args:
        n: duration; None (default) takes what the other phases leave.
        shape: one of the table. Default "linear".
        final: multiplier at x = 1 (exponential, inverse, tanh: the limit), 0 or more. Default 0.
        start: multiplier at x = 0; None (default) is the level of the phase before.
        span: steps in which progress goes from 0 to `laps`, above 0, not necessarily whole.
            None (default) is the duration of the phase.
        offset: steps that count as done at the phase's first step: 1 for "t + 1", a fraction
            where a boundary falls between two steps, negative only for "tanh". Default 0.
        laps: how often the curve is gone through in `span` steps, above 0. Default 1.
        power: above 0; of cosine, polynomial, inverse (default 1) and power (required).
        factor: above 0 and not 1; required by exponential, geometric and log.
        warp: exponent of progress, above 0 (k-decay). Default 1.
        every: steps in which time stands still: t becomes every·⌊t/every⌋. Default 1.
        beyond: what happens after x = 1: "hold" (default) stays there, "on" follows the formula,
            "again" starts the curve anew, "mirror" goes it backwards and forwards in turn.
        stretch: with "again", length of a lap relative to the one before. Default 1.
        shrink: with "again", `start` of a lap relative to the one before. Default 1.

    Raises:
        ScheduleError: an impossible value, or an argument that the shape or `beyond` has no use
            for; at `.over()`, more than a million laps.

    Source:
        Hugging Face's, Optax's, Keras', timm's and other schedulers as `lehr.catalog.ports` reads
        them; warp is Zhang & Li, k-decay, 2020.

    >>> from lehr import constant
    >>> p = glide(shape="cosine", span=2.5, beyond="again").over(5)
    >>> [round(p(t), 4) for t in (0, 1, 2, 3, 4, 5)]
    [1.0, 0.6545, 0.0955, 0.9045, 0.3455, 1.0]
    >>> glide(4, final=0.2, offset=1) >> constant(0.2)
    glide(4, final=0.2, offset=1) >> constant(0.2)
    """
    known = choice(shape, "shape", _SHAPES)
    after = cast("Beyond", choice(beyond, "beyond", ("hold", "on", "again", "mirror")))
    begin, end = None if start is None else multiplier(start, "start"), multiplier(final, "final")
    ahead = finite(offset, "offset")
    _check_progress(known, after, ahead, begin, end)
    made = Glide(
        duration=None if n is None else Duration.of(n, "the duration of glide"),
        shape=known,
        final=end,
        start=begin,
        span=None if span is None else positive(span, "span"),
        offset=ahead,
        laps=positive(laps, "laps"),
        parameter=_parameter(known, power, factor),
        warp=positive(warp, "warp"),
        every=whole(every, "every"),
        beyond=after,
        stretch=positive(stretch, "stretch"),
        shrink=positive(shrink, "shrink"),
    )
    cyclic = after in ("again", "mirror")
    if (made.stretch, made.shrink) != (1, 1) and after != "again":
        raise ScheduleError(
            "there are no laps to stretch or shrink",
            value=str(made),
            rule='stretch and shrink belong to beyond="again"',
        )
    if cyclic and made.every != 1:
        raise ScheduleError(
            "laps have no stairs", value=str(made), rule="every belongs to a single way"
        )
    return made


def _parameter(shape: str, power: float | None, factor: float | None) -> float:
    """Return the number the shape takes, if it is the one that was given."""
    own = _SHAPES[shape]
    given = {"power": power, "factor": factor}
    value = given.pop(own.argument) if own.argument else None
    stray = [name for name, number in given.items() if number is not None]
    if stray:
        raise ScheduleError(
            f"the shape takes no {stray[0]}",
            value=f'shape="{shape}", {stray[0]}={given[stray[0]]}',
            rule=f'"{shape}" takes {own.argument or "neither power nor factor"}',
            fix=f"leave out {stray[0]}",
        )
    if own.argument is None:
        return 0.0
    if value is None:
        if own.default is None:
            raise ScheduleError(
                f"the shape needs a {own.argument}",
                value=f'shape="{shape}"',
                rule=f"{own.argument} is required",
                fix=f"{own.argument}=0.5",
            )
        return own.default
    number = positive(value, own.argument)
    if own.argument == "factor" and number == 1 and shape != "exponential":
        raise ScheduleError("factor is 1", value=f'shape="{shape}", factor=1', rule="factor ≠ 1")
    return number


def _check_progress(
    shape: str, beyond: Beyond, offset: float, start: float | None, final: float
) -> None:
    """Refuse what would leave the domain of a curve, or make a multiplier negative."""
    if offset < 0 and shape != "tanh":
        raise ScheduleError(
            "offset is negative",
            value=f'shape="{shape}", offset={offset}',
            rule='offset is 0 or more, unless shape="tanh"',
            fix="a phase before this one",
        )
    falls = start is None or start > final
    endless = shape in ("exponential", "inverse", "tanh")
    if beyond == "on" and not endless and (falls or shape not in ("linear", "power", "log")):
        raise ScheduleError(
            "the curve would leave the multipliers",
            value=f'shape="{shape}", beyond="on"',
            rule='beyond="on" is for exponential, inverse and tanh, and for linear, power and log '
            "that rise from a given start",
            fix='beyond="hold"',
        )


def _exact(value: float) -> Fraction:
    """Return the decimal a person wrote, 0.1 as 1/10."""
    return Fraction(repr(value))
