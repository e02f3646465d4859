"""Composer `optim/scheduler.py`, written in plain Python."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from drawn import Arguments, Draw, Drawn, after, inner, lr, no_quirk, share, some

from drawn_formulas.formula import Formula, half, written
from lehr.catalog import ports


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


def _past_run(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    run = int(arguments["max_duration"][:-2]) * arguments["batches_per_epoch"]
    stretched = arguments.get("t_mult", 1.0) != 1
    return {"restarts-past-run": after(run, steps) & stretched}


DRAWN: tuple[Drawn, ...] = tuple(
    written(
        ports.composer,
        name,
        draw,
        composer(name),
        _past_run if "Restarts" in name else no_quirk,
    )
    for name, draw in COMPOSER.items()
)
