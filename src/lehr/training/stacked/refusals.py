"""What keeps runs from being trained as one program, found before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from lehr.errors import StackingError
from lehr.training.stacked.rules import RULES
from lehr.training.torch_problem import TorchProblem
from lehr.training.torch_run import Interior

_FIX = "--executor processes"
_MODULE_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_TENSOR_HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")
_OPTIMIZER_HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")
_DTYPES = (torch.float32, torch.float64)


def refused(problem: str, *, value: str, rule: str) -> StackingError:
    """Say why runs cannot be trained as one program, and what to do instead."""
    return StackingError(
        f"these runs cannot be trained as one program: {problem}", value=value, rule=rule, fix=_FIX
    )


def refuse(problem: TorchProblem, interiors: Sequence[Interior]) -> None:
    """Refuse what is not done as `TorchRun.advance` does it.

    Raises:
        StackingError: says which.
    """
    if problem.precision != "fp32":
        raise refused(
            "the precision",
            value=f'precision = "{problem.precision}"',
            rule='precision = "fp32": in bfloat16 two orders of a sum are not the same to rounding',
        )
    first = _structure(interiors[0])
    for interior in interiors:
        _refuse_optimizer(interior.optimizer)
        _refuse_model(interior.model)
        _refuse_parameters(problem, interior)
        if _structure(interior) != first:
            raise refused(
                "their models or optimizers differ",
                value="other shapes, param groups, training modes or options in one of them",
                rule="all runs have the same parameters in the same param groups",
            )


def _refuse_optimizer(optimizer: torch.optim.Optimizer) -> None:
    kind = type(optimizer)
    if kind not in RULES:
        raise refused(
            "the optimizer",
            value=f"{kind.__module__}.{kind.__qualname__}",
            rule="torch.optim's " + ", ".join(known.__name__ for known in RULES),
        )
    if "step" in vars(optimizer) or any(
        getattr(optimizer, hook, None) for hook in _OPTIMIZER_HOOKS
    ):
        raise refused(
            "something else takes part in the optimizer's steps",
            value="a hook of the optimizer, or another scheduler on it",
            rule="the optimizer's own step() and nothing else",
        )
    for group in optimizer.param_groups:
        for option in RULES[kind].refused:
            if group.get(option):
                raise refused(
                    "an option of the optimizer",
                    value=f"{option} = {group[option]!r}",
                    rule=f"{kind.__name__} without {option}",
                )
        for key, value in group.items():
            parts = value if isinstance(value, tuple | list) else (value,)
            if key != "params" and any(isinstance(part, torch.Tensor) for part in parts):
                raise refused(
                    "a hyper-parameter of the optimizer is a tensor",
                    value=key,
                    rule="hyper-parameters are numbers",
                )


def _refuse_model(model: torch.nn.Module) -> None:
    for name, module in model.named_modules():
        if any(getattr(module, hook) for hook in _MODULE_HOOKS):
            raise refused(
                "a hook on a module",
                value=name or type(module).__name__,
                rule="the pass through the model is its forward() alone",
            )
    extra = [name for name, value in model.state_dict().items() if not _is_tensor(value)]
    if extra:
        raise refused(
            "the model keeps state that is no tensor",
            value=", ".join(extra),
            rule="what a model keeps is in its parameters and buffers",
        )


def _refuse_parameters(problem: TorchProblem, interior: Interior) -> None:
    own = {id(p): (name, p) for name, p in interior.model.named_parameters()}
    held = {id(p) for group in interior.optimizer.param_groups for p in group["params"]}
    if not held <= own.keys():
        raise refused(
            "the optimizer has parameters that are not the model's",
            value=f"{len(held - own.keys())} of {len(held)}",
            rule="the optimizer trains parameters of the model",
        )
    outside = [name for key, (name, p) in own.items() if p.requires_grad and key not in held]
    if outside and problem.clip_norm is not None:
        raise refused(
            "the norm that is clipped counts parameters that the optimizer does not have",
            value=", ".join(outside),
            rule="with clip_norm, parameters the optimizer does not have need no gradient",
        )
    for name, parameter in own.values():
        if parameter.dtype not in _DTYPES and parameter.requires_grad:
            raise refused(
                "the dtype of a parameter",
                value=f"{name} is {parameter.dtype}",
                rule="float32 or float64",
            )
        if any(getattr(parameter, hook, None) for hook in _TENSOR_HOOKS):
            raise refused(
                "a hook on a parameter", value=name, rule="gradients are as autograd gives them"
            )


def _structure(interior: Interior) -> object:
    names = {id(p): name for name, p in interior.model.named_parameters()}
    return (
        [(n, p.shape, p.dtype, p.requires_grad) for n, p in interior.model.named_parameters()],
        [(n, b.shape, b.dtype) for n, b in interior.model.named_buffers()],
        [(n, type(m), m.training) for n, m in interior.model.named_modules()],
        type(interior.optimizer),
        [_options(group, names) for group in interior.optimizer.param_groups],
    )


def _options(group: Mapping[str, object], names: Mapping[int, str]) -> object:
    switches = {k: v for k, v in group.items() if isinstance(v, bool) or v is None}
    params = group["params"]
    return switches, [names[id(p)] for p in params] if isinstance(params, list) else None


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)
