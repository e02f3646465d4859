"""The forward and backward pass of K models at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.func import functional_call, vmap


class _Loss(torch.nn.Module):
    """A problem's loss as a module, so that all its parameters can be replaced in a call."""

    def __init__(self, model: torch.nn.Module, loss: Callable[..., Tensor]) -> None:
        super().__init__()
        self.model = model
        self._given = (loss,)  # in a tuple: a loss that is a module is not part of the model

    def forward(self, batch: object) -> Tensor:
        return self._given[0](self.model, batch).reshape(())


class Forward:
    """Loss and gradients of K models.

    The forward pass is vectorised over the runs by `torch.func.vmap`; the backward pass is
    autograd's own, of the sum of the losses: no run's loss depends on another run's parameters.

    Args:
        model: one of them; its code is run, its own parameters are not used.
        loss: the problem's.
        trained: parameters that receive gradients: leaf tensors (runs, *shape).
        still: the other parameters.
        buffers: of the models (runs, *shape).
        shared: whether a batch is the same for all runs, or has the runs in its first dimension.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        loss: Callable[..., Tensor],
        *,
        trained: Mapping[str, Tensor],
        still: Mapping[str, Tensor],
        buffers: Mapping[str, Tensor],
        shared: bool,
    ) -> None:
        self._loss = _Loss(model, loss)
        self._trained = dict(trained)
        self._still = dict(still)
        self.buffers = dict(buffers)
        self._shared = shared

    def __call__(self, batch: object, parts: int) -> tuple[Tensor, list[Tensor]]:
        """Give the losses (runs,), and the gradients of loss / `parts`; buffers move on."""
        losses, buffers = self._vectorised(batch)
        self.buffers = {name: value.contiguous() for name, value in buffers.items()}
        grads = torch.autograd.grad(losses.sum() / parts, list(self._trained.values()))
        return losses.detach(), [*grads]

    def _vectorised(self, batch: object) -> tuple[Tensor, dict[str, Tensor]]:
        trained, still, buffers = self._trained, self._still, self.buffers
        if self._shared:
            one = vmap(lambda t, s, b: self._one(t, s, b, batch), randomness="same")
            return one(trained, still, buffers)
        return vmap(self._one)(trained, still, buffers, batch)

    def _one(
        self,
        trained: Mapping[str, Tensor],
        still: Mapping[str, Tensor],
        buffers: Mapping[str, Tensor],
        batch: object,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        values = {f"model.{n}": t for own in (trained, still, buffers) for n, t in own.items()}
        loss = functional_call(self._loss, values, (batch,))
        return loss, {name: values[f"model.{name}"] for name in buffers}
