"""What the members of a torch problem gave, checked: each defect has its own message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch

from lehr.errors import ProblemError, did_you_mean


def check_model(model: object) -> None:
    """Refuse what is no module, or has nothing to train.

    Raises:
        ProblemError: says which.
    """
    if not isinstance(model, torch.nn.Module):
        raise ProblemError(
            "model gave something that is no torch module",
            value=f"a {type(model).__name__}",
            rule="model() builds a fresh torch.nn.Module",
            fix="model=lambda: Net()",
        )
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ProblemError(
            "the model has no parameter to train",
            value=f"{type(model).__name__} with {sum(1 for _ in model.parameters())} parameters, "
            "none of which requires a gradient",
            fix="do not freeze the whole model; parameters are attributes of the module",
        )


def check_optimizer(optimizer: object) -> None:
    """Refuse what is no torch optimizer.

    Raises:
        ProblemError: says what it is instead.
    """
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise ProblemError(
            "optimizer gave something that is no torch optimizer",
            value=f"a {type(optimizer).__name__}",
            rule="optimizer(params, lr) returns a torch.optim.Optimizer",
            fix="optimizer=lambda params, lr: torch.optim.AdamW(params, lr=lr)",
        )


def check_loss(loss: object) -> None:
    """Refuse a loss that cannot be trained on.

    Raises:
        ProblemError: no scalar tensor, or one that does not depend on the model.
    """
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        shape = f" of shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else ""
        raise ProblemError(
            "loss gave something that is no scalar tensor",
            value=f"a {type(loss).__name__}{shape}",
            rule="loss(model, batch) returns one number as a tensor",
            fix="reduce it: F.cross_entropy(…) or (…).mean(), without .item()",
        )
    if not loss.requires_grad:
        raise _independent("a tensor without a gradient")


def check_gradients(optimizer: torch.optim.Optimizer) -> None:
    """Refuse a first gradient that reaches none of the optimizer's parameters.

    Raises:
        ProblemError: the loss does not depend on what the optimizer trains.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if all(parameter.grad is None for parameter in parameters):
        raise _independent(f"none of the optimizer's {len(parameters)} parameters has a gradient")


def checked_metrics(metrics: object, objective: str) -> dict[str, float]:
    """Give the metrics as floats; a number that is not finite is data and stays.

    Raises:
        ProblemError: no mapping, without the objective, or with something that is no number.
    """
    if not isinstance(metrics, Mapping):
        raise ProblemError(
            "evaluate gave something that is no mapping of metrics",
            value=f"a {type(metrics).__name__}",
            rule="evaluate(model) returns a dict of names to numbers",
            fix=f'return {{"{objective}": …}}',
        )
    numbers = {
        str(name): _number(name, value)
        for name, value in cast("Mapping[object, object]", metrics).items()
    }
    if objective not in numbers:
        raise ProblemError(
            "evaluate does not give the objective",
            value=f"objective = {objective!r}; {did_you_mean(objective, numbers)}",
            rule="the objective is one of the metrics that evaluate returns",
            fix=f'return {{"{objective}": …}}, or set objective="…"',
        )
    return numbers


def _number(name: object, value: object) -> float:
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return float(value.item())
    if not isinstance(value, str | bytes) and hasattr(value, "__float__"):
        return float(cast("float", value))
    raise ProblemError(
        "evaluate gave a metric that is no number",
        value=f"{name} is a {type(value).__name__}",
        rule="each metric is one number",
        fix=f'"{name}": float(…)',
    )


def _independent(value: str) -> ProblemError:
    return ProblemError(
        "the loss does not depend on the model",
        value=value,
        rule="the gradient of the loss reaches the parameters that the optimizer has",
        fix="compute it from model(batch), without .detach(), .item(), torch.no_grad() or "
        "another model; give the optimizer the parameters it receives",
    )
