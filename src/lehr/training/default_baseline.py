"""The baseline of a torch problem that declares none: what its optimizer is usually run with."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import torch

from lehr.training.throwaway import throwaway_optimizer

if TYPE_CHECKING:
    from lehr.training.torch_problem import TorchProblem

_WARMUP_FITS = 10  # the fewest steps of which 5 % rounds to one
_SGD = 0.1  # where SGD's users start; torch's own default of 1e-3 is nobody's
_ELSE = 1e-3  # Adam's


def default_baseline(problem: TorchProblem) -> tuple[str, float]:
    """Give a warmup of 5 % and a cosine, at the peak lr that the optimizer is known for.

    That is 0.1 for SGD, else the default of the optimizer's own `lr` argument, else 1e-3.
    The optimizer is built once, on a model of its own.

    Raises:
        ProblemError: model or optimizer cannot be built.
    """
    optimizer = throwaway_optimizer(problem, _ELSE)
    schedule = "warmup('5%') >> cosine()" if problem.steps >= _WARMUP_FITS else "cosine()"
    return schedule, _SGD if isinstance(optimizer, torch.optim.SGD) else _own_default(optimizer)


def _own_default(optimizer: torch.optim.Optimizer) -> float:
    parameter = inspect.signature(type(optimizer)).parameters.get("lr")
    default = parameter.default if parameter else None
    return float(default) if isinstance(default, float) and default > 0 else _ELSE
