"""NeMo's `core.optim.lr_scheduler`: warmup (t + 1)/(w + 1), past max_steps always min_lr."""

from __future__ import annotations

from lehr.catalog.ports import from_torch
from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import level, phases, refuse, share
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import Schedule, constant, cosine, glide, hold, linear, warmup
from lehr.schedule.checked import multiplier, positive, whole


def warmup_policy(
    *,
    base_lr: float,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
    max_steps: int | None = None,
    min_lr: float = 0.0,
) -> Port:
    """The warmup, then the lr until max_steps, then min_lr."""
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    if max_steps is None:
        return Port(schedule=phases(_up(w), hold()), peak_lr=_peak(base_lr))
    return _policy(base_lr, w, max_steps, min_lr, level(_rest(w, max_steps), 1))


def warmup_hold_policy(
    *,
    base_lr: float,
    max_steps: int,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
    hold_steps: int | None = None,
    hold_ratio: float | None = None,
    min_lr: float = 0.0,
) -> Port:
    """As WarmupPolicy: what is held is the lr that follows anyway."""
    _count("hold", hold_steps, hold_ratio, max_steps)
    return warmup_policy(
        base_lr=base_lr,
        warmup_steps=warmup_steps,
        warmup_ratio=warmup_ratio,
        max_steps=max_steps,
        min_lr=min_lr,
    )


def square_annealing(
    *,
    base_lr: float,
    max_steps: int,
    min_lr: float = 1e-5,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
) -> Port:
    """max(min_lr, lr·(1 − (t − w)/(max_steps − w))²)."""
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    span = _inside(w, max_steps)
    fall = glide(_rest(w, max_steps), "polynomial", start=1, power=2, span=span, offset=_late(w))
    return _policy(base_lr, w, max_steps, min_lr, fall, clipped=True)


def square_root_annealing(
    *,
    base_lr: float,
    max_steps: int,
    min_lr: float = 0,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
) -> Port:
    """max(min_lr, lr·√(1 − t/max_steps)): t counts from 0, the warmup included."""
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    _inside(w, max_steps)
    offset = w + 1 if w else 0
    fall = glide(
        _rest(w, max_steps), "polynomial", start=1, power=0.5, span=max_steps, offset=offset
    )
    return _policy(base_lr, w, max_steps, min_lr, fall, clipped=True)


def cosine_annealing(
    *,
    base_lr: float,
    max_steps: int,
    min_lr: float = 0,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
    constant_steps: int | None = None,
    constant_ratio: float | None = None,
) -> Port:
    """Half a cosine to min_lr; with constant steps the warmup is t/w and the end comes earlier."""
    peak, w = _peak(base_lr), _count("warmup", warmup_steps, warmup_ratio, max_steps)
    c = _count("constant", constant_steps, constant_ratio, max_steps)
    m = multiplier(min_lr, "min_lr") / peak
    if m > 1:
        raise refuse("min_lr is above the lr", f"{min_lr} > {base_lr}", "min_lr ≤ the lr")
    if c:
        span = _inside(w, max_steps - c)
        up = linear(w, 1, start=0) if w else None
        return Port(schedule=phases(up, cosine(span, m, start=1), constant(m)), peak_lr=peak)
    span = _inside(w, max_steps)
    fall = glide(_rest(w, max_steps), "cosine", m, start=1, span=span, offset=_late(w))
    return _policy(base_lr, w, max_steps, min_lr, fall)


def noam_annealing(
    *,
    base_lr: float,
    d_model: int,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
    max_steps: int | None = None,
    min_lr: float = 0.0,
) -> Port:
    """lr·d_model^−½·min(s^−½, s·w^−1.5) with s = max(1, t), from w on at least min_lr."""
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    if multiplier(min_lr, "min_lr") > _peak(base_lr):
        raise refuse("min_lr is above the lr", f"{min_lr} > {base_lr}", "min_lr ≤ the lr")
    peak = _peak(base_lr) * (whole(d_model, "d_model") * max(w, 1)) ** -0.5
    m, n = min_lr / peak, max(w, 1)
    up = phases(level(1, 1 / n), linear(n - 1, 1, start=1 / n) if n > 1 else None)
    if w == 0:  # s = 1 at t = 0 and 1, and the floor holds from the first step on
        fall = glide(None, "inverse", start=1, span=1, power=0.5, beyond="on")
        return Port(schedule=_floored(hold(1) >> fall, m), peak_lr=peak)
    fall = glide(None, "inverse", start=1, span=n, offset=1, power=0.5, beyond="on")
    return Port(schedule=phases(up, level(1, 1), _floored(fall, m)), peak_lr=peak)


