"""timm `scheduler/*_lr.py`, written in plain Python."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from typing import Any

from drawn import Arguments, Drawn, count, inner, lr, share, some

from drawn_formulas.formula import Formula, half, written
from lehr.catalog import ports


def timm(shape: str) -> Formula:
    def formula(t: int, *, base_lr: float, t_initial: int, **a: Any) -> float:
        w, init, low = a.get("warmup_t", 0), a.get("warmup_lr_init", 0.0), a.get("lr_min", 0.0)
        prefix = a.get("warmup_prefix", False)
        if t < w:
            top = base_lr
            if shape == "tanh" and not prefix:
                top = formula(w, base_lr=base_lr, t_initial=t_initial, **(a | {"warmup_t": 0}))
            return init + t * (top - init) / w
        t -= w if prefix else 0
        mul, i, length, begin = a.get("cycle_mul", 1.0), 0, float(t_initial), 0.0
        while t >= begin + length - 1e-9:
            begin, i = begin + length, i + 1
            length = t_initial * mul**i
        if i >= a.get("cycle_limit", 1):
            return low
        top, x = base_lr * a.get("cycle_decay", 1.0) ** i, (t - begin) / length
        if shape == "tanh":
            lb, ub = a.get("lb", -7.0), a.get("ub", 3.0)
            return low + 0.5 * (top - low) * (1 - math.tanh(lb * (1 - x) + ub * x))
        x = max(x, 0.0) ** a.get("k_decay", 1.0)
        factor = half(x) if shape == "cosine" else (1 - x) ** a.get("power", 0.5)
        return low + (top - low) * factor

    return formula


def timm_steps(t: int, *, base_lr: float, decay_t: Any, **a: Any) -> float:
    w, init, rate = a.get("warmup_t", 0), a.get("warmup_lr_init", 0.0), a.get("decay_rate", 1.0)
    if t < w:
        return init + t * (base_lr - init) / w
    t -= w if a.get("warmup_prefix", True) else 0
    passed = bisect_right(decay_t, t + 1) if isinstance(decay_t, list) else t // decay_t
    return base_lr * rate**passed


def timm_wsd(t: int, *, base_lr: float, t_initial: int, decay_t: int, **a: Any) -> float:
    w, init, low = a.get("warmup_t", 0), a.get("warmup_lr_init", 0.0), a.get("lr_min", 0.0)
    if t < w:
        return init + t * (base_lr - init) / w
    s = t - w
    stable = {
        "constant": lambda: 1.0,
        "rsqrt": lambda: (1 + s / (a.get("stable_timescale") or w)) ** -0.5,
        "power": lambda: (1 + s / (a.get("stable_timescale") or w)) ** -a.get("stable_power", 0.5),
    }[a.get("stable_fn", "constant")]()
    held = max(base_lr * stable, low)
    d = s - (t_initial - decay_t)
    if d <= 0:
        return held
    x, r = min(d / decay_t, 1.0), a.get("decay_ratio", 0.1)
    factor = {
        "linear": lambda: 1 - x,
        "1-sqrt": lambda: 1 - math.sqrt(x),
        "cosine": lambda: half(x),
        "power": lambda: 1 - x ** a.get("decay_power", 0.5),
        "exp": lambda: (r**x - r) / (1 - r),
    }[a.get("decay_fn", "1-sqrt")]()
    return low + (held - low) * factor


def _timm(rng: random.Random, **more: Any) -> Arguments:
    base = lr(rng)
    warm = {"warmup_t": count(rng, 0, 15), "warmup_lr_init": base * 0.1 * share(rng)}
    return {"base_lr": base, **some(rng, warm | {"warmup_prefix": rng.random() < 0.5}), **more}


def _timm_cycles(rng: random.Random, *, whole: bool = False, **more: Any) -> Arguments:
    made = _timm(rng)
    cycles = {
        "lr_min": made["base_lr"] * share(rng),
        "cycle_mul": rng.choice([1.0, 2.0, 3.0] if whole else [1.0, 2.0, 3.0, 1.5]),
        "cycle_decay": rng.choice([1.0, inner(rng)]),
        "cycle_limit": rng.choice([0, 1, 1, 3]),
    }
    return {**made, "t_initial": count(rng, 1, 30), **some(rng, cycles), **some(rng, more)}


def _timm_wsd(rng: random.Random) -> Arguments:
    base, n, w = lr(rng), count(rng, 1, 50), count(rng, 1, 15)
    optional = {
        "lr_min": base * share(rng),
        "stable_fn": rng.choice(["constant", "rsqrt", "power"]),
        "stable_timescale": rng.choice([None, count(rng, 1, 30)]),
        "stable_power": inner(rng),
        "decay_fn": rng.choice(["linear", "1-sqrt", "cosine", "power", "exp"]),
        "decay_power": rng.uniform(0.2, 3),
        "decay_ratio": inner(rng),
        "warmup_lr_init": base * 0.1 * share(rng),
    }
    made = {"base_lr": base, "t_initial": n, "decay_t": rng.randint(1, n), "warmup_t": w}
    return made | some(rng, optional)


DRAWN: tuple[Drawn, ...] = (
    written(
        ports.timm,
        "CosineLRScheduler",
        lambda r: _timm_cycles(r, k_decay=r.choice([1.0, 2.0, 0.7])),
        timm("cosine"),
    ),
    written(
        ports.timm,
        "PolyLRScheduler",
        lambda r: _timm_cycles(r, k_decay=r.choice([1.0, 2.0]), power=r.uniform(0.3, 3)),
        timm("poly"),
    ),
    written(
        ports.timm,
        "TanhLRScheduler",
        lambda r: _timm_cycles(r, whole=True, lb=-6.0, ub=4.0),
        timm("tanh"),
    ),
    written(
        ports.timm,
        "StepLRScheduler",
        lambda r: _timm(r, decay_t=count(r), decay_rate=inner(r)),
        timm_steps,
    ),
    written(
        ports.timm,
        "MultiStepLRScheduler",
        lambda r: _timm(r, decay_t=sorted(r.sample(range(50), 3)), decay_rate=inner(r)),
        timm_steps,
    ),
    written(ports.timm, "WSDLRScheduler", _timm_wsd, timm_wsd),
)
