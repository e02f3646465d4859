"""Formula: a bound schedule as a few lines of plain arithmetic in the step `t`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lehr.catalog.convert.legs import Leg, legs
from lehr.schedule import BoundSchedule
from lehr.schedule.base import Room
from lehr.schedule.checked import number_text
from lehr.schedule.glide import Laps
from lehr.schedule.maps import Line
from lehr.schedule.pieces import Clipped, Combined, Join, Piece
from lehr.schedule.repeat import Repeat
from lehr.schedule.shapes import Curve
from lehr.schedule.track import Track

MOST_SEGMENTS = 11
"""Stretches with a formula of their own, so that the whole function has at most 15 lines."""

TOLERANCE = 1e-12


class Unsaid(Exception):  # noqa: N818 - not an error: the caller falls back to a table
    """There is no short formula."""


@dataclass(frozen=True)
class Dialect:
    """How a framework writes functions: `prefix` before cos, sqrt, …; `choose` for conditions."""

    prefix: str
    pi: str
    vector: bool

    def call(self, name: str, *arguments: str) -> str:
        """Write a call of a function."""
        if name in ("minimum", "maximum") and not self.vector:
            return f"{name[:3]}({', '.join(arguments)})"
        return f"{self.prefix}.{name}({', '.join(arguments)})"

    def choose(self, condition: str, yes: str, no: str) -> str:
        """Write a conditional expression."""
        if self.vector:
            return f"{self.prefix}.where({condition}, {yes}, {no})"
        return f"({yes} if {condition} else {no})"


PYTHON = Dialect("math", "math.pi", vector=False)
JAX = Dialect("jnp", "jnp.pi", vector=True)
KERAS = Dialect("ops", "math.pi", vector=True)


@dataclass(frozen=True)
class Segment:
    """An expression in `t` that counts up to step `stop`."""

    stop: int
    expression: str


@dataclass(frozen=True)
class Formula:
    """A schedule as expressions in order, and the multiplier from the horizon on."""

    segments: tuple[Segment, ...]
    final: float
    horizon: int

    def branches(self) -> list[tuple[str, str]]:
        """Return (condition, expression) in order; the last condition is empty."""
        if self._ends_itself():
            inner = [(f"t < {s.stop}", s.expression) for s in self.segments[:-1]]
            return [*inner, ("", self.segments[-1].expression)]
        inner = [(f"t < {s.stop}", s.expression) for s in self.segments]
        return [*inner, ("", number_text(self.final))]

    def _ends_itself(self) -> bool:
        return self.segments[-1].expression == number_text(self.final)


def formula(bound: BoundSchedule, dialect: Dialect) -> Formula:
    """Write a bound schedule as arithmetic.

    Raises:
        Unsaid: a part has no formula, or there are too many parts.
    """
    found: list[Segment] = []
    for leg in legs(bound):
        found += _leg(leg, dialect)
    merged = [
        segment
        for index, segment in enumerate(found)
        if index + 1 == len(found) or found[index + 1].expression != segment.expression
    ]
    if len(merged) > MOST_SEGMENTS:
        raise Unsaid
    return Formula(tuple(merged), bound(bound.horizon), bound.horizon)


def agrees(made: Formula, bound: BoundSchedule) -> bool:
    """Return whether the formula, evaluated by Python, is the schedule at every step."""
    values = np.empty(bound.horizon + 1)
    branches = made.branches()
    codes = [compile(expression, "formula", "eval") for _, expression in branches]
    stops = [segment.stop for segment in made.segments[: len(branches) - 1]] + [bound.horizon + 1]
    begin = 0
    try:
        for code, stop in zip(codes, stops, strict=True):
            for t in range(begin, stop):
                values[t] = eval(code, {"math": math, "t": t, "min": min, "max": max})  # noqa: S307 - our own arithmetic
            begin = stop
    except (ArithmeticError, ValueError):
        return False
    ours = bound.values(0, bound.horizon + 1)
    return bool(np.abs(values - ours).max() <= TOLERANCE * max(1.0, float(ours.max())))


def _leg(leg: Leg, d: Dialect) -> list[Segment]:
    part = leg.part
    if isinstance(part, Repeat):
        return [Segment(leg.start + leg.steps, _bare(_repeated(part, leg, d)))]
    return [
        Segment(min(leg.start + stop, leg.start + leg.steps), _bare(text))
        for stop, text in _segments(leg.piece, "t", leg.start, leg.steps, d)
    ]


def _bare(text: str) -> str:
    """Leave out parentheses around the whole of an expression."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]


