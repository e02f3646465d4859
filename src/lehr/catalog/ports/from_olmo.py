"""OLMo-core's schedulers: the fields of each class, plus `base_lr` and the run's `max_steps`."""

from __future__ import annotations

from collections.abc import Sequence

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import above, level, phases, refuse, share
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import Schedule, constant, cosine, decay, glide, linear, rsqrt, take
from lehr.schedule.checked import multiplier, positive, whole


def constant_scheduler(*, base_lr: float) -> Port:
    """The lr."""
    return Port(schedule=constant(), peak_lr=_peak(base_lr))


def constant_with_warmup(
    *,
    base_lr: float,
    max_steps: int | None = None,
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    warmup_min_lr: float = 0.0,
) -> Port:
    """From warmup_min_lr to the lr in the warmup, then the lr."""
    w = _span("warmup", warmup, warmup_fraction, max_steps)
    return Port(schedule=phases(_up(w, warmup_min_lr, base_lr), constant()), peak_lr=_peak(base_lr))


def linear_with_warmup(
    *,
    base_lr: float,
    max_steps: int,
    alpha_f: float = 0.1,
    t_max: int | None = None,
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    warmup_min_lr: float = 0.0,
) -> Port:
    """A warmup, then a line to alpha_f at t_max (by default max_steps)."""
    return _decaying(
        "linear", base_lr, t_max or max_steps, alpha_f, warmup, warmup_fraction, warmup_min_lr
    )


def cos_with_warmup(
    *,
    base_lr: float,
    max_steps: int,
    alpha_f: float = 0.1,
    t_max: int | None = None,
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    warmup_min_lr: float = 0.0,
) -> Port:
    """A warmup, then half a cosine to alpha_f at t_max (by default max_steps)."""
    return _decaying(
        "cosine", base_lr, t_max or max_steps, alpha_f, warmup, warmup_fraction, warmup_min_lr
    )


def half_cos_with_warmup(
    *,
    base_lr: float,
    max_steps: int,
    alpha_f: float = 0.1,
    t_max: int | None = None,
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    warmup_min_lr: float = 0.0,
) -> Port:
    """A warmup to the middle of a cosine, then its second half to alpha_f."""
    end, peak = whole(t_max or max_steps, "t_max"), _peak(base_lr)
    w, final = _span("warmup", warmup, warmup_fraction, end), share(alpha_f, "alpha_f")
    _before(w, end)
    middle = final + (1 - final) / 2
    up = linear(w, middle, start=multiplier(warmup_min_lr, "warmup_min_lr") / peak) if w else None
    fall = decay(None, "half-cosine", final, start=middle)
    return Port(schedule=phases(up, fall), peak_lr=peak, horizon=end)


def inv_sqrt_with_warmup(
    *,
    base_lr: float,
    max_steps: int | None = None,
    alpha_f: float = 0.1,
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    warmup_min_lr: float = 0.0,
) -> Port:
    """A warmup, then alpha_f + (1 − alpha_f)·√(w/t)."""
    w = _span("warmup", warmup, warmup_fraction, max_steps)
    if w == 0:
        raise refuse("there is no warmup", "warmup=0", "√(w/t) needs one", "warmup=1000")
    fall = above(share(alpha_f, "alpha_f"), rsqrt(w))
    return Port(schedule=phases(_up(w, warmup_min_lr, base_lr), fall), peak_lr=_peak(base_lr))


def cos_with_warmup_and_linear_decay(
    *,
    base_lr: float,
    max_steps: int,
    alpha_f: float = 0.1,
    t_max: int | None = None,
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    warmup_min_lr: float = 0.0,
    decay: int | None = None,
    decay_fraction: float | None = 0.1,
    decay_min_lr: float = 0.0,
) -> Port:
    """CosWithWarmup cut off `decay` steps before max_steps, then a line to decay_min_lr."""
    whole_run, peak = whole(max_steps, "max_steps"), _peak(base_lr)
    d = _span("decay", decay, decay_fraction, whole_run)
    body = _decaying(
        "cosine", base_lr, t_max or max_steps, alpha_f, warmup, warmup_fraction, warmup_min_lr
    )
    final = multiplier(decay_min_lr, "decay_min_lr") / peak
    if d == 0:
        raise refuse("the decay has no step", "decay=0", "OLMo-core divides by it", "CosWithWarmup")
    kept = whole_run - d
    end = body.horizon or whole_run
    if kept > end:
        raise refuse("the cosine ends before the decay begins", f"{end} < {kept}", "t_max ≥ that")
    first = take(body.schedule, kept, of=end) if kept else None
    tail = linear(d, final, start=body.lr(kept) / peak)
    return Port(schedule=phases(first, tail), peak_lr=peak, horizon=whole_run)


def wsd(
    *,
    base_lr: float,
    max_steps: int,
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    decay: int | None = None,
    decay_fraction: float | None = 0.1,
    warmup_min_lr: float = 0.0,
    decay_min_lr: float = 0.0,
) -> Port:
    """A warmup, the lr, and a line to decay_min_lr over the last `decay` steps."""
    end, peak = whole(max_steps, "max_steps"), _peak(base_lr)
    w = _span("warmup", warmup, warmup_fraction, end)
    d = _span("decay", decay, None if decay is not None else decay_fraction, end)
    if w + d > end or d == 0:
        raise refuse("the phases do not fit", f"{w} + {d} steps of {end}", "decay > 0, sum ≤ run")
    final = multiplier(decay_min_lr, "decay_min_lr") / peak
    parts = (_up(w, warmup_min_lr, base_lr), level(end - w - d, 1), linear(d, final, start=1))
    return Port(schedule=phases(*parts), peak_lr=peak, horizon=end)


