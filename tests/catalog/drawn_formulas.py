"""Formulas of libraries that are not installed, written from their sources in plain Python.

Each is a second, independent reading: no function of lehr's takes part in it. Sources: timm
`scheduler/*_lr.py`, Megatron-LM `core/optimizer_param_scheduler.py`, NeMo `core/optim/
lr_scheduler.py`, Composer `optim/scheduler.py`, Paddle `python/paddle/optimizer/lr.py`, DeepSpeed
`runtime/lr_schedules.py`, OLMo-core `optim/scheduler.py`.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import numpy as np
from drawn import (
    Arguments,
    Draw,
    Drawn,
    Excluded,
    after,
    count,
    inner,
    lr,
    no_quirk,
    share,
    some,
)

from lehr.catalog import ports
from lehr.catalog.ports import Library

Formula = Callable[..., float]


def table(formula: Formula) -> Callable[[Arguments, int], np.ndarray]:
    """Evaluate a formula of (t, **arguments) step by step."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        return np.array([formula(t, **arguments) for t in range(steps)])

    return native


def half(x: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * x))


# timm


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


# Megatron-LM


def megatron(t: int, *, max_lr: float, lr_decay_steps: int, lr_decay_style: str, **a: Any) -> float:
    low, init, w = a.get("min_lr", 0.0), a.get("init_lr", 0.0), a.get("lr_warmup_steps", 0)
    if w > 0 and t <= w:
        return init + (max_lr - init) * t / w
    if lr_decay_style == "constant":
        return max_lr
    if t > lr_decay_steps:
        return low
    if lr_decay_style == "inverse-square-root":
        return max(low, max_lr * max(w, 1) ** 0.5 / max(t, 1) ** 0.5)
    x = (t - w) / (lr_decay_steps - w)
    if lr_decay_style in ("linear", "cosine"):
        return low + (max_lr - low) * (1 - x if lr_decay_style == "linear" else half(x))
    begin = lr_decay_steps - a["wsd_decay_steps"]
    y = max(0.0, (t - begin) / a["wsd_decay_steps"])
    shapes = {"linear": 1 - y, "cosine": half(y), "exponential": 2 * 0.5**y - 1}
    return low + (max_lr - low) * shapes.get(a["lr_wsd_decay_style"], 1 - math.sqrt(y))


def megatron_wd(
    t: int, *, start_wd: float, end_wd: float, wd_incr_steps: int, wd_incr_style: str
) -> float:
    if t > wd_incr_steps or wd_incr_style == "constant":
        return end_wd
    x = t / wd_incr_steps
    return start_wd + (end_wd - start_wd) * (x if wd_incr_style == "linear" else half(1 - x))


def _megatron(rng: random.Random) -> Arguments:
    peak, w = lr(rng), count(rng, 0, 20)
    style = rng.choice(["constant", "linear", "cosine", "inverse-square-root", "WSD"])
    end = w + count(rng, 1, 50)
    made = {"max_lr": peak, "lr_decay_steps": end, "lr_decay_style": style, "lr_warmup_steps": w}
    if style == "WSD":
        kinds = ["linear", "cosine", "exponential", "minus_sqrt"]
        made |= {
            "wsd_decay_steps": rng.randint(1, end - w),
            "lr_wsd_decay_style": rng.choice(kinds),
        }
    return made | some(rng, {"min_lr": peak * share(rng), "init_lr": peak * share(rng)})


def _megatron_wd(rng: random.Random) -> Arguments:
    end, style = lr(rng), rng.choice(["constant", "linear", "cosine"])
    start = end if style == "constant" else end * share(rng)
    steps = {"wd_incr_steps": count(rng), "wd_incr_style": style}
    return {"start_wd": start, "end_wd": end, **steps}


# NeMo


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

# Composer