def _repeated(part: Repeat, leg: Leg, d: Dialect) -> str:
    """Write cycles of one length with the remainder of the step."""
    own = part.cycle.length(leg.scope)
    fixed = part.cycle.extent == "fixed"
    n = own if fixed and own is not None else leg.steps // (part.n or 1)
    if part.stretch != 1 or (not fixed and leg.steps % (part.n or 1)):
        raise Unsaid
    scope = leg.scope if fixed else type(leg.scope)(span=n, clock=leg.scope.clock)
    piece = part.cycle.place(Room(scope, n, leg.level))
    local = _minus("t", leg.start)
    inner = _whole(piece, f"({local} % {n})", 0, n, d)
    if part.shrink == 1:
        return inner
    return f"{number_text(part.shrink)} ** ({local} // {n}) * ({inner})"


def _segments(piece: Piece, t: str, shift: int, steps: int, d: Dialect) -> list[tuple[int, str]]:
    """Return (stop, expression) pairs; steps count from the piece's first, `t` minus `shift`."""
    if isinstance(piece, Track) and len(piece.start) <= MOST_SEGMENTS:
        return _track(piece, t, shift, steps, d)
    if isinstance(piece, Laps) and len(piece.start) <= MOST_SEGMENTS:
        return _laps(piece, t, shift, steps, d)
    if isinstance(piece, Join) and len(piece.starts) <= MOST_SEGMENTS:
        return _join(piece, t, shift, steps, d)
    return [(steps, _nested(piece, t, shift, steps, d))]


def _whole(piece: Piece, t: str, shift: int, steps: int, d: Dialect) -> str:
    """Write a piece as one expression."""
    *before, (_, text) = _segments(piece, t, shift, steps, d)
    for stop, earlier in reversed(before):
        text = d.choose(f"{_minus(t, shift)} < {stop}", earlier, text)
    return text


def _nested(piece: Piece, t: str, shift: int, steps: int, d: Dialect) -> str:
    match piece:
        case Combined(parts=parts, how=how, gain=gain):
            inner = [_whole(part, t, shift, steps, d) for part in parts]
            if how == "product":
                text = " * ".join(f"({part})" for part in inner)
            elif how == "total":
                text = " + ".join(f"({part})" for part in inner)
            else:
                text = inner[0]
                for part in inner[1:]:
                    text = d.call(how, text, part)
            return _times(gain, text)
        case Clipped(part=part, low=low, high=high, gain=gain):
            text = _whole(part, t, shift, steps, d)
            text = d.call("maximum", text, number_text(low)) if low > 0 else text
            text = d.call("minimum", text, number_text(high)) if math.isfinite(high) else text
            return _times(gain, text)
        case Line(part=part, slope=slope, intercept=intercept):
            inner = _whole(part, t, shift, steps, d)
            return f"{number_text(intercept)} + {number_text(slope)} * ({inner})"
        case _:
            raise Unsaid


def _times(gain: float, text: str) -> str:
    return text if gain == 1 else f"{number_text(gain)} * ({text})"


def _minus(t: str, shift: int) -> str:
    return t if shift == 0 else f"({t} {'-' if shift > 0 else '+'} {abs(shift)})"


def _over(t: str, span: float) -> str:
    return t if span == 1 else f"{t} / {number_text(span)}"


def _track(piece: Track, t: str, shift: int, steps: int, d: Dialect) -> list[tuple[int, str]]:
    stops = [*(int(start) for start in piece.start[1:]), steps]
    found: list[tuple[int, str]] = []
    for row, stop in enumerate(stops):
        curve = piece.curves[int(piece.curve[row])]
        x = _over(_minus(t, shift + int(piece.origin[row])), float(piece.length[row]))
        first, last = float(piece.first[row]), float(piece.last[row])
        found.append((stop, _value(first, last, _left(curve, x, d), x, curve.shape)))
    return found


def _laps(piece: Laps, t: str, shift: int, steps: int, d: Dialect) -> list[tuple[int, str]]:
    stops = [*(int(start) for start in piece.start[1:]), steps]
    names = {"geometric": "ratio", "inverse": "power_law"}
    found: list[tuple[int, str]] = []
    for row, stop in enumerate(stops):
        start, ahead, span = int(piece.start[row]), float(piece.ahead[row]), float(piece.span[row])
        if piece.every != 1 or piece.shape == "tanh":
            raise Unsaid
        whole = ahead.is_integer()
        local = (
            _minus(t, shift + start - int(ahead))
            if whole
            else f"({_minus(t, shift + start)} + {number_text(ahead)})"
        )
        x = _over(local, span)
        if piece.clamp and (stop - 1 - start + ahead) / span > 1:
            x = d.call("minimum", x, "1.0")
        if piece.warp != 1:
            x = f"({x}) ** {number_text(piece.warp)}"
        shape = names.get(piece.shape, piece.shape)
        parameters = (piece.parameter, 1.0) if shape == "power_law" else (piece.parameter,)
        curve = Curve(shape, parameters)
        left = _left(curve, x, d)
        if shape == "cosine" and piece.parameter != 1:
            left = f"({left}) ** {number_text(piece.parameter)}"
        first, last = float(piece.first[row]), float(piece.last[row])
        found.append((stop, _value(first, last, left, x, curve.shape)))
    return found


