"""`timm.scheduler` 1.0, class by class; t counts what is stepped, updates here."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import level, one_of, phases, refuse
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import (
    Schedule,
    constant,
    cosine,
    decay,
    glide,
    hold,
    linear,
    multi_step,
    piecewise,
    polynomial,
    power_law,
    proportional,
    step,
    total,
)
from lehr.schedule.checked import finite, multiplier, positive, whole


def cosine_lr(
    *,
    base_lr: float,
    t_initial: int,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    noise_range_t: None = None,
    k_decay: float = 1.0,
) -> Port:
    """lr_min + (b·decay^i − lr_min)·(1 + cos(π·t^k/T_i^k))/2 in cycle i, then lr_min."""
    cycles = _Cycles(base_lr, t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    body = cycles.body("cosine", None, positive(k_decay, "k_decay"))
    return _warmed(base_lr, body, warmup_t, warmup_lr_init, warmup_prefix, noise_range_t)


def poly_lr(
    *,
    base_lr: float,
    t_initial: int,
    power: float = 0.5,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    noise_range_t: None = None,
    k_decay: float = 1.0,
) -> Port:
    """lr_min + (b·decay^i − lr_min)·(1 − t^k/T_i^k)^power in cycle i, then lr_min."""
    cycles = _Cycles(base_lr, t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    body = cycles.body("polynomial", positive(power, "power"), positive(k_decay, "k_decay"))
    return _warmed(base_lr, body, warmup_t, warmup_lr_init, warmup_prefix, noise_range_t)


def tanh_lr(
    *,
    base_lr: float,
    t_initial: int,
    lb: float = -7.0,
    ub: float = 3.0,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    noise_range_t: None = None,
) -> Port:
    """lr_min + (b − lr_min)·(1 − tanh(lb·(1 − x) + ub·x))/2 in one cycle, then lr_min."""
    lower, upper = finite(lb, "lb"), finite(ub, "ub")
    if lower >= upper:
        raise refuse("lb is not below ub", f"lb={lb}, ub={ub}", "lb < ub")
    cycles = _Cycles(base_lr, t_initial, lr_min, cycle_mul, cycle_decay, cycle_limit)
    lengths = [cycles.n * cycles.stretch**k for k in range(cycles.limit)]
    if any(not float(n).is_integer() for n in lengths):
        raise refuse(
            "a cycle of tanh ends between two steps",
            f"t_initial={t_initial}, cycle_mul={cycle_mul}",
            "cycles of whole steps",
            "a whole cycle_mul",
        )
    falls = [
        decay(int(n), "tanh", cycles.low, lower=lower, upper=upper, start=cycles.shrink**k)
        for k, n in enumerate(lengths)
    ]
    body = phases(*falls, constant(cycles.low))
    w = whole(warmup_t, "warmup_t", least=0)
    top = 1.0 if warmup_prefix else Port(schedule=body, peak_lr=1.0).lr(w)
    return _warmed(base_lr, body, warmup_t, warmup_lr_init, warmup_prefix, noise_range_t, top=top)


def step_lr(
    *,
    base_lr: float,
    decay_t: int,
    decay_rate: float = 1.0,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = True,
    noise_range_t: None = None,
) -> Port:
    """b·rate^⌊t/decay_t⌋."""
    body = step(whole(decay_t, "decay_t"), positive(decay_rate, "decay_rate"))
    return _warmed(base_lr, body, warmup_t, warmup_lr_init, warmup_prefix, noise_range_t)


def multi_step_lr(
    *,
    base_lr: float,
    decay_t: Iterable[int],
    decay_rate: float = 1.0,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = True,
    noise_range_t: None = None,
) -> Port:
    """b·rate^#{decay_t ≤ t + 1}: one step earlier than elsewhere, on purpose."""
    marks = [whole(mark, "an entry of decay_t", least=0) for mark in decay_t]
    if marks != sorted(set(marks)):
        raise refuse("decay_t does not ascend", f"decay_t={marks}", "steps ascend")
    rate = positive(decay_rate, "decay_rate")
    early = [mark - 1 for mark in marks]
    fallen, later = sum(mark <= 0 for mark in early), [mark for mark in early if mark > 0]
    body: Schedule = multi_step(later, rate) if later else constant()
    body = rate**fallen * body if fallen else body
    return _warmed(base_lr, body, warmup_t, warmup_lr_init, warmup_prefix, noise_range_t)


