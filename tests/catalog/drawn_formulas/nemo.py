"""NeMo `core/optim/lr_scheduler.py`, written in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from drawn import Arguments, Draw, Drawn, count, lr, share

from drawn_formulas.formula import Formula, half, written
from lehr.catalog import ports


def nemo(kind: str) -> Formula:
    def formula(t: int, *, base_lr: float, max_steps: int | None = None, **a: Any) -> float:
        default = 1e-5 if kind == "SquareAnnealing" else 0.0
        w, low, c = a.get("warmup_steps", 0), a.get("min_lr", default), a.get("constant_steps", 0)
        h = a.get("hold_steps", 0)
        if kind == "NoamAnnealing":
            s = max(1, t)
            scale = min(s**-0.5, s * w**-1.5) if w else s**-0.5
            value = base_lr * a["d_model"] ** -0.5 * scale
            return max(value, low) if s > w else value
        if kind == "T5InverseSquareRootAnnealing":
            return c**-0.5 if t <= c else low if t > max_steps else t**-0.5
        if w > 0 and t <= w:
            return base_lr * (t / w if c else (t + 1) / (w + 1))
        if h and t < h + w:
            return base_lr
        if max_steps is not None and t > max_steps:
            return low
        if c and t > max_steps - c:
            return low
        if kind in ("WarmupPolicy", "WarmupHoldPolicy"):
            return base_lr
        x = (t - w) / (max_steps - c - w)
        if kind == "SquareAnnealing":
            return max(base_lr * (1 - x) ** 2, low)
        if kind == "SquareRootAnnealing":
            return max(base_lr * (1 - t / max_steps) ** 0.5, low)
        if kind == "CosineAnnealing":
            return (base_lr - low) * half(x) + low
        if kind == "NoamHoldAnnealing":
            rate = a.get("decay_rate", 0.5)
            return max(base_lr * max(1, w**rate) / max(1, (t - h) ** rate), low)
        if kind == "InverseSquareRootAnnealing":
            return base_lr / ((t + 1) / (w + 1)) ** 0.5
        if kind == "PolynomialHoldDecayAnnealing":
            x = (t - h - w) / (max_steps - h - w)
        return low + (base_lr - low) * (1 - x) ** a.get("power", 1.0)

    return formula


def _nemo(rng: random.Random, **more: Callable[[random.Random], Any]) -> Arguments:
    w, base = (
        rng.choice([1, 2, rng.randint(1, 15)]) if "hold_steps" in more else count(rng, 0, 15),
        lr(rng),
    )
    made = {"base_lr": base, "warmup_steps": w, "min_lr": base * share(rng)}
    made |= {name: draw(rng) for name, draw in more.items()}
    taken = w + made.get("hold_steps", 0) + made.get("constant_steps", 0)
    return made | {"max_steps": taken + count(rng, 1, 50)}


def _t5(rng: random.Random) -> Arguments:
    k = count(rng, 1, 20)
    return {
        "base_lr": lr(rng),
        "constant_steps": k,
        "max_steps": k + count(rng, 1, 40),
        "min_lr": 0.1,
    }


def _hold(rng: random.Random) -> int:
    return count(rng, 1, 15)


NEMO: dict[str, Draw] = {
    "WarmupPolicy": _nemo,
    "WarmupHoldPolicy": lambda r: _nemo(r, hold_steps=_hold),
    "SquareAnnealing": _nemo,
    "SquareRootAnnealing": _nemo,
    "CosineAnnealing": lambda r: _nemo(r, constant_steps=lambda r: count(r, 0, 15)),
    "NoamAnnealing": lambda r: _nemo(r, d_model=lambda r: r.choice([1, 64, 512])),
    "NoamHoldAnnealing": lambda r: _nemo(
        r, hold_steps=_hold, decay_rate=lambda r: r.uniform(0.3, 1)
    ),
    "WarmupAnnealing": _nemo,
    "InverseSquareRootAnnealing": _nemo,
    "T5InverseSquareRootAnnealing": _t5,
    "PolynomialDecayAnnealing": lambda r: _nemo(r, power=lambda r: r.uniform(0.3, 3)),
    "PolynomialHoldDecayAnnealing": lambda r: _nemo(
        r, hold_steps=_hold, power=lambda r: r.uniform(0.3, 3)
    ),
}


DRAWN: tuple[Drawn, ...] = tuple(
    written(ports.nemo, name, draw, nemo(name)) for name, draw in NEMO.items()
)