def _join(piece: Join, t: str, shift: int, steps: int, d: Dialect) -> list[tuple[int, str]]:
    starts = [int(start) for start in piece.starts]
    found: list[tuple[int, str]] = []
    for copy, (start, stop) in enumerate(zip(starts, [*starts[1:], steps], strict=True)):
        part, gain = piece.parts[int(piece.which[copy])], float(piece.gains[copy])
        for end, text in _segments(part.scaled(gain), t, shift + start, stop - start, d):
            found.append((start + end, text))
    return found


_LEFT: dict[str, Callable[[str, Curve, Dialect], str]] = {
    "cosine": lambda x, _, d: f"(1 + {d.call('cos', f'{d.pi} * {x}')}) / 2",
    "power_stairs": lambda x, c, d: (
        f"(1 + {_product(c.parameters[1], d.call('floor', x))}) ** -{number_text(c.parameter)}"
    ),
    "half_cosine": lambda x, _, d: f"(1 + {d.call('cos', f'{d.pi} / 2 * (1 + {x})')})",
    "wait": lambda _, __, ___: "1",
    "polynomial": lambda x, c, _: f"(1 - {x}) ** {number_text(c.parameter)}",
    "power": lambda x, c, _: f"(1 - ({x}) ** {number_text(c.parameter)})",
    "1-sqrt": lambda x, _, d: f"(1 - {d.call('sqrt', x)})",
    "rex": lambda x, _, __: f"(1 - {x}) / (1 - {x} / 2)",
    "ratio": lambda x, c, _: f"({c.parameter!r} ** ({x}) - {c.parameter!r}) / {1 - c.parameter!r}",
    "harmonic": lambda x, c, _: (
        f"{c.parameter!r} * (1 - {x}) / ({x} + {c.parameter!r} * (1 - {x}))"
    ),
    "log": lambda x, c, d: (
        f"(1 - {d.call('log', f'1 + {c.parameter - 1!r} * {x}')} / {math.log(c.parameter)!r})"
    ),
    "exponential": lambda x, c, _: f"{number_text(c.parameter)} ** ({x})",
    "step": lambda x, c, d: f"{number_text(c.parameter)} ** {d.call('floor', x)}",
    "rsqrt": lambda x, _, d: f"1 / {d.call('sqrt', f'1 + {x}')}",
    "power_law": lambda x, c, _: (
        f"(1 + {_product(c.parameters[1], x)}) ** -{number_text(c.parameter)}"
    ),
    "tanh": lambda x, c, d: (
        f"(1 - {d.call('tanh', f'{c.parameters[0]!r} * (1 - {x}) + {c.parameters[1]!r} * {x}')})"
        " / 2"
    ),
}


def _product(number: float, x: str) -> str:
    return x if number == 1 else f"{number!r} * {x}"


def _left(curve: Curve, x: str, d: Dialect) -> str:
    """Write how much of the way is left."""
    if curve.shape == "linear":
        return f"(1 - {x})"
    if curve.shape not in _LEFT:
        raise Unsaid
    return _LEFT[curve.shape](x, curve, d)


def _value(first: float, last: float, left: str, x: str, shape: str) -> str:
    """Write last + (first − last)·left, without the terms that are nothing."""
    way = first - last
    if way == 0 or shape == "wait":
        return number_text(first)
    if shape == "linear":
        if first == 0:
            return x if last == 1 else f"{number_text(last)} * {x}"
        if (first, last) != (1, 0):
            sign = "-" if way > 0 else "+"
            return f"{number_text(first)} {sign} {number_text(abs(way))} * {x}"
    if last == 0:
        return left if way == 1 else f"{number_text(way)} * {left}"
    sign = "+" if way > 0 else "-"
    factor = "" if abs(way) == 1 else f"{number_text(abs(way))} * "
    return f"{number_text(last)} {sign} {factor}{left}"
