"""A schedule in `torch.optim.lr_scheduler`'s own classes, where there are such."""

from __future__ import annotations

from collections.abc import Mapping

from lehr.catalog.convert.legs import Leg, legs
from lehr.catalog.convert.native import Call, members, written
from lehr.schedule import BoundSchedule
from lehr.schedule.algebra import Sequence
from lehr.schedule.factors import Falling, MultiStep
from lehr.schedule.glide import Glide
from lehr.schedule.phases import Constant, Hold, Warmup
from lehr.schedule.ramps import Ramp
from lehr.schedule.repeat import Repeat

FOR_EVER = 10**9
"""Steps of a constant phase that never ends."""


def proposals(bound: BoundSchedule, peak_lr: float) -> list[Call]:
    """Return what may be the schedule, simplest first; a proof decides."""
    found = legs(bound)
    parts = [_member(leg, peak_lr) for leg in found]
    calls = [call for call in parts[:1] if call is not None]
    one_cycle = _one_cycle(found, bound.horizon, peak_lr)
    if one_cycle is not None:
        calls.append(one_cycle)
    if len(parts) > 1 and all(part is not None and part.name != "CyclicLR" for part in parts):
        marks = [leg.start for leg in found[1:]]
        calls.append(Call("SequentialLR", {"schedulers": parts, "milestones": marks}))
    return calls


def _member(leg: Leg, peak_lr: float) -> Call | None:
    made = _arguments(leg, peak_lr)
    if made is None:
        return None
    name, arguments = made
    return Call(name, arguments, None if name == "CyclicLR" else peak_lr)


def _arguments(leg: Leg, peak_lr: float) -> tuple[str, Mapping[str, object]] | None:
    part, first = leg.part, leg.value(0)
    match part:
        case Hold() | Constant() if 0 < first <= 1:
            return "ConstantLR", {"factor": first, "total_iters": FOR_EVER}
        case Warmup(shape="constant", start=start) if 0 < start <= 1:
            return "ConstantLR", {"factor": start, "total_iters": leg.steps}
        case Warmup(shape="linear", reach=reach) if 0 < first < 1:
            n = leg.steps - (reach == "last")
            return "LinearLR", {"start_factor": first, "end_factor": 1.0, "total_iters": n}
        case Warmup(shape="linear") if leg.steps == 1 and first == 1:
            return "ConstantLR", {"factor": 1.0, "total_iters": FOR_EVER}
        case Ramp() | Falling() | MultiStep():
            return _falling(leg, first, peak_lr)
        case Repeat():
            return _cycles(leg, part, first, peak_lr)
        case _:
            return None


def _falling(leg: Leg, first: float, peak_lr: float) -> tuple[str, Mapping[str, object]] | None:
    part, n = leg.part, leg.steps
    match part:
        case Ramp(final=final) if part.curve.shape == "linear" and 0 < first <= 1 and final <= 1:
            return "LinearLR", {"start_factor": first, "end_factor": final, "total_iters": n}
        case Ramp(final=final) if part.curve.shape == "cosine" and first == 1 and n > 1:
            return "CosineAnnealingLR", {"T_max": n, "eta_min": final * peak_lr}
        case Ramp(final=0) if part.curve.shape == "polynomial" and first == 1:
            return "PolynomialLR", {"total_iters": n, "power": part.curve.parameter}
        case Falling() if first == 1 and part.curve.shape == "exponential":
            gamma = part.curve.parameter ** (1 / leg.length(part.every))
            return "ExponentialLR", {"gamma": gamma}
        case Falling() if first == 1 and part.curve.shape == "step":
            every = leg.length(part.every)
            return "StepLR", {"step_size": every, "gamma": part.curve.parameter}
        case MultiStep() if first == 1:
            marks = [leg.length(mark) for mark in part.milestones]
            return "MultiStepLR", {"milestones": marks, "gamma": part.factor}
        case _:
            return None


def _cycles(
    leg: Leg, part: Repeat, first: float, peak_lr: float
) -> tuple[str, Mapping[str, object]] | None:
    cycle, whole = part.cycle, float(part.stretch).is_integer()
    own = cycle.length(leg.scope)
    n = own if own is not None else leg.steps // (part.n or 1)
    if isinstance(cycle, Ramp) and cycle.curve.shape == "cosine" and first == 1 and whole:
        if part.shrink != 1:
            return None
        arguments = {"T_0": n, "T_mult": int(part.stretch), "eta_min": cycle.final * peak_lr}
        return "CosineAnnealingWarmRestarts", arguments
    match cycle:
        case Sequence(parts=(Ramp() as up, Ramp() as down)) if part.stretch == 1:
            return _waves(leg, up, down, part.shrink, first, peak_lr)
        case _:
            return None


def _waves(
    leg: Leg, up: Ramp, down: Ramp, shrink: float, first: float, peak_lr: float
) -> tuple[str, Mapping[str, object]] | None:
    if up.duration is None or down.duration is None or up.duration.is_share:
        return None
    rise, fall = leg.length(up.duration), leg.length(down.duration)
    shapes = {up.curve.shape, down.curve.shape}
    if shapes == {"cosine"} and first == 1 == down.final and rise == fall and shrink == 1:
        return "CosineAnnealingLR", {"T_max": rise, "eta_min": up.final * peak_lr}
    if (
        shapes == {"linear"}
        and first == down.final
        and (shrink == 1 or (shrink, first) == (0.5, 0))
    ):
        return "CyclicLR", {
            "base_lr": first * peak_lr,
            "max_lr": up.final * peak_lr,
            "step_size_up": rise,
            "step_size_down": fall,
            "mode": "triangular" if shrink == 1 else "triangular2",
            "cycle_momentum": False,
        }
    return None


def _one_cycle(found: tuple[Leg, ...], horizon: int, peak_lr: float) -> Call | None:
    """Match the two ways of `ports.torch("OneCycleLR")`: the peak at pct·T − 1."""
    ways = [leg.part for leg in found]
    match ways:
        case [Glide(shape=shape) as up, Glide() as down] if up.start and up.span and down.final:
            arguments: dict[str, object] = {
                "max_lr": peak_lr,
                "total_steps": horizon,
                "pct_start": (up.span + 1) / horizon,
                "anneal_strategy": "cos" if shape == "cosine" else "linear",
                "cycle_momentum": False,
                "div_factor": 1 / up.start,
                "final_div_factor": up.start / down.final,
            }
            return Call("OneCycleLR", arguments)
        case _:
            return None


def text(call: Call, indent: str = "") -> str:
    """Write a call of a class of `lr_scheduler`, members indented."""
    words: list[str] = []
    for key, value in call.arguments.items():
        deeper = indent + "        "
        lines = [f"{deeper}{text(member, deeper)},\n" for member in members(value)]
        words.append(
            f"{key}=[\n{''.join(lines)}{indent}    ]" if lines else f"{key}={written(value)}"
        )
    name = f"lr_scheduler.{call.name}"
    line = f"{name}(optimizer, {', '.join(words)})"
    if len(indent) + len(line) <= 80 and "\n" not in line:
        return line
    inner = "".join(f"{indent}    {word},\n" for word in ["optimizer", *words])
    return f"{name}(\n{inner}{indent})"
