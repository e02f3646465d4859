"""What an optimizer's hyper-parameters are by themselves, for who wants to vary them."""

from __future__ import annotations

from dataclasses import dataclass

from lehr.training.problem import Problem
from lehr.training.torch_problem import TorchProblem

_TIMES_LR = ("decoupled_weight_decay", "weight_decouple", "decouple")
"""Keys of a param group that say, where true, that a step shrinks weights by lr × weight decay:
torch's, pytorch_optimizer's and prodigyopt's."""


@dataclass(frozen=True, kw_only=True)
class OwnValues:
    """What the param groups of a problem's optimizer hold before any schedule.

    Attributes:
        weight_decay: the distinct values of the groups, ascending; empty where it has none.
        momentum: the same of the momentum, or of the first beta.
        decay_times_lr: whether the weights shrink by lr × weight decay apart from the gradient,
            as AdamW's do.
        momentum_times_lr: whether updates add up to lr/(1 − momentum) gradients, as SGD's do.
    """

    weight_decay: tuple[float, ...]
    momentum: tuple[float, ...]
    decay_times_lr: bool
    momentum_times_lr: bool


def own_values(problem: Problem) -> OwnValues | None:
    """Build a problem's optimizer once, on a model of its own, and read it.

    Returns:
        what it holds; None where it cannot be seen: only a `TorchProblem` builds its optimizer.

    Raises:
        ProblemError: model or optimizer cannot be built.
    """
    if not isinstance(problem, TorchProblem):
        return None
    import torch

    from lehr.adapters.torch.slot import slots_of
    from lehr.training.throwaway import throwaway_optimizer

    optimizer = throwaway_optimizer(problem, problem.baseline[1])
    groups = optimizer.param_groups
    held = [{name: slot.read(group) for name, slot in slots_of(group).items()} for group in groups]

    def values(name: str) -> tuple[float, ...]:
        return tuple(sorted({group[name] for group in held if name in group}))

    sums = isinstance(optimizer, torch.optim.SGD)
    return OwnValues(
        weight_decay=values("weight_decay"),
        momentum=values("momentum"),
        decay_times_lr=any(group.get(key) is True for group in groups for key in _TIMES_LR),
        momentum_times_lr=sums and values("dampening") in ((), (0.0,)),
    )
