"""The text form: read what `repr` wrote, through an allow-list of syntax, never `eval`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from lehr.errors import ParseError, ScheduleError, did_you_mean
from lehr.schedule.algebra import absolute, maximum, minimum, product, scale, sequence, total
from lehr.schedule.base import Builder, Schedule
from lehr.schedule.factors import (
    exponential,
    multi_step,
    polynomial_cycles,
    power_law,
    rsqrt,
    step,
)
from lehr.schedule.glide import glide
from lehr.schedule.maps import proportional, reciprocal
from lehr.schedule.noise import noisy
from lehr.schedule.phases import constant, hold, warmup
from lehr.schedule.piecewise import piecewise
from lehr.schedule.plan import Plan
from lehr.schedule.ramps import cosine, decay, linear, polynomial, rex
from lehr.schedule.take import take

MOST_CHARACTERS = 20_000
DEEPEST = 50

PRIMITIVES: Mapping[str, Builder] = {
    build.__name__: build
    for build in (
        *(warmup, hold, constant, linear, cosine, polynomial, decay, rex),
        *(exponential, step, multi_step, rsqrt, power_law, polynomial_cycles),
        *(piecewise, glide, take, minimum, maximum, total),
        *(proportional, reciprocal, noisy, absolute),
    )
}
"""The names that `repr` writes; the catalog adds its recipes."""

Value = Schedule | float | str | list["Value"] | None

Built = TypeVar("Built")

_GRAMMAR = 'a schedule text such as: warmup("5%") >> hold() >> 0.5 * cosine("20%", final=0.1)'
_METHODS = ("clip", "repeat")


def parse(text: str, names: Mapping[str, Builder] = PRIMITIVES) -> Schedule | Plan:
    """Read a schedule, or a plan, from its text form; the inverse of `repr`.

    The text may hold calls of `names`, `>>`, `*`, `.clip(…)`, `.repeat(…)`, numbers, quoted
    durations, lists of them, and one `Plan(…)` around everything. Nothing is evaluated.

    Args:
        text: at most 20,000 characters.
        names: what each name stands for. Default: the primitives; `lehr.parse` adds the catalog.

    Raises:
        ParseError: the text is anything else; says where, and which name was perhaps meant.

    >>> parse('warmup(100) >> cosine("50%") >> hold()')
    warmup(100) >> cosine("50%") >> hold()
    >>> parse("Plan(momentum=absolute(constant(0.9)))")
    Plan(lr=constant(), momentum=absolute(constant(0.9)))
    """
    return _Reader(text, names).read()


@dataclass(frozen=True)
class _Reader:
    text: str
    names: Mapping[str, Builder]

    def read(self) -> Schedule | Plan:
        node = self._tree()
        if isinstance(node, ast.Call) and _named(node.func) == "Plan":
            return self._plan(node)
        value = self._value(node, DEEPEST)
        if isinstance(value, Schedule):
            return value
        raise self._error("the text is not a schedule", node)

    def _tree(self) -> ast.expr:
        if not isinstance(self.text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
            raise ParseError("a schedule text is not a text", value=repr(self.text), rule=_GRAMMAR)
        if len(self.text) > MOST_CHARACTERS:
            raise ParseError(
                "the text is too long",
                value=f"{len(self.text)} characters",
                rule=f"at most {MOST_CHARACTERS:,} characters",
            )
        if "\\" in self.text or "\0" in self.text:
            raise ParseError("the text holds an escape", value=repr(self.text[:80]), rule=_GRAMMAR)
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError as error:
            where = f" at column {error.offset}" if error.offset else ""
            raise ParseError(
                f"the text cannot be read{where}: {error.msg}",
                value=_excerpt(self.text.strip(), (error.offset or 1) - 1),
                rule=_GRAMMAR,
            ) from None
        except (RecursionError, MemoryError, ValueError) as error:
            raise ParseError(
                "the text is nested too deeply", value=_excerpt(self.text, 0), rule=_GRAMMAR
            ) from error

    def _plan(self, node: ast.Call) -> Plan:
        entries: dict[str, Schedule] = {}
        if node.args:
            raise self._error("an entry of a plan has no name", node, fix="Plan(lr=cosine())")
        for keyword in node.keywords:
            value = self._value(keyword.value, DEEPEST)
            if keyword.arg is None or not isinstance(value, Schedule):
                raise self._error("an entry of a plan is not a schedule", keyword.value)
            if keyword.arg in entries:
                raise self._error(f"the plan is given {keyword.arg} twice", keyword.value)
            entries[keyword.arg] = value
        return self._built(node, lambda: Plan(**entries))

    def _value(self, node: ast.expr, depth: int) -> Value:
        if depth == 0:
            raise self._error(f"the text is nested more than {DEEPEST} deep", node)
        match node:
            case ast.BinOp(op=ast.RShift() | ast.Mult()):
                return self._chain(node, depth)
            case ast.Call(func=ast.Name() | ast.Attribute()):
                return self._call(node, depth)
            case ast.Constant(value=bool() | bytes() | complex()):
                raise self._error("only numbers, texts and None are values", node)
            case ast.Constant(value=(int() | float() | str() | None) as constant_value):
                return constant_value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return [self._value(element, depth - 1) for element in elements]
            case ast.Name(id=name):
                known = name in self.names
                fix = f"{name}(...)" if known else did_you_mean(name, self.names)
                raise self._error(f"{name} is not called", node, fix=fix)
            case _:
                raise self._error("this is not part of the schedule language", node)

    def _chain(self, node: ast.expr, depth: int) -> Schedule:
        """Read a >> b >> c or a * b * c from the left without recursing along the chain."""
        links: list[ast.BinOp] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift | ast.Mult):
            links.append(node)
            node = node.left
        value = self._value(node, depth - 1)
        phases: list[Schedule] = []  # of the >> chain so far, without `value`
        for link in reversed(links):
            right = self._value(link.right, depth - 1)
            if isinstance(link.op, ast.RShift):
                phases.append(self._schedule(value, link))
                value = right
            else:
                value = self._times(link, self._in_order(phases, value, link), right)
                phases = []
        return self._schedule(self._in_order(phases, value, links[0]), links[0])

    def _in_order(self, phases: list[Schedule], last: Value, node: ast.expr) -> Value:
        if not phases:
            return last
        parts = (*phases, self._schedule(last, node))
        return self._built(node, lambda: sequence(*parts))

    def _times(self, link: ast.BinOp, left: Value, right: Value) -> Schedule:
        if isinstance(left, Schedule) and isinstance(right, Schedule):
            return self._built(link, lambda: product(left, right))
        if isinstance(left, int | float) and isinstance(right, Schedule):
            return self._built(link, lambda: scale(left, right))
        if isinstance(left, Schedule) and isinstance(right, int | float):
            return self._built(link, lambda: scale(right, left))
        raise self._error("* multiplies a schedule by a schedule or a number", link)

    def _call(self, node: ast.Call, depth: int) -> Schedule:
        if isinstance(node.func, ast.Attribute):
            owner = self._schedule(self._value(node.func.value, depth - 1), node.func)
            name = node.func.attr
            if name not in _METHODS:
                raise self._error(f"a schedule has no .{name}", node, did_you_mean(name, _METHODS))
            build: Builder = owner.clip if name == "clip" else owner.repeat
        else:
            name = _named(node.func) or ""
            if name not in self.names:
                raise self._error(f"{name} is not known", node, did_you_mean(name, self.names))
            build = self.names[name]
        arguments = [self._value(argument, depth - 1) for argument in node.args]
        options: dict[str, Value] = {}
        known = inspect.signature(build).parameters
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg not in known:
                fix = did_you_mean(keyword.arg or "", known)
                raise self._error(f"{name} has no argument {keyword.arg}", keyword.value, fix)
            if keyword.arg in options:
                raise self._error(f"{name} is given {keyword.arg} twice", keyword.value)
            options[keyword.arg] = self._value(keyword.value, depth - 1)
        try:
            inspect.signature(build).bind(*arguments, **options)
        except TypeError as error:
            raise self._error(f"{name}: {error}", node) from None
        return self._schedule(self._built(node, lambda: build(*arguments, **options)), node)

    def _schedule(self, value: Value, node: ast.expr) -> Schedule:
        if isinstance(value, Schedule):
            return value
        fix = f"hold({value})" if isinstance(value, int) else None
        raise self._error(f"{value!r} stands where a schedule must stand", node, fix)

    def _built(self, node: ast.expr, build: Callable[[], Built]) -> Built:
        try:
            return build()
        except ScheduleError as error:
            raise ParseError(
                error.problem,
                value=f"{error.value}, in: {_excerpt(self.text.strip(), node.col_offset)}",
                rule=error.rule,
                fix=error.fix,
            ) from error

    def _error(self, problem: str, node: ast.expr, fix: str | None = None) -> ParseError:
        where = f"{problem} (column {node.col_offset + 1})"
        excerpt = _excerpt(self.text.strip(), node.col_offset)
        return ParseError(where, value=excerpt, rule=_GRAMMAR, fix=fix)


def _named(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _excerpt(text: str, column: int) -> str:
    """Return up to 60 characters of `text` from `column` on."""
    begin = max(0, column)
    end = begin + 60
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
