"""The update rules of torch's elementwise optimizers, for K runs in one go.

A rule works on blocks: the parameters of one param group as one matrix (runs, numbers), and one
such matrix for each moment. What multiplies them is prepared for all steps of a call beforehand,
in float64 as torch's own Python code has it. A coefficient that is the same for all runs and
steps stays a number; another is a column (runs, 1) for each step.

Formulas: `torch.optim`, the single-tensor functions of each module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Grid = NDArray[np.float64]
"""A number for each step and run: (steps, runs)."""

Coefficients = Mapping[str, float | Tensor]
"""What a rule multiplies with at one step: a number, or a column (runs, 1)."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one optimizer turns gradients into updates.

    Attributes:
        moments: the tensors it keeps for each parameter, given the numbers of a group.
        coefficients: from the group's numbers, each a grid, and the counters before the first
            step (with them `fresh`, 1 for a run without moments): the coefficients of all
            steps, and the counters after the last one.
        update: change parameters and moments in place; the gradient may be overwritten.
        counters: numbers it keeps for each parameter, and what they are before the first step.
        refused: options of a group under which it does something else.
    """

    moments: Callable[[Mapping[str, Grid]], tuple[str, ...]]
    coefficients: Callable[
        [Mapping[str, Grid], Mapping[str, NDArray[np.float64]]],
        tuple[dict[str, Grid], dict[str, NDArray[np.float64]]],
    ]
    update: Callable[[Tensor, Tensor, Mapping[str, Tensor], Coefficients], None]
    counters: Mapping[str, float]
    refused: tuple[str, ...] = ("maximize", "differentiable")


def _add(into: Tensor, tensor: Tensor, scale: float | Tensor) -> None:
    """Add `scale · tensor` in place."""
    if isinstance(scale, Tensor):
        into.addcmul_(tensor, scale)
    elif scale != 0.0:
        into.add_(tensor, alpha=scale)


def _square_mean(mean: Tensor, grad: Tensor, keep: float | Tensor, take: float | Tensor) -> None:
    """Move the running mean of squares towards the gradient's."""
    mean.mul_(keep)
    if isinstance(take, Tensor):
        mean.addcmul_(grad * grad, take)
    else:
        mean.addcmul_(grad, grad, value=take)


def _sgd_moments(numbers: Mapping[str, Grid]) -> tuple[str, ...]:
    return ("momentum_buffer",) if numbers["momentum"].any() else ()


def _sgd_coefficients(
    numbers: Mapping[str, Grid], counters: Mapping[str, NDArray[np.float64]]
) -> tuple[dict[str, Grid], dict[str, NDArray[np.float64]]]:
    momentum, nesterov = numbers["momentum"], numbers["nesterov"]
    take = np.array(1.0 - numbers["dampening"])
    take[0] = np.where(counters["fresh"] == 1.0, 1.0, take[0])  # the first gradient is kept whole
    return {
        "decay": numbers["weight_decay"],
        "momentum": momentum,
        "take": take,
        "ahead": nesterov * momentum,
        "lr": -numbers["lr"],
    }, {}


def _sgd(param: Tensor, grad: Tensor, moments: Mapping[str, Tensor], c: Coefficients) -> None:
    _add(grad, param, c["decay"])
    if "momentum_buffer" in moments:
        buffer = moments["momentum_buffer"]
        buffer.mul_(c["momentum"])
        _add(buffer, grad, c["take"])
        if isinstance(c["ahead"], Tensor) or c["ahead"] != 0.0:
            _add(grad, buffer, c["ahead"])
        else:
            grad = buffer
    _add(param, grad, c["lr"])


def _decays(numbers: Mapping[str, Grid]) -> dict[str, Grid]:
    """Weight decay: of the parameters themselves, or added to the gradient."""
    decoupled, decay = numbers["decoupled_weight_decay"], numbers["weight_decay"]
    return {"shrink": 1.0 - decoupled * decay * numbers["lr"], "decay": (1.0 - decoupled) * decay}


def _decay(param: Tensor, grad: Tensor, c: Coefficients) -> None:
    if isinstance(c["shrink"], Tensor) or c["shrink"] != 1.0:
        param.mul_(c["shrink"])
    _add(grad, param, c["decay"])


def _adam_moments(_: Mapping[str, Grid]) -> tuple[str, ...]:
    return "exp_avg", "exp_avg_sq"


def _adam_coefficients(
    numbers: Mapping[str, Grid], counters: Mapping[str, NDArray[np.float64]]
) -> tuple[dict[str, Grid], dict[str, NDArray[np.float64]]]:
    beta1, beta2 = numbers["betas.0"], numbers["betas.1"]
    steps = counters["step"] + np.arange(1, len(beta1) + 1)[:, None]
    root = np.sqrt(1.0 - beta2**steps)
    return {
        **_decays(numbers),
        "take1": 1.0 - beta1,
        "keep2": beta2,
        "take2": 1.0 - beta2,
        # (√v / root + eps) is multiplied by root on both sides of the fraction
        "eps": numbers["eps"] * root,
        "lr": -numbers["lr"] / (1.0 - beta1**steps) * root,
    }, {"step": steps[-1]}


