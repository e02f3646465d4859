"""MosaicML Composer 0.32's schedulers, with its time texts ("10ep", "0.1dur", "5ba").

`max_duration` is the Trainer's; epochs need `batches_per_epoch`. A step is a batch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lehr.catalog.ports.library import Library
from lehr.catalog.ports.parts import phases, refuse, rise
from lehr.catalog.ports.port import Port
from lehr.catalog.ports.quirk import Quirk
from lehr.schedule import (
    Schedule,
    constant,
    cosine,
    exponential,
    hold,
    linear,
    multi_step,
    polynomial,
    step,
    take,
)
from lehr.schedule.checked import multiplier, positive, whole

_TIME = re.compile(r"(\d+(?:\.\d+)?(?:e\d+)?)(ep|ba|dur)")


def _batches(time: str, name: str, run: str, epoch: int | None) -> int:
    """Return a time text in batches, as Composer truncates it."""
    match = _TIME.fullmatch(time)
    if match is None:
        raise refuse(
            f"{name} is not a time in batches, epochs or the run",
            repr(time),
            '"5ba", "10ep" or "0.1dur"; tokens and samples have no fixed number of batches here',
            f'{name}="100ba"',
        )
    amount, unit = float(match[1]), match[2]
    if unit == "dur":
        return int(amount * _batches(run, "max_duration", "", epoch))
    if unit == "ep":
        if epoch is None:
            raise refuse(
                "nobody said how long an epoch is", f"{name}={time!r}", "batches_per_epoch"
            )
        return int(amount * whole(epoch, "batches_per_epoch"))
    return int(amount)


def _horizon(run: str, epoch: int | None) -> int:
    return whole(_batches(run, "max_duration", "", epoch), "max_duration")


def step_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    step_size: str,
    gamma: float = 0.1,
) -> Port:
    """gamma^⌊t/step_size⌋."""
    n = whole(_batches(step_size, "step_size", max_duration, batches_per_epoch), "step_size")
    return _port(step(n, positive(gamma, "gamma")), base_lr)


def multi_step_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    milestones: Sequence[str],
    gamma: float = 0.1,
) -> Port:
    """gamma^#{milestones ≤ t}."""
    marks = [_batches(m, "a milestone", max_duration, batches_per_epoch) for m in milestones]
    return _port(_stairs(marks, positive(gamma, "gamma"), 0), base_lr)


def constant_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    alpha: float = 1.0,
    t_max: str = "1dur",
) -> Port:
    """Alpha before t_max, 1 from then on."""
    n = _batches(t_max, "t_max", max_duration, batches_per_epoch)
    a = multiplier(alpha, "alpha")
    return _port(phases(linear(n, a, start=a) if n else None, constant()), base_lr)


def linear_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    alpha_i: float = 1.0,
    alpha_f: float = 0.0,
    t_max: str = "1dur",
) -> Port:
    """From alpha_i to alpha_f in t_max."""
    n = whole(_batches(t_max, "t_max", max_duration, batches_per_epoch), "t_max")
    first, last = multiplier(alpha_i, "alpha_i"), multiplier(alpha_f, "alpha_f")
    return _port(linear(n, last, start=first) >> hold(), base_lr)


def exponential_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    gamma: float,
    decay_period: str = "1ep",
) -> Port:
    """gamma^(t/decay_period)."""
    n = whole(_batches(decay_period, "decay_period", max_duration, batches_per_epoch), "period")
    return _port(exponential(positive(gamma, "gamma"), n), base_lr)


def cosine_annealing_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    t_max: str = "1dur",
    alpha_f: float = 0.0,
) -> Port:
    """Half a cosine to alpha_f in t_max."""
    n = whole(_batches(t_max, "t_max", max_duration, batches_per_epoch), "t_max")
    return _port(cosine(n, multiplier(alpha_f, "alpha_f"), start=1) >> hold(), base_lr)


def cosine_annealing_warm_restarts_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    t_0: str,
    t_mult: float = 1.0,
    alpha_f: float = 0.0,
) -> Port:
    """Half cosines to alpha_f, in cycles each int(t_mult·n) long."""
    horizon = _horizon(max_duration, batches_per_epoch)
    n, ratio = (
        whole(_batches(t_0, "t_0", max_duration, batches_per_epoch), "t_0"),
        positive(t_mult, "m"),
    )
    final = multiplier(alpha_f, "alpha_f")
    if ratio == 1:
        return _port(cosine(n, final, start=1).repeat(), base_lr)
    cycles: list[Schedule] = []
    left = horizon + 1
    while left > 0:
        if n == 0 or len(cycles) > 200:
            raise refuse("a cycle has no step", f"t_0={t_0}, t_mult={t_mult}", "t_mult ≥ 1")
        whole_cycle = cosine(n, final, start=1)
        cycles.append(whole_cycle if n <= left else take(whole_cycle, left, of=n))
        left, n = left - n, int(ratio * n)
    return Port(schedule=phases(*cycles), peak_lr=_peak(base_lr), horizon=horizon + 1)


def polynomial_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    power: float,
    t_max: str = "1dur",
    alpha_f: float = 0.0,
) -> Port:
    """alpha_f + (1 − alpha_f)·(1 − t/t_max)^power."""
    n = whole(_batches(t_max, "t_max", max_duration, batches_per_epoch), "t_max")
    fall = polynomial(n, positive(power, "power"), multiplier(alpha_f, "alpha_f"), start=1)
    return _port(fall >> hold(), base_lr)


