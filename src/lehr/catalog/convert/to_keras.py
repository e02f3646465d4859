"""A schedule in Keras' own classes, where there are such."""

from __future__ import annotations

import numpy as np

from lehr.catalog.convert.legs import Leg, legs
from lehr.catalog.convert.native import Call
from lehr.schedule import BoundSchedule
from lehr.schedule.factors import Falling, MultiStep
from lehr.schedule.phases import Constant, Hold, Warmup
from lehr.schedule.piecewise import Piecewise
from lehr.schedule.ramps import Ramp
from lehr.schedule.repeat import Repeat


def proposals(bound: BoundSchedule, peak_lr: float) -> list[Call]:
    """Return what may be the schedule, simplest first; a proof decides."""
    found = legs(bound)
    calls = [
        _member(found[0], peak_lr),
        _warm_cosine(found, peak_lr),
        _stairs(found, bound, peak_lr),
    ]
    return [call for call in calls if call is not None]


def _warm_cosine(found: tuple[Leg, ...], peak_lr: float) -> Call | None:
    match [leg.part for leg in found]:
        case [Warmup(shape="linear", reach="next") as up, Ramp() as down] if (
            down.curve.shape == "cosine"
        ):
            arguments: dict[str, object] = {
                "initial_learning_rate": up.start * peak_lr,
                "decay_steps": found[1].steps,
                "alpha": down.final,
                "warmup_target": peak_lr,
                "warmup_steps": found[0].steps,
            }
            return Call("CosineDecay", arguments)
        case _:
            return None


def _stairs(found: tuple[Leg, ...], bound: BoundSchedule, peak_lr: float) -> Call | None:
    """Match what is constant but for jumps; Keras jumps one step after its boundary."""
    flat = all(
        isinstance(leg.part, Hold | Constant | MultiStep)
        or (isinstance(leg.part, Warmup | Piecewise) and leg.part.shape == "constant")
        or (isinstance(leg.part, Ramp) and leg.part.start == leg.part.final)
        for leg in found
    )
    if not flat:
        return None
    values = bound.values(0, bound.horizon + 1)
    jumps = np.flatnonzero(np.diff(values))
    boundaries: list[int] = jumps.tolist()
    levels = [float(values[step]) * peak_lr for step in (0, *(jump + 1 for jump in boundaries))]
    if not boundaries:
        boundaries, levels = [0], levels * 2  # Keras has no class for a constant
    return Call("PiecewiseConstantDecay", {"boundaries": boundaries, "values": levels})


def _member(leg: Leg, peak_lr: float) -> Call | None:
    part, first = leg.part, leg.value(0) * peak_lr
    start: dict[str, object] = {"initial_learning_rate": first}
    match part:
        case Ramp(final=final) if part.curve.shape in ("linear", "polynomial"):
            more = {"decay_steps": leg.steps, "end_learning_rate": final * peak_lr}
            power = {"power": part.curve.parameter} if part.curve.shape == "polynomial" else {}
            return Call("PolynomialDecay", start | more | power)
        case Ramp(final=final) if part.curve.shape == "cosine" and first > 0:
            more = {"decay_steps": leg.steps, "alpha": final * peak_lr / first}
            return Call("CosineDecay", start | more)
        case Falling() if part.curve.shape in ("exponential", "step"):
            more = {"decay_steps": leg.length(part.every), "decay_rate": part.curve.parameter}
            return Call(
                "ExponentialDecay", start | more | {"staircase": part.curve.shape == "step"}
            )
        case Falling() if part.curve.shape in ("power_law", "power_stairs"):
            more = {"decay_steps": leg.length(part.every), "decay_rate": part.curve.parameters[1]}
            stairs = {"staircase": part.curve.shape == "power_stairs"}
            return Call("InverseTimeDecay", start | more | stairs)
        case Falling(final=final) if part.curve.shape == "catching_up":
            more = {"decay_steps": leg.length(part.every), "end_learning_rate": final * peak_lr}
            power = {"power": part.curve.parameter, "cycle": True}
            return Call("PolynomialDecay", start | more | power)
        case Repeat(cycle=Ramp() as cycle) if cycle.curve.shape == "cosine" and first > 0:
            own = cycle.length(leg.scope)
            n = own if own is not None else leg.steps // (part.n or 1)
            more = {"first_decay_steps": n, "t_mul": part.stretch, "m_mul": part.shrink}
            return Call("CosineDecayRestarts", start | more | {"alpha": cycle.final})
        case _:
            return None


def text(call: Call) -> str:
    """Write a call of a class of `keras.optimizers.schedules`."""
    words = "".join(f"    {word},\n" for word in call.words())
    return f"keras.optimizers.schedules.{call.name}(\n{words})"
