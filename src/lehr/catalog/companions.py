"""What goes with an lr schedule: weight decay and batch size that keep a product as it was."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.schedule import Plan, Schedule, reciprocal
from lehr.schedule.checked import positive


def constant_decay(lr: Schedule, most: float = 10) -> Plan:
    """Keep lr × weight decay constant: the weight decay goes as one over the lr, up to a bound.

    AdamW, SGD and torch's other decoupled optimizers shrink the weights by lr·weight decay in
    every step, so a schedule of the lr fades the decay as well; this undoes it.

    Args:
        lr: schedule of the lr.
        most: largest multiplier of the weight decay, above 0; reached where the lr is below
            1/most of its peak, in a warmup from 0 and at the end. Default 10.

    Raises:
        ScheduleError: an impossible bound, or an absolute schedule.

    Source:
        Loshchilov & Hutter, Decoupled Weight Decay Regularization, ICLR 2019, where the decay
        has a schedule of its own; the independent form is that of Wortsman et al., Small-scale
        proxies for large-scale Transformer training instabilities, ICLR 2024.

    >>> from lehr import linear
    >>> plan = constant_decay(linear(), most=4)
    >>> plan
    Plan(lr=linear(), weight_decay=reciprocal(linear(), 4))
    >>> m = plan.over(4).multipliers()
    >>> (m.values["lr"] * m.values["weight_decay"]).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    return Plan(lr=lr, weight_decay=reciprocal(lr, most))


def corrected_decay(lr: Schedule) -> Plan:
    """Let the weight decay follow the lr: AdamC's correction, weight_decay·lr/peak.

    With weight decay constant, the norm of a normalised layer settles where the gradient grows
    as the lr falls; with a decay proportional to the lr it does not. Meant for layers that a
    normalisation follows; give the others the plain schedule through `groups=`.

    Args:
        lr: schedule of the lr.

    Raises:
        ScheduleError: an absolute schedule.

    Source:
        Defazio, Why Gradients Rapidly Increase Near the End of Training, 2025.

    >>> from lehr import linear
    >>> corrected_decay(linear())
    Plan(lr=linear(), weight_decay=linear())
    """
    return Plan(lr=lr, weight_decay=lr)


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A decay, in part carried out by a growing batch; made by `growing_batch`.

    Attributes:
        lr: multiplier of the peak lr.
        batch: multiplier of the batch size, from 1 to the bound; you round it and act on it.
    """

    lr: Schedule
    batch: Schedule


def growing_batch(decay: Schedule, most: float = 8) -> Growth:
    """Grow the batch instead of lowering the lr, up to a bound; beyond it lower the lr.

    lr / batch is the decay at every step. A step then costs more data: durations in tokens or
    samples assume a constant batch, so write them in steps.

    Args:
        decay: schedule that lr/batch follows; not above 1, or the batch shrinks.
        most: largest multiplier of the batch, above 0. Default 8.

    Raises:
        ScheduleError: an impossible bound, or an absolute schedule.

    Source:
        Smith, Kindermans, Ying & Le, Don't Decay the Learning Rate, Increase the Batch Size,
        ICLR 2018: for SGD; for Adam the square of the batch's factor is often meant, and the
        equivalence ends at the critical batch size (McCandlish et al., 2018).

    >>> from lehr import linear
    >>> growth = growing_batch(linear(), most=2)
    >>> growth.lr.over(4).values().tolist(), growth.batch.over(4).values().tolist()
    ([1.0, 1.0, 1.0, 0.5], [1.0, 1.3333333333333333, 2.0, 2.0])
    """
    return Growth(lr=(positive(most, "most") * decay).clip(max=1), batch=reciprocal(decay, most))