def _adam(param: Tensor, grad: Tensor, moments: Mapping[str, Tensor], c: Coefficients) -> None:
    _decay(param, grad, c)
    mean, square = moments["exp_avg"], moments["exp_avg_sq"]
    mean.lerp_(grad, c["take1"])
    _square_mean(square, grad, c["keep2"], c["take2"])
    root = torch.sqrt(square, out=grad).add_(c["eps"])
    _add(param, torch.div(mean, root, out=root), c["lr"])


def _nadam_coefficients(
    numbers: Mapping[str, Grid], counters: Mapping[str, NDArray[np.float64]]
) -> tuple[dict[str, Grid], dict[str, NDArray[np.float64]]]:
    beta1, beta2, lr = numbers["betas.0"], numbers["betas.1"], numbers["lr"]
    steps = counters["step"] + np.arange(1, len(beta1) + 1)[:, None]
    slow = numbers["momentum_decay"]
    mu = beta1 * (1.0 - 0.5 * 0.96 ** (steps * slow))
    after = beta1 * (1.0 - 0.5 * 0.96 ** ((steps + 1) * slow))
    # torch keeps the product in single precision
    factors = np.concatenate([counters["mu_product"][None], mu]).astype(np.float32)
    product = np.multiply.accumulate(factors, axis=0)[1:].astype(np.float64)
    root = np.sqrt(1.0 - beta2**steps)
    return {
        **_decays(numbers),
        "take1": 1.0 - beta1,
        "keep2": beta2,
        "take2": 1.0 - beta2,
        "eps": numbers["eps"] * root,
        "lr_grad": -lr * (1.0 - mu) / (1.0 - product) * root,
        "lr_mean": -lr * after / (1.0 - product * after) * root,
    }, {"step": steps[-1], "mu_product": product[-1]}


def _nadam(param: Tensor, grad: Tensor, moments: Mapping[str, Tensor], c: Coefficients) -> None:
    _decay(param, grad, c)
    mean, square = moments["exp_avg"], moments["exp_avg_sq"]
    mean.lerp_(grad, c["take1"])
    _square_mean(square, grad, c["keep2"], c["take2"])
    root = square.sqrt().add_(c["eps"])
    _add(param, grad.div_(root), c["lr_grad"])
    _add(param, torch.div(mean, root, out=root), c["lr_mean"])


def _rmsprop_moments(numbers: Mapping[str, Grid]) -> tuple[str, ...]:
    moments = ("square_avg", "momentum_buffer") if numbers["momentum"].any() else ("square_avg",)
    return (*moments, "grad_avg") if numbers["centered"].any() else moments


def _rmsprop_coefficients(
    numbers: Mapping[str, Grid], counters: Mapping[str, NDArray[np.float64]]
) -> tuple[dict[str, Grid], dict[str, NDArray[np.float64]]]:
    alpha = numbers["alpha"]
    return {
        "decay": numbers["weight_decay"],
        "keep": alpha,
        "take": 1.0 - alpha,
        "eps": numbers["eps"],
        "momentum": numbers["momentum"],
        "lr": -numbers["lr"],
    }, {"step": counters["step"] + len(alpha)}


def _rmsprop(param: Tensor, grad: Tensor, moments: Mapping[str, Tensor], c: Coefficients) -> None:
    _add(grad, param, c["decay"])
    square = moments["square_avg"]
    _square_mean(square, grad, c["keep"], c["take"])
    if "grad_avg" in moments:
        moments["grad_avg"].lerp_(grad, c["take"])
        root = square.addcmul(moments["grad_avg"], moments["grad_avg"], value=-1).sqrt_()
    else:
        root = square.sqrt()
    step = grad.div_(root.add_(c["eps"]))
    if "momentum_buffer" in moments:
        step = moments["momentum_buffer"].mul_(c["momentum"]).add_(step)
    _add(param, step, c["lr"])


_ADAM = Rule(
    moments=_adam_moments,
    coefficients=_adam_coefficients,
    update=_adam,
    counters={"step": 0.0},
    refused=("maximize", "differentiable", "capturable", "amsgrad"),
)

RULES: Mapping[type[torch.optim.Optimizer], Rule] = {
    torch.optim.SGD: Rule(
        moments=_sgd_moments,
        coefficients=_sgd_coefficients,
        update=_sgd,
        counters={},
    ),
    torch.optim.Adam: _ADAM,
    torch.optim.AdamW: _ADAM,
    torch.optim.NAdam: Rule(
        moments=_adam_moments,
        coefficients=_nadam_coefficients,
        update=_nadam,
        counters={"step": 0.0, "mu_product": 1.0},
        refused=("maximize", "differentiable", "capturable"),
    ),
    torch.optim.RMSprop: Rule(
        moments=_rmsprop_moments,
        coefficients=_rmsprop_coefficients,
        update=_rmsprop,
        counters={"step": 0.0},
        refused=("maximize", "differentiable", "capturable"),
    ),
}
"""The optimizers whose runs can be trained as one, each with its rule."""