def noam_hold_annealing(
    *,
    base_lr: float,
    max_steps: int,
    decay_rate: float = 0.5,
    min_lr: float = 0.0,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
    hold_steps: int | None = None,
    hold_ratio: float | None = None,
) -> Port:
    """The warmup, a hold of h steps, then max(min_lr, lr·(w/(t − h))^decay_rate)."""
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    h = _count("hold", hold_steps, hold_ratio, max_steps)
    if w == 0:
        raise refuse("Noam without warmup", "warmup_steps=0", "NeMo refuses it", "warmup_steps=100")
    stay, late = max(h - 1, 0), 0 if h else 1
    n = whole(max_steps, "max_steps") - w - stay
    if n < 1:
        raise refuse("the phases do not fit", f"{w} + {h} of {max_steps}", "shorter phases")
    power = positive(decay_rate, "decay_rate")
    fall = glide(n, "inverse", start=1, span=w, offset=late, power=power, beyond="on")
    m = multiplier(min_lr, "min_lr") / _peak(base_lr)
    body = phases(_up(w), level(stay, 1), _floored(fall, m), constant(m))
    return Port(schedule=body, peak_lr=_peak(base_lr))


def warmup_annealing(
    *,
    base_lr: float,
    max_steps: int,
    min_lr: float = 0.0,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
) -> Port:
    """A line to min_lr at max_steps."""
    return polynomial_decay_annealing(
        base_lr=base_lr,
        max_steps=max_steps,
        min_lr=min_lr,
        warmup_steps=warmup_steps,
        warmup_ratio=warmup_ratio,
    )


def inverse_square_root_annealing(
    *,
    base_lr: float,
    max_steps: int,
    min_lr: float = 0.0,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
) -> Port:
    """lr·√((w + 1)/(t + 1)) until max_steps, then min_lr."""
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    n, late = _rest(w, max_steps), _late(w)
    fall = glide(n, "inverse", start=1, span=w + 1, offset=late, power=0.5, beyond="on")
    return _policy(base_lr, w, max_steps, min_lr, fall)


def t5_inverse_square_root_annealing(
    *, base_lr: float, max_steps: int, constant_steps: int, min_lr: float = 0.0
) -> Port:
    """1/√max(t, constant_steps) until max_steps, then min_lr, whatever the optimizer's lr."""
    _peak(base_lr)
    k, end = whole(constant_steps, "constant_steps"), whole(max_steps, "max_steps")
    if k >= end:
        raise refuse("the constant part does not end", f"{k} ≥ {end}", "constant_steps < max_steps")
    peak = k**-0.5
    fall = glide(end - k + 1, "inverse", start=1, span=k, power=0.5, beyond="on")
    body = phases(level(k, 1), fall, constant(multiplier(min_lr, "min_lr") / peak))
    return Port(schedule=body, peak_lr=peak)


def polynomial_decay_annealing(
    *,
    base_lr: float,
    max_steps: int,
    min_lr: float = 0.0,
    power: float = 1.0,
    cycle: bool = False,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
) -> Port:
    """Min + (lr − min)·(1 − (t − w)/(max_steps − w))^power; cycle changes nothing."""
    del cycle
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    span, m = _inside(w, max_steps), multiplier(min_lr, "min_lr") / _peak(base_lr)
    p = positive(power, "power")
    fall = glide(_rest(w, max_steps), "polynomial", m, start=1, power=p, span=span, offset=_late(w))
    return _policy(base_lr, w, max_steps, min_lr, fall)


