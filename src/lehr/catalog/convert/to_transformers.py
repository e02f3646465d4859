"""A schedule as one of `transformers.get_scheduler`'s names, where there is one."""

from __future__ import annotations

from collections.abc import Mapping

from lehr.catalog.convert.legs import Leg, legs
from lehr.catalog.convert.native import Call, written
from lehr.schedule import BoundSchedule
from lehr.schedule.factors import Falling
from lehr.schedule.phases import Constant, Hold, Warmup
from lehr.schedule.ramps import Ramp
from lehr.schedule.repeat import Repeat

_STEPS = ("num_warmup_steps", "num_training_steps")


def proposals(bound: BoundSchedule, peak_lr: float) -> list[Call]:
    """Return what may be the schedule, simplest first; a proof decides."""
    found = legs(bound)
    calls = [_decayed(found, peak_lr)]
    first, tail = (found[0], found[1:]) if isinstance(found[0].part, Warmup) else (None, found)
    warm = first.steps if first else 0
    if len(tail) == 1:
        made = _tail(tail[0], peak_lr)
        if made is not None:
            name, more = made
            timeless = name in ("constant", "constant_with_warmup", "inverse_sqrt")
            steps: dict[str, object] = {} if name == "constant" else {"num_warmup_steps": warm}
            steps |= {} if timeless else {"num_training_steps": bound.horizon}
            name = "constant_with_warmup" if name == "constant" and warm else name
            steps |= {"num_warmup_steps": warm} if warm else {}
            calls.insert(0, Call(name, {**steps, **more}, peak_lr))
    return [call for call in calls if call is not None]


def _tail(leg: Leg, peak_lr: float) -> tuple[str, Mapping[str, object]] | None:
    part = leg.part
    match part:
        case Hold() | Constant():
            return "constant", {}
        case Ramp(final=0) if part.curve.shape == "linear":
            return "linear", {}
        case Ramp(final=0) if part.curve.shape == "cosine":
            return "cosine", {}
        case Ramp(final=final) if part.curve.shape == "cosine":
            return "cosine_with_min_lr", {"min_lr_rate": final}
        case Ramp(final=final) if part.curve.shape in ("linear", "polynomial"):
            power = part.curve.parameter if part.curve.shape == "polynomial" else 1.0
            return "polynomial", {"lr_end": final * peak_lr, "power": power}
        case Falling() if part.curve.shape == "rsqrt":
            return "inverse_sqrt", {"timescale": leg.length(part.every)}
        case Repeat(cycle=Ramp() as cycle) if cycle.curve.shape == "cosine" and cycle.final == 0:
            own = cycle.length(leg.scope)
            return "cosine_with_restarts", {"num_cycles": part.n or leg.steps // (own or 1)}
        case _:
            return None


def _decayed(found: tuple[Leg, ...], peak_lr: float) -> Call | None:
    """Match warmup, hold, decay; the warmup begins where the decay ends."""
    parts = [leg.part for leg in found]
    warm = found[0].steps if isinstance(parts[0], Warmup) else 0
    match parts[1:] if warm else parts:
        case [Hold(), Ramp() as down] if down.curve.shape in ("linear", "cosine", "1-sqrt"):
            shape = parts[0].shape if isinstance(parts[0], Warmup) else "linear"
            if shape not in ("linear", "cosine", "1-sqrt"):
                return None
            arguments: dict[str, object] = {
                "num_warmup_steps": warm,
                "num_decay_steps": found[-1].steps,
                "num_stable_steps": found[-2].steps,
                "warmup_type": shape,
                "decay_type": down.curve.shape,
                "min_lr_ratio": down.final,
            }
            return Call("warmup_stable_decay", arguments, peak_lr)
        case _:
            return None


def text(call: Call) -> str:
    """Write a call of `get_scheduler`."""
    own = {k: written(v) for k, v in call.arguments.items()}
    specific = {k: v for k, v in own.items() if k not in _STEPS}
    words = [repr(call.name), "optimizer"]
    words += [f"{name}={own[name]}" for name in _STEPS if name in own]
    if specific:
        inner = ", ".join(f'"{key}": {value}' for key, value in specific.items())
        words.append(f"scheduler_specific_kwargs={{{inner}}}")
    return "get_scheduler(\n" + "".join(f"    {word},\n" for word in words).replace("'", '"') + ")"
