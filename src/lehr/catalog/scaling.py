"""Which lr after the batch size or the horizon changed: rules, their sources and their limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from lehr.errors import ScheduleError
from lehr.schedule.checked import choice, positive

BatchRule = Literal["linear", "sqrt", "noise"]


@dataclass(frozen=True, kw_only=True)
class Rescaled:
    """What a rule says, and how far to trust it.

    Attributes:
        lr: the new peak lr.
        factor: new over old.
        source: where the rule comes from.
        caveat: where it holds and where it was seen to fail.
    """

    lr: float
    factor: float
    source: str
    caveat: str


_BATCH: dict[BatchRule, tuple[str, str]] = {
    "linear": (
        "Goyal et al., Accurate, Large Minibatch SGD, 2017",
        "for SGD, with a warmup, at a constant number of epochs; fails beyond the critical batch "
        "size (8,192 images for ResNet-50 on ImageNet), and overshoots for Adam",
    ),
    "sqrt": (
        "Malladi et al., On the SDEs and Scaling Rules for Adaptive Gradient Algorithms, 2022",
        "for Adam-like optimizers while gradient noise dominates; scale the betas and epsilon too "
        "(adam_for_batch), and do not expect it beyond the critical batch size",
    ),
    "noise": (
        "McCandlish et al., An Empirical Model of Large-Batch Training, 2018",
        "needs the gradient noise scale, which grows during training; 1 as the exponent is for "
        "SGD, ½ for Adam; a batch far below the noise scale gives back the linear or root rule",
    ),
}


def lr_for_batch(
    lr: float,
    batch: float,
    new_batch: float,
    *,
    rule: BatchRule,
    noise_scale: float | None = None,
    exponent: float | None = None,
) -> Rescaled:
    """Rescale a peak lr from one batch size to another.

    "linear": lr·B′/B. "sqrt": lr·√(B′/B). "noise": lr·((1 + N/B)/(1 + N/B′))^exponent, which is
    one of the others for small batches and flat for large ones.

    Args:
        lr: peak lr that suits `batch`, above 0.
        batch: samples (or tokens) per optimizer update over all devices, above 0.
        new_batch: the batch to go to, above 0, in the same unit.
        rule: "linear" for SGD, "sqrt" for Adam, "noise" where the noise scale is known.
        noise_scale: gradient noise scale N in the same unit, above 0; for rule="noise" alone.
        exponent: above 0, for rule="noise" alone. Default there 1 (SGD); ½ for Adam.

    Raises:
        ScheduleError: a number out of range, missing or in excess.

    >>> lr_for_batch(0.1, 256, 1_024, rule="linear").lr
    0.4
    >>> lr_for_batch(1e-3, 256, 1_024, rule="sqrt").factor
    2.0
    >>> round(lr_for_batch(0.1, 256, 10**9, rule="noise", noise_scale=256).factor, 3)
    2.0
    """
    known = cast("BatchRule", choice(rule, "rule", get_args(BatchRule)))
    ratio = positive(new_batch, "new_batch") / positive(batch, "batch")
    if (noise_scale is None) == (known == "noise") or (exponent is not None and known != "noise"):
        raise ScheduleError(
            "the rule and its numbers do not match",
            value=f'rule="{known}", noise_scale={noise_scale}, exponent={exponent}',
            rule='noise_scale belongs to rule="noise", which needs it; exponent may go with it',
            fix='rule="noise", noise_scale=4_000',
        )
    if noise_scale is not None:
        scale = positive(noise_scale, "noise_scale")
        power = 1.0 if exponent is None else positive(exponent, "exponent")
        factor = ((1 + scale / batch) / (1 + scale / new_batch)) ** power
    else:
        factor = ratio if known == "linear" else ratio**0.5
    source, caveat = _BATCH[known]
    return Rescaled(lr=positive(lr, "lr") * factor, factor=factor, source=source, caveat=caveat)


def adam_for_batch(
    betas: tuple[float, float], epsilon: float, ratio: float
) -> tuple[tuple[float, float], float]:
    """Rescale Adam's betas and epsilon for a batch `ratio` times as large, beside the root rule.

    β′ = 1 − ratio·(1 − β), ε′ = ε/√ratio: the averages then cover the same number of samples.

    Args:
        betas: both at least 0 and below 1.
        epsilon: 0 or more.
        ratio: new batch over old, above 0.

    Raises:
        ScheduleError: a number out of range, or a ratio so large that a beta would fall below 0.

    Source:
        Malladi et al., On the SDEs and Scaling Rules for Adaptive Gradient Algorithms, NeurIPS
        2022, Definition 5.1.

    >>> (first, second), epsilon = adam_for_batch((0.9, 0.999), 1e-8, 4)
    >>> round(first, 12), round(second, 12), epsilon
    (0.6, 0.996, 5e-09)
    """
    size = positive(ratio, "ratio")
    first, second = (1 - size * (1 - beta) for beta in betas)
    if not (all(0 <= beta < 1 for beta in (*betas, first, second)) and epsilon >= 0):
        raise ScheduleError(
            "the betas leave their range",
            value=f"betas={betas}, epsilon={epsilon}, ratio={size:g}: {first:.3g}, {second:.3g}",
            rule="betas lie in [0, 1) before and after, epsilon is at least 0",
            fix=f"a ratio of at most {min(1 / (1 - beta) for beta in betas if beta < 1):g}"
            if all(beta < 1 for beta in betas)
            else "betas=(0.9, 0.999)",
        )
    return (first, second), epsilon / size**0.5


def lr_for_horizon(
    lr: float, horizon: float, new_horizon: float, *, power: float = 0.32
) -> Rescaled:
    """Rescale a peak lr from one length of training to another: lr·(T′/T)^(−power).

    Args:
        lr: peak lr that suits `horizon`, above 0.
        horizon: length of the run it was tuned on, above 0, in steps or tokens.
        new_horizon: length of the run to come, above 0, in the same unit.
        power: 0 or more. Default 0.32, fitted on language models of 50M to 2.7B parameters.

    Raises:
        ScheduleError: a number out of range.

    Source:
        Bjorck et al., Scaling Optimal LR Across Token Horizons, ICLR 2025.

    >>> round(lr_for_horizon(1e-3, 1e9, 10e9).factor, 3)
    0.479
    """
    ratio = positive(new_horizon, "new_horizon") / positive(horizon, "horizon")
    factor = ratio ** -(positive(power, "power") if power else 0.0)
    return Rescaled(
        lr=positive(lr, "lr") * factor,
        factor=factor,
        source="Bjorck et al., Scaling Optimal LR Across Token Horizons, ICLR 2025",
        caveat="for AdamW language models at a constant batch size; where the batch grows with "
        "the horizon the best lr may rise instead (Li et al., Step Law, 2025), and over more than "
        "a decade the law bends (arXiv 2606.29158)",
    )


def decay_timescale(lr: float, weight_decay: float, horizon: float) -> float:
    """Return how long decoupled weight decay remembers, in runs: 1/(lr·weight_decay·horizon).

    Args:
        lr: mean lr of the run, above 0.
        weight_decay: above 0.
        horizon: optimizer steps of the run, above 0.

    Raises:
        ScheduleError: a number out of range.

    Source:
        Wang & Aitchison, How to set AdamW's weight decay as you scale model and dataset size,
        2024: keep it when the data set or the batch changes.

    >>> decay_timescale(1e-3, 0.1, 50_000)
    0.2
    """
    product = positive(lr, "lr") * positive(weight_decay, "weight_decay")
    return 1 / (product * positive(horizon, "horizon"))


def decay_for_timescale(timescale: float, lr: float, horizon: float) -> float:
    """Return the weight decay that has this `decay_timescale`: 1/(lr·timescale·horizon).

    Args:
        timescale: in runs, above 0; 0.05 to 0.3 is usual for language models.
        lr: mean lr of the run, above 0.
        horizon: optimizer steps of the run, above 0.

    Raises:
        ScheduleError: a number out of range.

    Source:
        Wang & Aitchison, How to set AdamW's weight decay as you scale model and dataset size,
        2024.

    >>> decay_for_timescale(0.2, 1e-3, 100_000)
    0.05
    """
    return decay_timescale(lr, timescale, horizon)


def power_scheduler_flat(
    peak_lr: float, batch: float, *, scale: float, power: float = 0.51
) -> float:
    """Return the tokens after which `power_scheduler` leaves the peak: (peak/(β·a))^(−1/power).

    Args:
        peak_lr: η_max, above 0.
        batch: β, the batch size in sequences, above 0.
        scale: a, above 0; no default, for it goes with a parametrisation. Fit it from the best
            lrs of two runs of different length.
        power: −b, above 0. Default 0.51.

    Raises:
        ScheduleError: a number out of range.

    Source:
        Shen et al., Power Scheduler: A Batch Size and Token Number Agnostic Learning Rate
        Scheduler, 2024: min(η_max, β·a·n^b), fitted with µP.

    >>> f"{power_scheduler_flat(0.02, 128, scale=4.6):.3g}"
    '5.79e+08'
    """
    most = positive(batch, "batch") * positive(scale, "scale")
    return (positive(peak_lr, "peak_lr") / most) ** (-1 / positive(power, "power"))
