"""DeepSpeed `runtime/lr_schedules.py`, written in plain Python."""

from __future__ import annotations

import math
import random
from typing import Any

from drawn import Arguments, Draw, Drawn, count, inner, lr, share, some

from drawn_formulas.formula import Formula, half, written
from lehr.catalog import ports


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


DRAWN: tuple[Drawn, ...] = tuple(
    written(ports.deepspeed, name, draw, deepspeed(name)) for name, draw in DEEPSPEED.items()
)
