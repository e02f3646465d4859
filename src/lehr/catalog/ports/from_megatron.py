"""Megatron-LM's `OptimizerParamScheduler` (core 0.19): one class, a style each for the lr and WD.

Its unit is whatever `step(increment)` is given: samples in Megatron's own trainer. A port's step
is one increment; divide sample counts by the global batch size.
"""

from __future__ import annotations

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import level, one_of, phases, refuse
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import Schedule, constant, cosine, decay, glide, hold, linear
from lehr.schedule.checked import multiplier, positive, whole

_STYLES = ("constant", "linear", "cosine", "inverse-square-root", "WSD")
_WSD = ("linear", "cosine", "exponential", "minus_sqrt")


def optimizer_param_scheduler(
    *,
    max_lr: float,
    min_lr: float = 0.0,
    init_lr: float = 0.0,
    lr_warmup_steps: int = 0,
    lr_decay_steps: int,
    lr_decay_style: str,
    wsd_decay_steps: int | None = None,
    lr_wsd_decay_style: str | None = None,
) -> Port:
    """From init to max by lr_warmup_steps, then to min at lr_decay_steps (warmup included)."""
    peak, low = positive(max_lr, "max_lr"), multiplier(min_lr, "min_lr")
    first = multiplier(init_lr, "init_lr")
    w, end = whole(lr_warmup_steps, "lr_warmup_steps", least=0), whole(lr_decay_steps, "decay")
    style = one_of(lr_decay_style, "lr_decay_style", _STYLES)
    if low > peak or first > peak:
        raise refuse("max_lr is not the largest", f"{max_lr}, {min_lr}, {init_lr}", "max ≥ others")
    if w >= end:
        raise refuse("the warmup does not end in time", f"{w} ≥ {end}", "warmup < lr_decay_steps")
    up, m, n = linear(w, 1, start=first / peak) if w else None, low / peak, end - w
    if style == "constant":
        return Port(schedule=phases(up, constant()), peak_lr=peak)
    if style == "inverse-square-root":
        return Port(schedule=_inverse_sqrt(up, w, n, m), peak_lr=peak)
    falls = {"linear": lambda: linear(n, m, start=1), "cosine": lambda: cosine(n, m, start=1)}
    if style == "WSD":
        d = whole(wsd_decay_steps or 0, "wsd_decay_steps")
        kind = one_of(lr_wsd_decay_style, "lr_wsd_decay_style", _WSD)
        if d > n:
            raise refuse("the decay is longer than what follows the warmup", f"{d} > {n}", "≤")
        tails = {
            "linear": lambda: linear(d, m, start=1),
            "cosine": lambda: cosine(d, m, start=1),
            "exponential": lambda: glide(d, "geometric", m, start=1, factor=0.5),
            "minus_sqrt": lambda: decay(d, "1-sqrt", m, start=1),
        }
        return Port(schedule=phases(up, level(n - d, 1), tails[kind]()), peak_lr=peak, horizon=end)
    return Port(schedule=phases(up, falls[style]()), peak_lr=peak, horizon=end)


def weight_decay(*, start_wd: float, end_wd: float, wd_incr_steps: int, wd_incr_style: str) -> Port:
    """The weight decay of the same class: from start to end in a line or half a cosine.

    The port's `lr` is the weight decay, its `peak_lr` is end_wd.
    """
    peak, n = positive(end_wd, "end_wd"), whole(wd_incr_steps, "wd_incr_steps")
    style = one_of(wd_incr_style, "wd_incr_style", ("constant", "linear", "cosine"))
    start = multiplier(start_wd, "start_wd") / peak
    if start > 1 or (style == "constant" and start != 1):
        raise refuse("start_wd does not fit", f"{start_wd}, {end_wd}", "start ≤ end; = if constant")
    if style == "constant":
        return Port(schedule=constant(), peak_lr=peak)
    ramp = linear if style == "linear" else cosine
    return Port(schedule=ramp(None, 1, start=start), peak_lr=peak, horizon=n)


def _inverse_sqrt(up: Schedule | None, w: int, n: int, floor: float) -> Schedule:
    """Return √(max(w, 1)/max(t, 1)), at least `floor`, up to and with step w + n, then `floor`."""
    if w == 0:
        tail = phases(hold(1), glide(n, "inverse", start=1, span=1, power=0.5, beyond="on"))
    else:
        tail = glide(n + 1, "inverse", start=1, span=w, power=0.5, beyond="on")
    return phases(up, (tail.clip(min=floor) if floor else tail), constant(floor))


megatron = Library(
    name="megatron",
    builders={
        "OptimizerParamScheduler": optimizer_param_scheduler,
        "OptimizerParamScheduler.get_wd": weight_decay,
    },
    refused={},
)

QUIRKS: tuple[Quirk, ...] = ()
"""Its formulas are what it documents; its defects are in what it saves (reference §2.13)."""
