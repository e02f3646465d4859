"""An optimizer on a model of its own, built to be looked at and thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from lehr.errors import ProblemError
from lehr.training.randomness import forked
from lehr.training.received import check_model, check_optimizer
from lehr.training.user_code import user_code

if TYPE_CHECKING:
    from lehr.training.torch_problem import TorchProblem


def throwaway_optimizer(problem: TorchProblem, peak_lr: float) -> torch.optim.Optimizer:
    """Build model and optimizer once, on the CPU; no random generator notices.

    Raises:
        ProblemError: model or optimizer cannot be built.
    """
    with forked():
        with user_code("model"):
            model = problem.model()
            check_model(model)
        with user_code("optimizer"):
            optimizer = problem.build_optimizer(model, peak_lr)
            check_optimizer(optimizer)
    return optimizer


def refuse_fixed_lr(problem: TorchProblem, peak_lr: float) -> None:
    """Refuse an optimizer function that gives the same lrs whatever lr it is called with.

    Raises:
        ProblemError: the lr that is to be chosen would change nothing.
    """
    low, high = (
        [float(group["lr"]) for group in throwaway_optimizer(problem, lr).param_groups]
        for lr in (peak_lr, 2 * peak_lr)
    )
    if low == high:
        raise ProblemError(
            "optimizer does not use the lr it is called with",
            value=f"lr = {low[0]} for {peak_lr} and for {2 * peak_lr}",
            rule="the second argument is the peak lr, which lehr chooses",
            fix="optimizer=lambda params, lr: torch.optim.AdamW(params, lr=lr)",
        )