def wsds(
    *,
    base_lr: float,
    period_lengths: Sequence[int],
    warmup: int | None = None,
    warmup_fraction: float | None = None,
    decay: int | None = None,
    decay_fraction: float | None = None,
    warmup_min_lr: float = 0.0,
    decay_min_lr: float = 0.0,
) -> Port:
    """Periods of the lr and a decay in which 1/lr is linear; the boundary is the decay's last step.

    A decay to 0 falls to a tenth of the lr and is 0 at the boundary itself.
    """
    peak, lengths = _peak(base_lr), [whole(n, "a period") for n in period_lengths]
    final = multiplier(decay_min_lr, "decay_min_lr") / peak
    w = _span("warmup", warmup, warmup_fraction, lengths[0])
    decays = [min(_span("decay", decay, decay_fraction, n), n) for n in lengths]
    if w + decays[0] > lengths[0]:
        raise refuse("the first period is too short", f"{w} + {decays[0]} > {lengths[0]}", "fits")
    parts: list[Schedule | None] = [_up(w, warmup_min_lr, base_lr)]
    goal, stable = max(final, 0.1), lengths[0] - w - decays[0]
    for index, d in enumerate(decays):
        # A boundary belongs to the period that ends there, so the next is one step shorter.
        if index:
            stable = lengths[index] - d - 1
        parts += [level(max(stable, 0), 1), *_inverse(d, goal, min(stable, 0)), level(1, final)]
    return Port(schedule=phases(*parts[:-1], constant(final)), peak_lr=peak)


def _inverse(d: int, goal: float, late: int) -> list[Schedule | None]:
    """Return the decay's steps before its boundary; `late` −1 leaves out the first."""
    n = d + late
    if n <= 0:
        return []
    if goal == 1:
        return [level(n, 1)]
    return [glide(n, "inverse", start=1, span=d, laps=1 / goal - 1, offset=-late, beyond="on")]


def _decaying(
    shape: str,
    base_lr: float,
    end: int,
    alpha_f: float,
    warmup: int | None,
    fraction: float | None,
    low: float,
) -> Port:
    horizon, final = whole(end, "t_max"), share(alpha_f, "alpha_f")
    w = _span("warmup", warmup, fraction, horizon)
    _before(w, horizon)
    fall = linear(None, final, start=1) if shape == "linear" else cosine(None, final, start=1)
    return Port(
        schedule=phases(_up(w, low, base_lr), fall), peak_lr=_peak(base_lr), horizon=horizon
    )


def _peak(base_lr: object) -> float:
    return positive(base_lr, "base_lr")


def _up(w: int, low: float, base_lr: float) -> Schedule | None:
    start = multiplier(low, "warmup_min_lr") / _peak(base_lr)
    if start >= 1:
        raise refuse("the warmup does not rise", f"{low} ≥ {base_lr}", "warmup_min_lr < base_lr")
    return linear(w, 1, start=start) if w else None


def _before(w: int, end: int) -> None:
    if w >= end:
        raise refuse("there is no step after the warmup", f"{w} ≥ {end}", "warmup < t_max")


def _span(name: str, steps: int | None, fraction: float | None, end: int | None) -> int:
    if (steps is None) == (fraction is None):
        raise refuse(
            f"the {name} is not said once",
            f"{name}={steps}, {name}_fraction={fraction}",
            "exactly one of the two",
            f"{name}=100" if name == "warmup" else f"{name}=100, {name}_fraction=None",
        )
    if steps is not None:
        return whole(steps, name, least=0)
    return round(whole(end or 0, "max_steps") * share(fraction, f"{name}_fraction"))


_LATER = "write it with lehr's own words: its source was not at hand when the ports were made"
olmo = Library(
    name="olmo",
    builders={
        "ConstantScheduler": constant_scheduler,
        "ConstantWithWarmup": constant_with_warmup,
        "LinearWithWarmup": linear_with_warmup,
        "InvSqrtWithWarmup": inv_sqrt_with_warmup,
        "CosWithWarmup": cos_with_warmup,
        "HalfCosWithWarmup": half_cos_with_warmup,
        "CosWithWarmupAndLinearDecay": cos_with_warmup_and_linear_decay,
        "WSD": wsd,
        "WSDS": wsds,
    },
    refused={
        "SequentialScheduler": 'join schedules instead: "warmup(100) >> hold(500) >> linear()"',
        "PowerLR": f"{_LATER}: warmup(100) >> power_law(100, power=0.51) >> linear(50)",
        "ExponentialScheduler": f"{_LATER}: exponential(0.01, every='100%')",
        "ComposableScheduler": f"{_LATER}: phases joined by >>",
    },
)

QUIRKS: tuple[Quirk, ...] = ()
"""None: its schedulers are pure functions of the step."""