def composer(kind: str) -> Formula:
    def formula(
        t: int, *, base_lr: float, max_duration: str, batches_per_epoch: int, **a: Any
    ) -> float:
        run = int(max_duration[:-2]) * (batches_per_epoch if max_duration.endswith("ep") else 1)

        def time(name: str, default: str = "1dur") -> int:
            return one(a.get(name, default))

        def one(text: str) -> int:
            if text.endswith("dur"):
                return int(float(text[:-3]) * run)
            return int(float(text[:-2]) * (batches_per_epoch if text.endswith("ep") else 1))

        gamma, low = a.get("gamma", 0.1), a.get("alpha_f", 0.0)
        if "t_warmup" in a and t < time("t_warmup"):
            top = a.get("alpha_i", a.get("alpha", 1.0))
            return base_lr * top * t / time("t_warmup")
        w = time("t_warmup", "0ba")
        if kind.startswith("MultiStep"):
            return base_lr * gamma ** sum(t >= one(mark) for mark in a["milestones"])
        if kind.startswith("Step"):
            return base_lr * gamma ** (t // time("step_size"))
        if kind.startswith("Constant"):
            late = t >= time("t_max") and "t_warmup" not in a
            return base_lr * (1.0 if late else a.get("alpha", 1.0))
        if kind.startswith("Exponential"):
            return base_lr * gamma ** (t / time("decay_period", "1ep"))
        if "Restarts" in kind:
            n = end = time("t_0")
            while end <= t:
                n = int(a.get("t_mult", 1.0) * n)
                end += n
            return base_lr * (low + (1 - low) * half((t - end + n) / n))
        x = min(1.0, (t - w) / (time("t_max") - w))
        if kind.startswith("Linear"):
            first = a.get("alpha_i", 1.0)
            return base_lr * (first + x * (low - first))
        if kind.startswith("Cosine"):
            return base_lr * (low + (1 - low) * half(x))
        return base_lr * (low + (1 - low) * (1 - x) ** a.get("power", 2.0))

    return formula


def _composer(rng: random.Random, *, warm: bool = False, **more: Any) -> Arguments:
    epoch, epochs = rng.randint(5, 12), rng.randint(2, 5)
    made: Arguments = {
        "base_lr": lr(rng),
        "max_duration": f"{epochs}ep",
        "batches_per_epoch": epoch,
    }
    if warm:
        made["t_warmup"] = rng.choice(["0ba", "3ba", "1ep", "0.2dur"])
        more = {k: v for k, v in more.items() if k != "t_max"}
    required = {k: v for k, v in more.items() if k in ("step_size", "milestones", "t_0")}
    required |= {k: v for k, v in more.items() if k == "power" and not warm}
    required |= {"gamma": more["gamma"]} if "decay_period" in more else {}
    return made | required | some(rng, {k: v for k, v in more.items() if k not in required})


def _times(rng: random.Random) -> str:
    return rng.choice(["7ba", "1ep", "0.5dur", "1dur", "20ba"])


COMPOSER: dict[str, Draw] = {
    "StepScheduler": lambda r: _composer(r, step_size=_times(r), gamma=inner(r)),
    "MultiStepScheduler": lambda r: _composer(
        r, milestones=["3ba", "1ep", "0.8dur"], gamma=inner(r)
    ),
    "ConstantScheduler": lambda r: _composer(r, alpha=share(r), t_max=_times(r)),
    "LinearScheduler": lambda r: _composer(r, alpha_i=share(r), alpha_f=share(r), t_max=_times(r)),
    "ExponentialScheduler": lambda r: _composer(r, gamma=inner(r), decay_period=_times(r)),
    "CosineAnnealingScheduler": lambda r: _composer(r, alpha_f=share(r), t_max=_times(r)),
    "CosineAnnealingWarmRestartsScheduler": lambda r: _composer(
        r, t_0=r.choice(["4ba", "7ba", "1ep"]), t_mult=r.choice([1.0, 1.5, 2.0]), alpha_f=share(r)
    ),
    "PolynomialScheduler": lambda r: _composer(r, power=r.uniform(0.3, 3), alpha_f=share(r)),
    "MultiStepWithWarmupScheduler": lambda r: _composer(
        r, warm=True, milestones=["3ba", "1ep", "0.8dur"], gamma=inner(r)
    ),
    "ConstantWithWarmupScheduler": lambda r: _composer(r, warm=True, alpha=share(r)),
    "LinearWithWarmupScheduler": lambda r: _composer(
        r, warm=True, alpha_i=share(r), alpha_f=share(r)
    ),
    "CosineAnnealingWithWarmupScheduler": lambda r: _composer(r, warm=True, alpha_f=share(r)),
    "PolynomialWithWarmupScheduler": lambda r: _composer(
        r, warm=True, power=r.uniform(0.3, 3), alpha_f=share(r)
    ),
}

# Paddle


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

# DeepSpeed


def deepspeed(kind: str) -> Formula:
    def formula(t: int, **a: Any) -> float:
        if kind == "LRRangeTest":
            n = a.get("lr_range_test_step_size", 2000)
            x = t // n if a.get("lr_range_test_staircase") else t / n
            return a.get("lr_range_test_min_lr", 1e-3) * (
                1 + a.get("lr_range_test_step_rate", 1.0) * x
            )
        if kind == "OneCycle":
            up, low, top = a["cycle_first_step_size"], a["cycle_min_lr"], a["cycle_max_lr"]
            down = a.get("cycle_second_step_size") or up
            if t < up + down:
                return low + (top - low) * (t / up if t <= up else 1 - (t - up) / down)
            every = a.get("decay_step_size", 0)
            x = (t - up - down) / every if every else 0
            return low / (1 + a.get("decay_lr_rate", 0.0) * x)
        if t == 0:
            return 0.0
        t -= 1
        n, log = max(2, a.get("warmup_num_steps", 1000)), a.get("warmup_type", "log") == "log"
        up = math.log(t + 1) / math.log(n) if log else t / n
        if kind == "WarmupCosineLR":
            low, m = a.get("warmup_min_ratio", 0.0), a.get("cos_min_ratio", 1e-4)
            if t < n:
                return a["base_lr"] * (low + (1 - low) * up)
            x = min(1.0, (t - n + 1) / (a["total_num_steps"] - n))
            return a["base_lr"] * (m + (1 - m) * half(x))
        top = a.get("warmup_max_lr", a.get("base_lr", 0.001))
        low = a.get("warmup_min_lr", 0.0)
        if t >= n:
            total = a.get("total_num_steps")
            up = 1.0 if total is None else max(0.0, (total - t) / max(1.0, total - n))
        return low + (top - low) * up

    return formula


def _warmup(rng: random.Random, **more: Any) -> Arguments:
    kinds = {"warmup_type": rng.choice(["log", "linear"])}
    return {"warmup_num_steps": (w := count(rng, 0, 25)), **some(rng, kinds)} | {
        name: w + 3 + value if name == "total_num_steps" else value for name, value in more.items()
    }


DEEPSPEED: dict[str, Draw] = {
    "LRRangeTest": lambda r: some(
        r,
        {
            "lr_range_test_min_lr": lr(r),
            "lr_range_test_step_size": count(r),
            "lr_range_test_step_rate": r.uniform(0.1, 5),
            "lr_range_test_staircase": r.random() < 0.5,
        },
    ),
    "OneCycle": lambda r: (
        {
            "cycle_min_lr": (low := lr(r)),
            "cycle_max_lr": low + lr(r),
            "cycle_first_step_size": count(r),
        }
        | some(
            r,
            {
                "cycle_second_step_size": count(r, 1, 30),
                "decay_lr_rate": r.uniform(0, 2),
                "decay_step_size": count(r, 0, 9),
            },
        )
    ),
    "WarmupLR": lambda r: _warmup(r, base_lr=lr(r) + 1e-4, warmup_min_lr=1e-4 * share(r)),
    "WarmupDecayLR": lambda r: _warmup(
        r, total_num_steps=count(r), warmup_max_lr=lr(r) + 1e-4, warmup_min_lr=1e-4 * share(r)
    ),
    "WarmupCosineLR": lambda r: _warmup(
        r,
        base_lr=lr(r),
        total_num_steps=count(r),
        warmup_min_ratio=inner(r),
        cos_min_ratio=inner(r),
    ),
}

# OLMo-core


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


def _drawn(
    library: Library, name: str, draw: Draw, formula: Formula, quirks: Excluded = no_quirk
) -> Drawn:
    return Drawn(
        library=library,
        name=name,
        draw=draw,
        native=table(formula),
        quirks=quirks,
        tolerance=1e-12,
        reference="formula",
    )


def _past(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    return {"one-cycle-past-end": after(arguments["total_steps"] - 1, steps)}


def _past_run(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    run = int(arguments["max_duration"][:-2]) * arguments["batches_per_epoch"]
    stretched = arguments.get("t_mult", 1.0) != 1
    return {"restarts-past-run": after(run, steps) & stretched}


FORMULAS: tuple[Drawn, ...] = (
    _drawn(
        ports.timm,
        "CosineLRScheduler",
        lambda r: _timm_cycles(r, k_decay=r.choice([1.0, 2.0, 0.7])),
        timm("cosine"),
    ),
    _drawn(
        ports.timm,
        "PolyLRScheduler",
        lambda r: _timm_cycles(r, k_decay=r.choice([1.0, 2.0]), power=r.uniform(0.3, 3)),
        timm("poly"),
    ),
    _drawn(
        ports.timm,
        "TanhLRScheduler",
        lambda r: _timm_cycles(r, whole=True, lb=-6.0, ub=4.0),
        timm("tanh"),
    ),
    _drawn(
        ports.timm,
        "StepLRScheduler",
        lambda r: _timm(r, decay_t=count(r), decay_rate=inner(r)),
        timm_steps,
    ),
    _drawn(
        ports.timm,
        "MultiStepLRScheduler",
        lambda r: _timm(r, decay_t=sorted(r.sample(range(50), 3)), decay_rate=inner(r)),
        timm_steps,
    ),
    _drawn(ports.timm, "WSDLRScheduler", _timm_wsd, timm_wsd),
    _drawn(ports.megatron, "OptimizerParamScheduler", _megatron, megatron),
    _drawn(ports.megatron, "OptimizerParamScheduler.get_wd", _megatron_wd, megatron_wd),
    *(_drawn(ports.nemo, name, draw, nemo(name)) for name, draw in NEMO.items()),
    *(
        _drawn(
            ports.composer,
            name,
            draw,
            composer(name),
            _past_run if "Restarts" in name else no_quirk,
        )
        for name, draw in COMPOSER.items()
    ),
    *(
        _drawn(ports.paddle, name, draw, paddle(name), _past if name == "OneCycleLR" else no_quirk)
        for name, draw in PADDLE.items()
    ),
    *(_drawn(ports.deepspeed, name, draw, deepspeed(name)) for name, draw in DEEPSPEED.items()),
    *(
        _drawn(ports.olmo, name, draw, wsds if name == "WSDS" else olmo(name))
        for name, draw in OLMO.items()
    ),
)
