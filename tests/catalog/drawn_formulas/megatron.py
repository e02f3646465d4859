"""Megatron-LM `core/optimizer_param_scheduler.py`, written in plain Python."""

from __future__ import annotations

import math
import random
from typing import Any

from drawn import Arguments, Drawn, count, lr, share, some

from drawn_formulas.formula import half, written
from lehr.catalog import ports


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


DRAWN: tuple[Drawn, ...] = (
    written(ports.megatron, "OptimizerParamScheduler", _megatron, megatron),
    written(ports.megatron, "OptimizerParamScheduler.get_wd", _megatron_wd, megatron_wd),
)