def polynomial_hold_decay_annealing(
    *,
    base_lr: float,
    max_steps: int,
    min_lr: float = 0.0,
    power: float = 1.0,
    warmup_steps: int | None = None,
    warmup_ratio: float | None = None,
    hold_steps: int | None = None,
    hold_ratio: float | None = None,
) -> Port:
    """The warmup, a hold, then a polynomial to min_lr at max_steps."""
    w = _count("warmup", warmup_steps, warmup_ratio, max_steps)
    h = _count("hold", hold_steps, hold_ratio, max_steps)
    if h == 0:
        raise refuse(
            "there is nothing to hold",
            "hold_steps=None or 0",
            "NeMo then decays from step 0 on, over max_steps − warmup",
            "PolynomialDecayAnnealing, or hold_steps=100",
        )
    end, m = whole(max_steps, "max_steps"), multiplier(min_lr, "min_lr") / _peak(base_lr)
    span, p = _inside(w + h, end), positive(power, "power")
    first = phases(_up(w), level(h - (1 if w else 0), 1))
    fall = glide(span + 1, "polynomial", m, start=1, power=p, span=span)
    return Port(schedule=phases(first, fall, constant(m)), peak_lr=_peak(base_lr))


def _peak(base_lr: object) -> float:
    return positive(base_lr, "base_lr")


def _count(name: str, steps: int | None, ratio: float | None, end: int | None) -> int:
    if steps is not None and ratio is not None:
        raise refuse(f"{name} is said twice", f"{steps}, {ratio}", f"{name}_steps or {name}_ratio")
    if ratio is not None:
        return int(share(ratio, f"{name}_ratio") * whole(end or 0, "max_steps"))
    return 0 if steps is None else whole(steps, f"{name}_steps", least=0)


def _up(w: int) -> Schedule | None:
    """(t + 1)/(w + 1) for t = 0 … w."""
    return warmup(w + 1) if w else None


def _late(w: int) -> int:
    """Return 1: after a warmup that includes step w, the next step is w + 1."""
    return 1 if w else 0


def _rest(w: int, end: int) -> int:
    """Return how many steps there are after the warmup, up to and with max_steps."""
    _inside(w, end)
    return end - w if w else end + 1


def _inside(w: int, end: int) -> int:
    if w >= whole(end, "max_steps"):
        raise refuse("no step is left after the warmup", f"{w} ≥ {end}", "shorter than max_steps")
    return end - w


def _floored(schedule: Schedule, floor: float) -> Schedule:
    return schedule.clip(min=floor) if floor else schedule


def _policy(
    base_lr: float,
    w: int,
    end: int,
    min_lr: float,
    body: Schedule | None,
    *,
    clipped: bool = False,
) -> Port:
    """Put the warmup before the body and min_lr after max_steps."""
    m = multiplier(min_lr, "min_lr") / _peak(base_lr)
    kept = _floored(body, m) if clipped and body is not None else body
    _rest(w, end)
    return Port(schedule=phases(_up(w), kept, constant(m)), peak_lr=_peak(base_lr))


_LATER = "write it with lehr's own words, its source was not at hand: "
nemo = Library(
    name="nemo",
    builders={
        "WarmupPolicy": warmup_policy,
        "WarmupHoldPolicy": warmup_hold_policy,
        "SquareAnnealing": square_annealing,
        "SquareRootAnnealing": square_root_annealing,
        "CosineAnnealing": cosine_annealing,
        "NoamAnnealing": noam_annealing,
        "NoamHoldAnnealing": noam_hold_annealing,
        "WarmupAnnealing": warmup_annealing,
        "InverseSquareRootAnnealing": inverse_square_root_annealing,
        "T5InverseSquareRootAnnealing": t5_inverse_square_root_annealing,
        "PolynomialDecayAnnealing": polynomial_decay_annealing,
        "PolynomialHoldDecayAnnealing": polynomial_hold_decay_annealing,
        "StepLR": from_torch.step_lr,
        "ExponentialLR": from_torch.exponential_lr,
        "CyclicLR": from_torch.cyclic_lr,
    },
    refused={
        "WarmupHoldAnnealOneMinusSquareRoot": f'{_LATER}wsd(shape="1-sqrt")',
        "WarmupHoldAnnealLinear": f"{_LATER}wsd()",
        "ReduceLROnPlateau": "it listens to a metric, so it is a feedback, not a schedule",
    },
)

QUIRKS = (
    Quirk(
        key="first-group",
        library="nemo",
        scheduler="CosineAnnealing with constant steps, WarmupAnnealing",
        native="every parameter group gets the lr of the first",
        port="each group its own: a schedule multiplies",
        source="reference §2.13",
    ),
)
