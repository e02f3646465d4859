"""A schedule in Optax's own functions, where there are such."""

from __future__ import annotations

from lehr.catalog.convert.legs import Leg, legs
from lehr.catalog.convert.native import Call, members, written
from lehr.schedule import BoundSchedule
from lehr.schedule.factors import Falling, MultiStep
from lehr.schedule.phases import Constant, Hold, Warmup
from lehr.schedule.piecewise import Piecewise
from lehr.schedule.ramps import Ramp


def proposals(bound: BoundSchedule, peak_lr: float) -> list[Call]:
    """Return what may be the schedule, simplest first; a proof decides."""
    found = legs(bound)
    parts = [_member(leg, peak_lr) for leg in found]
    calls = [call for call in parts[:1] if call is not None]
    warm = _warm_cosine(found, peak_lr)
    if warm is not None:
        calls.append(warm)
    if len(parts) > 1 and None not in parts:
        marks = [leg.start for leg in found[1:]]
        calls.append(Call("join_schedules", {"schedules": parts, "boundaries": marks}))
    return calls


def _warm_cosine(found: tuple[Leg, ...], peak_lr: float) -> Call | None:
    match [leg.part for leg in found]:
        case [Warmup(shape="linear", reach="next") as up, Ramp() as down] if (
            down.curve.shape == "cosine"
        ):
            arguments: dict[str, object] = {
                "init_value": up.start * peak_lr,
                "peak_value": peak_lr,
                "warmup_steps": found[0].steps,
                "decay_steps": found[0].steps + found[1].steps,
                "end_value": down.final * peak_lr,
            }
            return Call("warmup_cosine_decay_schedule", arguments)
        case _:
            return None


def _member(leg: Leg, peak_lr: float) -> Call | None:
    part, first, n = leg.part, leg.value(0) * peak_lr, leg.steps
    match part:
        case Hold() | Constant() | Warmup(shape="constant") if first > 0:
            return Call("constant_schedule", {"value": first})
        case Warmup(shape="linear", reach=reach):
            steps = n - (reach == "last")
            return _line(first, peak_lr, steps) if steps else _line(peak_lr, peak_lr, 1)
        case Ramp(final=final) if part.curve.shape == "linear":
            return _line(first, final * peak_lr, n)
        case Ramp(final=final) if part.curve.shape == "polynomial":
            arguments = {"init_value": first, "end_value": final * peak_lr}
            more = {"power": part.curve.parameter, "transition_steps": n}
            return Call("polynomial_schedule", arguments | more)
        case Ramp(final=final) if part.curve.shape == "cosine" and first > 0:
            alpha = final * peak_lr / first
            arguments = {"init_value": first, "decay_steps": n, "alpha": alpha}
            return Call("cosine_decay_schedule", arguments)
        case Falling(final=0) if part.curve.shape in ("exponential", "step") and first > 0:
            arguments = {"init_value": first, "transition_steps": leg.length(part.every)}
            more = {"decay_rate": part.curve.parameter, "staircase": part.curve.shape == "step"}
            return Call("exponential_decay", arguments | more)
        case MultiStep() if first > 0:
            scales = {leg.length(mark): part.factor for mark in part.milestones}
            return _pieces(first, scales)
        case Piecewise(levels=levels) if all(levels[:-1]):
            scales = {
                leg.length(mark): after / before
                for mark, before, after in zip(part.marks, levels[:-1], levels[1:], strict=True)
            }
            if part.shape == "constant":
                return _pieces(first, scales)
            arguments = {"init_value": first, "boundaries_and_scales": scales}
            kind: dict[str, object] = {"interpolate_type": part.shape}
            return Call("piecewise_interpolate_schedule", kind | arguments)
        case _:
            return None


def _line(first: float, last: float, n: int) -> Call:
    arguments = {"init_value": first, "end_value": last, "transition_steps": n}
    return Call("linear_schedule", dict(arguments))


def _pieces(first: float, scales: dict[int, float]) -> Call:
    arguments = {"init_value": first, "boundaries_and_scales": scales}
    return Call("piecewise_constant_schedule", dict(arguments))


def text(call: Call, indent: str = "") -> str:
    """Write a call of Optax's, members indented."""
    if call.name == "join_schedules":
        deeper = indent + "        "
        schedules = members(call.arguments["schedules"])
        inner = "".join(f"{deeper}{text(member, deeper)},\n" for member in schedules)
        marks = written(call.arguments["boundaries"])
        return (
            f"optax.join_schedules(\n{indent}    schedules=[\n{inner}{indent}    ],\n"
            f"{indent}    boundaries={marks},\n{indent})"
        )
    return f"optax.{call.name}({', '.join(call.words())})"