def multi_step_with_warmup_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    t_warmup: str,
    milestones: Sequence[str],
    gamma: float = 0.1,
) -> Port:
    """t/w before w, then gamma^#{milestones ≤ t}; milestones count from step 0."""
    w = _batches(t_warmup, "t_warmup", max_duration, batches_per_epoch)
    marks = [_batches(m, "a milestone", max_duration, batches_per_epoch) for m in milestones]
    return _port(phases(rise(w), _stairs(marks, positive(gamma, "gamma"), w)), base_lr)


def constant_with_warmup_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    t_warmup: str,
    alpha: float = 1.0,
    t_max: str = "1dur",
) -> Port:
    """From 0 to alpha in w, alpha before t_max, 1 from then on."""
    a = multiplier(alpha, "alpha")
    w, n = _warm(t_warmup, t_max, max_duration, batches_per_epoch)
    parts = (linear(w, a, start=0) if w else None, linear(n - w, a, start=a))
    return _port(phases(*parts, constant(a)), base_lr)


def linear_with_warmup_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    t_warmup: str,
    alpha_i: float = 1.0,
    alpha_f: float = 0.0,
    t_max: str = "1dur",
) -> Port:
    """From 0 to alpha_i in w, then to alpha_f at t_max."""
    first, last = multiplier(alpha_i, "alpha_i"), multiplier(alpha_f, "alpha_f")
    w, n = _warm(t_warmup, t_max, max_duration, batches_per_epoch)
    up = linear(w, first, start=0) if w else None
    return _port(phases(up, linear(n - w, last, start=first), hold()), base_lr)


def cosine_annealing_with_warmup_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    t_warmup: str,
    t_max: str = "1dur",
    alpha_f: float = 0.0,
) -> Port:
    """t/w before w, then half a cosine to alpha_f at t_max."""
    w, n = _warm(t_warmup, t_max, max_duration, batches_per_epoch)
    fall = cosine(n - w, multiplier(alpha_f, "alpha_f"), start=1)
    return _port(phases(rise(w), fall, hold()), base_lr)


def polynomial_with_warmup_scheduler(
    *,
    base_lr: float,
    max_duration: str,
    batches_per_epoch: int | None = None,
    t_warmup: str,
    power: float = 2.0,
    t_max: str = "1dur",
    alpha_f: float = 0.0,
) -> Port:
    """t/w before w, then alpha_f + (1 − alpha_f)·(1 − x)^power with x = (t − w)/(t_max − w)."""
    w, n = _warm(t_warmup, t_max, max_duration, batches_per_epoch)
    fall = polynomial(n - w, positive(power, "power"), multiplier(alpha_f, "alpha_f"), start=1)
    return _port(phases(rise(w), fall, hold()), base_lr)


def _peak(base_lr: object) -> float:
    return positive(base_lr, "base_lr")


def _port(schedule: Schedule, base_lr: float) -> Port:
    return Port(schedule=schedule, peak_lr=_peak(base_lr))


def _warm(t_warmup: str, t_max: str, run: str, epoch: int | None) -> tuple[int, int]:
    w, n = _batches(t_warmup, "t_warmup", run, epoch), _batches(t_max, "t_max", run, epoch)
    if n < _horizon(run, epoch):
        raise refuse("t_max ends before the run", f"{t_max} < {run}", "t_max ≥ max_duration")
    if w >= n:
        raise refuse("the warmup is not shorter than t_max", f"{t_warmup}, {t_max}", "shorter")
    return w, n


def _stairs(marks: Sequence[int], factor: float, begin: int) -> Schedule:
    """Return factor^#{marks ≤ t} from step `begin` on."""
    passed = sum(mark <= begin for mark in marks)
    later = sorted(mark - begin for mark in marks if mark > begin)
    body: Schedule = constant() if not later else constant() * multi_step(later, factor)
    if len(set(later)) != len(later):
        raise refuse("two milestones coincide", f"{list(marks)}", "different batches")
    return factor**passed * body if passed else body


composer = Library(
    name="composer",
    builders={
        "StepScheduler": step_scheduler,
        "MultiStepScheduler": multi_step_scheduler,
        "ConstantScheduler": constant_scheduler,
        "LinearScheduler": linear_scheduler,
        "ExponentialScheduler": exponential_scheduler,
        "CosineAnnealingScheduler": cosine_annealing_scheduler,
        "CosineAnnealingWarmRestartsScheduler": cosine_annealing_warm_restarts_scheduler,
        "PolynomialScheduler": polynomial_scheduler,
        "MultiStepWithWarmupScheduler": multi_step_with_warmup_scheduler,
        "ConstantWithWarmupScheduler": constant_with_warmup_scheduler,
        "LinearWithWarmupScheduler": linear_with_warmup_scheduler,
        "CosineAnnealingWithWarmupScheduler": cosine_annealing_with_warmup_scheduler,
        "PolynomialWithWarmupScheduler": polynomial_with_warmup_scheduler,
    },
    refused={},
)

QUIRKS = (
    Quirk(
        key="scale-warmup",
        library="composer",
        scheduler="every scheduler with warmup",
        native="scale_warmup=True with a scale-schedule ratio scales the ramp but not its end",
        port="has neither argument: write the durations that are meant",
        source="composer#3941",
    ),
    Quirk(
        key="restarts-past-run",
        library="composer",
        scheduler="CosineAnnealingWarmRestartsScheduler",
        native="stretched cycles would go on past max_duration, which no Trainer reaches",
        port="the last value holds",
        source="composer/optim/scheduler.py",
    ),
)
