"""Paddle `python/paddle/optimizer/lr.py`, written in plain Python."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from typing import Any

import numpy as np
from drawn import Arguments, Draw, Drawn, after, count, inner, lr, no_quirk, share, some

from drawn_formulas.formula import Formula, half, written
from lehr.catalog import ports


def paddle(kind: str) -> Formula:
    def formula(t: int, **a: Any) -> float:
        base, g = a.get("learning_rate", 1.0), a.get("gamma", 0.1)
        match kind:
            case "NoamDecay":
                first = 1 if t == 0 else t**-0.5
                return base * a["d_model"] ** -0.5 * min(first, a["warmup_steps"] ** -1.5 * t)
            case "PiecewiseDecay":
                return a["values"][bisect_right(a["boundaries"], t)]
            case "NaturalExpDecay":
                return base * math.exp(-g * t)
            case "InverseTimeDecay":
                return base / (1 + g * t)
            case "PolynomialDecay":
                n, end = a["decay_steps"], a.get("end_lr", 1e-4)
                n *= max(1, math.ceil(t / n)) if a.get("cycle") else 1
                return (base - end) * (1 - min(t, n) / n) ** a.get("power", 1.0) + end
            case "LinearWarmup":
                w, s, e = a["warmup_steps"], a["start_lr"], a["end_lr"]
                return (e - s) * t / w + s if t < w else base
            case "ExponentialDecay":
                return base * g**t
            case "MultiStepDecay":
                return base * g ** bisect_right(a["milestones"], t)
            case "StepDecay":
                return base * g ** (t // a["step_size"])
            case "CosineAnnealingDecay":
                low = a.get("eta_min", 0)
                return low + (base - low) * half(t / a["T_max"])
            case "LinearLR":
                s, e = a.get("start_factor", 1 / 3), a.get("end_factor", 1.0)
                return base * (s + (e - s) * min(t, a["total_steps"]) / a["total_steps"])
            case "CosineAnnealingWarmRestarts":
                n, low = a["T_0"], a.get("eta_min", 0)
                while t >= n:
                    t, n = t - n, n * a.get("T_mult", 1)
                return low + (base - low) * half(t / n)
            case "CyclicLR":
                up, down = a["step_size_up"], a.get("step_size_down") or a["step_size_up"]
                cycle, low = t // (up + down), a["base_learning_rate"]
                x = t % (up + down)
                height = x / up if x <= up else 1 - (x - up) / down
                mode = a.get("mode", "triangular")
                scale = {"triangular": 1.0, "triangular2": 0.5**cycle}
                grown = scale.get(mode, a.get("exp_gamma", 1.0) ** t)
                return low + (a["max_learning_rate"] - low) * height * grown
            case _:
                return _one_cycle(t, a)

    return formula


def _one_cycle(t: int, a: Arguments) -> float:
    top, total = a["max_learning_rate"], a["total_steps"]
    first, last = top / a.get("divide_factor", 25.0), a.get("end_learning_rate", 1e-4)
    pct, three = a.get("phase_pct", 0.3), a.get("three_phase", False)
    marks = [0.0, pct * total - 1, *([2 * pct * total - 2] if three else []), total - 1]
    levels = [first, top, *([first] if three else []), last]
    for i in range(len(levels) - 1):
        if t <= marks[i + 1] or i == len(levels) - 2:
            x = (t - marks[i]) / (marks[i + 1] - marks[i])
            way = half(x) if a.get("anneal_strategy", "cos") == "cos" else 1 - x
            return levels[i + 1] + (levels[i] - levels[i + 1]) * way
    raise AssertionError


def _p(rng: random.Random, required: Arguments, **optional: Any) -> Arguments:
    return {"learning_rate": lr(rng) + 1e-3, **required, **some(rng, optional)}


def _paddle_cycle(rng: random.Random) -> Arguments:
    low, high = sorted([lr(rng), lr(rng)])
    optional = {
        "step_size_down": count(rng, 1, 20),
        "mode": rng.choice(["triangular", "triangular2", "exp_range"]),
        "exp_gamma": rng.uniform(0.9, 1.0),
    }
    made = {"base_learning_rate": low, "max_learning_rate": high, "step_size_up": count(rng, 1, 20)}
    return made | some(rng, optional)


def _paddle_one(rng: random.Random) -> Arguments:
    optional = {
        "divide_factor": rng.uniform(1, 50),
        "end_learning_rate": lr(rng) * 1e-3,
        "phase_pct": rng.uniform(0.1, 0.45),
        "anneal_strategy": rng.choice(["cos", "linear"]),
        "three_phase": rng.random() < 0.5,
    }
    return {"max_learning_rate": lr(rng), "total_steps": rng.randint(23, 80), **some(rng, optional)}


PADDLE: dict[str, Draw] = {
    "NoamDecay": lambda r: _p(r, {"d_model": r.choice([1, 64, 512]), "warmup_steps": count(r)}),
    "PiecewiseDecay": lambda r: {
        "boundaries": (marks := sorted(r.sample(range(1, 60), r.randint(0, 4)))),
        "values": [lr(r) for _ in [*marks, 0]],
    },
    "NaturalExpDecay": lambda r: _p(r, {"gamma": inner(r)}),
    "InverseTimeDecay": lambda r: _p(r, {"gamma": inner(r)}),
    "PolynomialDecay": lambda r: _p(
        r, {"decay_steps": count(r)}, power=r.uniform(0.3, 3), cycle=r.random() < 0.5
    ),
    "LinearWarmup": lambda r: _p(
        r, {"warmup_steps": count(r, 0), "start_lr": 1e-5 * share(r), "end_lr": lr(r)}
    ),
    "ExponentialDecay": lambda r: _p(r, {"gamma": inner(r)}),
    "MultiStepDecay": lambda r: _p(
        r, {"milestones": sorted(r.sample(range(60), 3))}, gamma=inner(r)
    ),
    "StepDecay": lambda r: _p(r, {"step_size": count(r)}, gamma=inner(r)),
    "CosineAnnealingDecay": lambda r: _p(r, {"T_max": count(r)}, eta_min=lr(r)),
    "OneCycleLR": _paddle_one,
    "CyclicLR": _paddle_cycle,
    "LinearLR": lambda r: _p(
        r, {"total_steps": count(r)}, start_factor=inner(r), end_factor=share(r)
    ),
    "CosineAnnealingWarmRestarts": lambda r: _p(
        r, {"T_0": count(r, 1, 20)}, T_mult=r.randint(1, 3), eta_min=lr(r)
    ),
}


def _past(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    return {"one-cycle-past-end": after(arguments["total_steps"] - 1, steps)}


DRAWN: tuple[Drawn, ...] = tuple(
    written(ports.paddle, name, draw, paddle(name), _past if name == "OneCycleLR" else no_quirk)
    for name, draw in PADDLE.items()
)
