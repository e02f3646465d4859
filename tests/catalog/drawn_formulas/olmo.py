"""OLMo-core `optim/scheduler.py`, written in plain Python."""

from __future__ import annotations

import math
import random
from typing import Any

from drawn import Arguments, Draw, Drawn, count, lr, share, some

from drawn_formulas.formula import Formula, half, written
from lehr.catalog import ports


def olmo(kind: str) -> Formula:
    def formula(t: int, *, base_lr: float, max_steps: int = 0, **a: Any) -> float:
        end = a.get("t_max") or max_steps
        low, f = a.get("warmup_min_lr", 0.0), a.get("alpha_f", 0.1) * base_lr
        w = a.get("warmup", 0)
        up = low + (base_lr - low) * min(t, w) / w if w else base_lr
        d = a.get("decay") or round(max_steps * a.get("decay_fraction", 0.1))
        if kind == "ConstantScheduler":
            return base_lr
        if kind == "ConstantWithWarmup":
            return up
        last = a.get("decay_min_lr", 0.0)
        if kind == "WSD":
            fall = last + (base_lr - last) * max(0, min(max_steps - t, d)) / d
            return up if t <= w else fall if t >= max_steps - d else base_lr
        if kind == "CosWithWarmupAndLinearDecay" and t >= max_steps - d:
            top = olmo("CosWithWarmup")(max_steps - d, base_lr=base_lr, max_steps=max_steps, **a)
            return last + (top - last) * max(0, max_steps - t) / d
        if kind == "HalfCosWithWarmup" and t < w:
            return low + (f + (base_lr - f) / 2 - low) * t / w
        if t < w:
            return up
        if kind == "InvSqrtWithWarmup":
            return f + (base_lr - f) * math.sqrt(w / t)
        x = min(1.0, (t - w) / (end - w))
        if kind == "LinearWithWarmup":
            return base_lr - (base_lr - f) * x
        return f + (base_lr - f) * half((1 + x) / 2 if kind == "HalfCosWithWarmup" else x)

    return formula


def wsds(t: int, *, base_lr: float, period_lengths: list[int], **a: Any) -> float:
    last = a.get("decay_min_lr", 0.0)
    if t >= sum(period_lengths):
        return last
    start, index = 0, 0
    while t > start + period_lengths[index]:
        start, index = start + period_lengths[index], index + 1
    n, pos = period_lengths[index], t - start
    w = a["warmup"] if index == 0 else 0
    d = min(a["decay"], n)
    if pos < w:
        low = a.get("warmup_min_lr", 0.0)
        return low + (base_lr - low) * pos / w
    x = pos - (n - d)
    if x <= 0 and pos < n:
        return base_lr
    if x >= d:
        return last
    return 1 / (x / d / max(last, base_lr * 0.1) + (1 - x / d) / base_lr)


def _olmo(
    rng: random.Random, *, decays: bool = False, least: int = 0, rest: bool = True
) -> Arguments:
    base, w = lr(rng), count(rng, least, 20)
    made: Arguments = {"base_lr": base, "warmup": w}
    if rest:
        made["max_steps"] = w + count(rng, 2, 50) + 10
    if decays:
        made |= {"decay": rng.randint(1, 10), "decay_fraction": None}
        made["decay_min_lr"] = base * 0.1 * rng.random()
        made["alpha_f"] = 0.2
    made |= some(rng, {"warmup_min_lr": base * 0.5 * rng.random()})
    return made


def _without(made: Arguments, *names: str) -> Arguments:
    return {name: value for name, value in made.items() if name not in names}


OLMO: dict[str, Draw] = {
    "ConstantScheduler": lambda r: {"base_lr": lr(r)},
    "ConstantWithWarmup": _olmo,
    "LinearWithWarmup": lambda r: _olmo(r) | some(r, {"alpha_f": share(r)}),
    "InvSqrtWithWarmup": lambda r: _olmo(r, least=1) | some(r, {"alpha_f": share(r)}),
    "CosWithWarmup": lambda r: _olmo(r) | some(r, {"alpha_f": share(r)}),
    "HalfCosWithWarmup": lambda r: _olmo(r) | some(r, {"alpha_f": share(r)}),
    "CosWithWarmupAndLinearDecay": lambda r: _olmo(r, decays=True),
    "WSD": lambda r: _without(_olmo(r, decays=True), "alpha_f"),
    "WSDS": lambda r: (
        _without(_olmo(r, rest=False), "max_steps")
        | {
            "warmup": (w := count(r, 0, 8)),
            "decay": (d := r.randint(1, 9)),
            "period_lengths": [w + d + r.randint(0, 9) for _ in range(r.randint(1, 4))],
            **some(r, {"decay_min_lr": 1e-5}),
        }
    ),
}


DRAWN: tuple[Drawn, ...] = tuple(
    written(ports.olmo, name, draw, wsds if name == "WSDS" else olmo(name))
    for name, draw in OLMO.items()
)
