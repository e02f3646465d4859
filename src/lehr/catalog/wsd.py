"""Warmup, stable, decay: the trapezoid and its other cooldowns."""

from __future__ import annotations

from lehr.catalog.recipe import Recipe
from lehr.schedule import Schedule, decay, hold, warmup
from lehr.schedule.durations import DurationLike
from lehr.schedule.ramps import DecayShape


def wsd(
    warmup: DurationLike = "5%",
    cooldown: DurationLike = "20%",
    shape: DecayShape = "linear",
    final: float = 0,
    *,
    power: float | None = None,
    ratio: float | None = None,
) -> Schedule:
    """Warm up, stay at the peak, cool down: `warmup(w) >> hold() >> decay(c, shape)`.

    With w and c the two durations and T the horizon: (t + 1)/w for t < w, 1 until T − c, then
    final + (1 − final)·g(x) with x = (t − T + c)/c and g of `decay`: 1 − x, (1 + cos πx)/2,
    1 − √x, 1 − x^power, (ratio^x − ratio)/(1 − ratio), ….

    Args:
        warmup: duration of the rise. Default 5 %.
        cooldown: duration of the decay. Default 20 %, where it equals a tuned cosine.
        shape: "linear" (default), "cosine", "1-sqrt", "power", "exponential" or another of
            `decay`.
        final: multiplier of the peak at t = T, 0 or more. Default 0.
        power: exponent above 0, required by shape="power" and by no other.
        ratio: above 0 and not 1, required by shape="exponential" and by no other.

    Raises:
        ScheduleError: an impossible duration, shape or multiplier; at `.over()`, no step left
            between warmup and cooldown.

    Source:
        Hu et al., MiniCPM, 2024; Hägele et al., Scaling Laws and Compute-Optimal Training Beyond
        Fixed Training Durations, NeurIPS 2024.

    >>> s = wsd(warmup=10, cooldown="20%", shape="1-sqrt")
    >>> s
    warmup(10) >> hold() >> decay("20%")
    >>> p = s.over(100)
    >>> p(0), p(9), p(80), round(p(99), 4), p(100), p(500)
    (0.1, 1.0, 1.0, 0.0253, 0.0, 0.0)
    """
    return _rise(warmup) >> hold() >> decay(cooldown, shape, final, power=power, ratio=ratio)


_rise = warmup  # the argument of `wsd` has the same name

RECIPE = Recipe(
    build=wsd,
    formula="(t+1)/w, then 1, then final + (1 − final)·g((t − T + c)/c)",
    source="Hu et al. 2024 (MiniCPM); Hägele et al., NeurIPS 2024",
    also={
        "transformers": "warmup_stable_decay",
        "Megatron-LM": "WSD",
        "timm": "WSDLRScheduler",
        "pytorch_optimizer": "get_wsd_schedule",
        "fastai": "fit_flat_cos",
        "nanotron": "lr_decay_starting_step",
        "olmo_core": "WSD",
        "torchtitan": "its only schedule",
    },
    examples=(
        "wsd()",
        'wsd("2%", "20%", shape="1-sqrt")',
        'wsd(50, 200, shape="cosine", final=0.1)',
        'wsd("5%", "30%", shape="power", power=2)',
        'wsd("5%", shape="exponential", ratio=0.5)',
    ),
)