def wsd_lr(
    *,
    base_lr: float,
    t_initial: int,
    decay_t: int,
    lr_min: float = 0.0,
    stable_fn: str = "constant",
    stable_timescale: int | None = None,
    stable_power: float = 0.5,
    decay_fn: str = "1-sqrt",
    decay_power: float = 0.5,
    decay_ratio: float = 0.1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    noise_range_t: None = None,
) -> Port:
    """Warmup, then lr_min + (max(b·stable, lr_min) − lr_min)·decay over the last decay_t steps."""
    peak, n, d = positive(base_lr, "base_lr"), whole(t_initial, "t_initial"), whole(decay_t, "d")
    if d > n:
        raise refuse("decay_t is longer than t_initial", f"{d} > {n}", "decay_t ≤ t_initial")
    w = whole(warmup_t, "warmup_t", least=0)
    low = multiplier(lr_min, "lr_min") / peak
    if low > 1:
        raise refuse("lr_min is above the lr", f"{lr_min} > {base_lr}", "lr_min ≤ base_lr")
    stable = one_of(stable_fn, "stable_fn", ("constant", "rsqrt", "power"))
    ratio = positive(decay_ratio, "decay_ratio")
    falls = {
        "linear": lambda: linear(d, start=1),
        "1-sqrt": lambda: decay(d, start=1),
        "cosine": lambda: cosine(d, start=1),
        "power": lambda: decay(d, "power", power=positive(decay_power, "power"), start=1),
        "exp": lambda: glide(d, "geometric", start=1, factor=ratio),
    }
    fall = falls[one_of(decay_fn, "decay_fn", tuple(falls))]()
    shape = phases(level(n - d, 1), fall)
    if stable != "constant":
        tau = whole(w if stable_timescale is None else stable_timescale, "stable_timescale")
        power = 0.5 if stable == "rsqrt" else positive(stable_power, "stable_power")
        body = _over_floor(power_law(tau, power), shape, low)
    else:
        body = _over_floor(constant(), shape, low)
    first = multiplier(warmup_lr_init, "warmup_lr_init") / peak
    up = linear(w, 1, start=first) if w else None
    if noise_range_t is not None:
        raise _noise(noise_range_t)
    return Port(schedule=phases(up, body), peak_lr=peak, horizon=w + n)


def _over_floor(stable: Schedule, shape: Schedule, low: float) -> Schedule:
    """Return low + (max(stable, low) − low)·shape, both of which begin at 1."""
    flat = stable == constant()
    if low == 0:
        return shape if flat else shape * stable
    scaled = shape if flat else shape * stable.clip(min=low)
    return total(scaled, low * proportional(shape, 1, 0))


class _Cycles:
    """The cycles that three of timm's schedulers have in common."""

    def __init__(
        self, base: float, n: int, low: float, stretch: float, shrink: float, limit: int
    ) -> None:
        self.peak = positive(base, "base_lr")
        self.n = whole(n, "t_initial")
        self.low = multiplier(low, "lr_min") / self.peak
        self.stretch = positive(stretch, "cycle_mul")
        if self.stretch < 1:
            raise refuse("cycles shorten", f"cycle_mul={stretch}", "cycle_mul is at least 1")
        self.shrink = positive(shrink, "cycle_decay")
        self.limit = whole(limit, "cycle_limit", least=0)

    def body(self, shape: str, power: float | None, warp: float) -> Schedule:
        """Return the cycles and what follows them."""
        if self.limit == 0:
            return constant(self.low)
        if self.limit == 1 and warp == 1:
            if shape == "cosine":
                return cosine(self.n, self.low, start=1) >> hold()
            return polynomial(self.n, power or 1.0, self.low, start=1) >> hold()
        kind = "cosine" if shape == "cosine" else "polynomial"
        lengths = [self.n * Fraction(repr(self.stretch)) ** k for k in range(self.limit)]
        falls = glide(
            ceil(sum(lengths)),
            kind,
            self.low,
            start=1,
            span=self.n,
            power=power,
            warp=warp,
            beyond="again",
            stretch=self.stretch if self.limit > 1 else 1,
            shrink=self.shrink if self.limit > 1 else 1,
        )
        return falls >> constant(self.low)


def _warmed(
    base_lr: float,
    body: Schedule,
    warm: int,
    init: float,
    prefix: bool,
    noise: object,
    *,
    top: float = 1.0,
) -> Port:
    """Put timm's warmup before the body, or over its first steps."""
    if noise is not None:
        raise _noise(noise)
    peak, w = positive(base_lr, "base_lr"), whole(warm, "warmup_t", least=0)
    if not w:
        return Port(schedule=body, peak_lr=peak)
    up = linear(w, top, start=multiplier(init, "warmup_lr_init") / peak)
    if prefix:
        return Port(schedule=phases(up, constant() * body), peak_lr=peak)
    over = piecewise([w], [0, 1], "constant") * body
    return Port(schedule=total(phases(up, constant(0)), over), peak_lr=peak)


def _noise(value: object) -> Exception:
    return refuse(
        "timm's noise comes from torch's random numbers",
        f"noise_range_t={value}",
        "a port gives the same values everywhere",
        "noisy(schedule, ...) is lehr's own seeded noise",
    )


timm = Library(
    name="timm",
    builders={
        "CosineLRScheduler": cosine_lr,
        "PolyLRScheduler": poly_lr,
        "TanhLRScheduler": tanh_lr,
        "StepLRScheduler": step_lr,
        "MultiStepLRScheduler": multi_step_lr,
        "WSDLRScheduler": wsd_lr,
    },
    refused={"PlateauLRScheduler": "it listens to a metric, so it is a feedback, not a schedule"},
)

QUIRKS = (
    Quirk(
        key="restart-rounding",
        library="timm",
        scheduler="CosineLRScheduler, PolyLRScheduler, TanhLRScheduler",
        native="a restart that falls on a whole step comes one step late where a float logarithm "
        "rounds to just below a whole number (lr 0 at step 1210 with t_initial=10, cycle_mul=3)",
        port="the restart is on its step",
        source="reference §2.4",
    ),
)
