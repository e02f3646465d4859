"""K runs as one: their parameters, buffers and moments side by side, and steps of all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lehr.adapters.torch.slot import slot_of
from lehr.schedule import Multipliers
from lehr.training.stacked.forward import Forward
from lehr.training.stacked.refusals import refused
from lehr.training.stacked.rules import RULES, Coefficients, Grid, Rule
from lehr.training.torch_problem import TorchProblem
from lehr.training.torch_run import Interior


@dataclass(frozen=True, kw_only=True)
class Block:
    """The parameters of one param group and dtype that are trained, of all runs.

    Attributes:
        group: index of the param group.
        names: of the parameters, in the model.
        flat: all numbers of the parameters (runs, numbers).
        pieces: the same memory, a leaf tensor (runs, *shape) for each parameter.
    """

    group: int
    names: tuple[str, ...]
    flat: Tensor
    pieces: tuple[Tensor, ...]

    def split(self, flat: Tensor) -> Iterator[tuple[str, Tensor]]:
        """View something of the shape of `flat` as one tensor (runs, *shape) per parameter."""
        sizes = [piece[0].numel() for piece in self.pieces]
        for name, piece, part in zip(self.names, self.pieces, flat.split(sizes, 1), strict=True):
            yield name, part.view(piece.shape)


class Stack:
    """K runs of one problem, side by side from construction until `settle`.

    Args:
        problem: theirs.
        interiors: of the runs, which stand at the same step.
        trained: names of the parameters that receive gradients and that the optimizer has.
        shared: whether all runs receive the same batches.
    """

    def __init__(
        self,
        problem: TorchProblem,
        interiors: Sequence[Interior],
        *,
        trained: frozenset[str],
        shared: bool,
    ) -> None:
        self._problem = problem
        self._interiors = interiors
        self._optimizers = [interior.optimizer for interior in interiors]
        self._rule: Rule = RULES[type(self._optimizers[0])]
        self._parameters = [dict(interior.model.named_parameters()) for interior in interiors]
        self._buffers = [dict(interior.model.named_buffers()) for interior in interiors]
        self._device = interiors[0].device
        self._blocks = self._make_blocks(trained)
        self._moments: list[dict[str, Tensor]] = [{} for _ in self._blocks]
        self._counters = [self._read_counters(block) for block in self._blocks]
        still = [name for name in self._parameters[0] if name not in trained]
        pieces = {
            n: p for block in self._blocks for n, p in zip(block.names, block.pieces, strict=True)
        }
        self._forward = Forward(
            interiors[0].model,
            problem.loss,
            trained=pieces,
            still={n: torch.stack([own[n].detach() for own in self._parameters]) for n in still},
            buffers={n: torch.stack([own[n] for own in self._buffers]) for n in self._buffers[0]},
            shared=shared,
        )

    def advance(
        self, multipliers: Sequence[Multipliers], batches: Iterator[object]
    ) -> NDArray[np.float64]:
        """Make the steps of the multipliers; give the losses (runs, steps).

        A run whose loss is not finite goes on, in vain and without disturbing the others; where
        that is true of all of them, fewer steps are made.
        """
        steps = self.prepare(multipliers)
        losses: list[Tensor] = []
        for index, coefficients in enumerate(steps):
            loss, grads = self.gradients(batches)
            losses.append(loss)
            self.update(grads, coefficients)
            if index % _LOOK == _LOOK - 1 and not bool(loss.isfinite().any()):
                break
        made = torch.stack(losses).to("cpu", torch.float64)
        return (made.sum(1) / self._problem.accumulate).numpy().T

    def prepare(self, multipliers: Sequence[Multipliers]) -> Iterator[list[Coefficients]]:
        """Give for each step the coefficients of every block; moments and counters go along."""
        columns: list[Iterator[Coefficients]] = []
        for index, block in enumerate(self._blocks):
            numbers = self._numbers(block.group, multipliers)
            momentum = numbers.get("momentum", np.zeros(1))
            if momentum.any() and not momentum.all():
                raise refused(
                    "a momentum of 0 at some steps or in some runs only",
                    value=f"{(momentum == 0.0).sum()} of {momentum.size} steps",
                    rule="momentum is 0 always or never",
                )
            for name in self._rule.moments(numbers):
                if name not in self._moments[index]:
                    self._moments[index][name] = self._read_moment(block, name)
            grids, after = self._rule.coefficients(numbers, self._counters[index])
            self._counters[index] = {**after, "fresh": np.zeros(len(self._interiors))}
            columns.append(_columns(grids, block.flat))
        return (list(step) for step in zip(*columns, strict=True))

    def gradients(self, batches: Iterator[object]) -> tuple[Tensor, list[Tensor]]:
        """Give the losses (accumulate, runs), and the clipped gradients of every block."""
        losses: list[Tensor] = []
        total: list[Tensor] = []
        for _ in range(self._problem.accumulate):
            loss, grads = self._forward(next(batches), self._problem.accumulate)
            losses.append(loss)
            total = [a.add_(b) for a, b in zip(total, grads, strict=True)] if total else grads
        parts = iter(total)
        runs = len(self._interiors)
        flat = [
            torch.cat([next(parts).reshape(runs, -1) for _ in block.names], 1)
            for block in self._blocks
        ]
        if self._problem.clip_norm is not None:
            _clip(flat, self._problem.clip_norm)
        return torch.stack(losses), flat

    def update(self, grads: Sequence[Tensor], coefficients: Sequence[Coefficients]) -> None:
        """Let the optimizer's rule change parameters and moments."""
        with torch.no_grad():
            for block, grad, moments, now in zip(
                self._blocks, grads, self._moments, coefficients, strict=True
            ):
                self._rule.update(block.flat, grad, moments, now)

    def flat(self, tensors: Sequence[Mapping[str, Tensor]]) -> list[Tensor]:
        """Put tensors of each run, by the names of parameters, into the shape of the blocks."""
        return [
            torch.stack([torch.cat([own[n].reshape(-1) for n in block.names]) for own in tensors])
            for block in self._blocks
        ]

    @property
    def buffers(self) -> Mapping[str, Tensor]:
        """The models' buffers (runs, *shape), live."""
        return self._forward.buffers

    def parameters(self) -> list[Tensor]:
        """Give the trained parameters of every block (runs, numbers), live."""
        return [block.flat for block in self._blocks]

    def settle(self, multipliers: Sequence[Multipliers], runs: Sequence[int]) -> None:
        """Write what was trained into these runs, and the last hyper-parameters."""
        with torch.no_grad():
            for k in runs:
                for name, values in multipliers[k].values.items():
                    self._interiors[k].hyperparameters.write(
                        name, float(values[-1]), absolute=name in multipliers[k].absolute
                    )
                for name, stacked in self._forward.buffers.items():
                    self._buffers[k][name].copy_(stacked[k])
            for block, moments, counters in zip(
                self._blocks, self._moments, self._counters, strict=True
            ):
                for name, values in block.split(block.flat):
                    for k in runs:
                        self._parameters[k][name].copy_(values[k])
                for moment, flat in moments.items():
                    for name, values in block.split(flat):
                        for k in runs:
                            self._put(k, name, moment, values[k])
                for counter in self._rule.counters:
                    for name in block.names:
                        for k in runs:
                            self._put_number(k, name, counter, float(counters[counter][k]))

    def _make_blocks(self, trained: frozenset[str]) -> list[Block]:
        names = {id(p): name for name, p in self._parameters[0].items()}
        members: dict[tuple[int, torch.dtype], list[str]] = {}
        for index, group in enumerate(self._optimizers[0].param_groups):
            for p in group["params"]:
                if names[id(p)] in trained:
                    members.setdefault((index, p.dtype), []).append(names[id(p)])
        return [self._make_block(index, tuple(own)) for (index, _), own in members.items()]

    def _make_block(self, group: int, names: tuple[str, ...]) -> Block:
        flat = torch.stack(
            [torch.cat([own[n].detach().reshape(-1) for n in names]) for own in self._parameters]
        )
        first = self._parameters[0]
        parts = flat.split([first[name].numel() for name in names], 1)
        pieces = tuple(
            part.view(len(flat), *first[name].shape).detach().requires_grad_()
            for name, part in zip(names, parts, strict=True)
        )
        return Block(group=group, names=names, flat=flat, pieces=pieces)

    def _state(self, run: int, name: str) -> dict[str, object]:
        state = cast("Mapping[Tensor, dict[str, object]]", self._optimizers[run].state)
        return state[self._parameters[run][name]]

    def _has_state(self, run: int, name: str) -> bool:
        return self._parameters[run][name] in self._optimizers[run].state

    def _read_moment(self, block: Block, moment: str) -> Tensor:
        rows: list[Tensor] = []
        for k, own in enumerate(self._parameters):
            state = {n: self._state(k, n) if self._has_state(k, n) else {} for n in block.names}
            rows.append(
                torch.cat(
                    [
                        cast("Tensor", state[n].get(moment, torch.zeros_like(own[n]))).reshape(-1)
                        for n in block.names
                    ]
                ).detach()
            )
        return torch.stack(rows)

    def _read_counters(self, block: Block) -> dict[str, NDArray[np.float64]]:
        """Read the counters of a block; those of a run's parameters are equal."""
        runs = range(len(self._interiors))
        states = [
            [self._state(k, n) if self._has_state(k, n) else {} for n in block.names] for k in runs
        ]
        counters = {"fresh": np.array([[float(not state) for state in own] for own in states])}
        for name, start in self._rule.counters.items():
            values = [[float(cast("float", s.get(name, start))) for s in own] for own in states]
            counters[name] = np.array(values)
        for name, values in counters.items():
            if (values != values[:, :1]).any():
                raise refused(
                    "parameters of one group were updated different numbers of times",
                    value=f"{name} of the parameters is not the same",
                    rule="all parameters of a group are updated at every step",
                )
        return {name: values[:, 0] for name, values in counters.items()}

    def _put(self, run: int, name: str, moment: str, value: Tensor) -> None:
        state = self._state(run, name)
        if moment not in state:
            state[moment] = torch.empty_like(self._parameters[run][name])
        cast("Tensor", state[moment]).copy_(value)

    def _put_number(self, run: int, name: str, counter: str, value: float) -> None:
        state = self._state(run, name)
        if counter not in state:
            fused = self._optimizers[run].defaults.get("fused")
            wide = torch.get_default_dtype() == torch.float64 and not fused
            device = self._parameters[run][name].device if fused else "cpu"
            dtype = torch.float64 if wide else torch.float32
            state[counter] = torch.zeros((), dtype=dtype, device=device)
        cast("Tensor", state[counter]).fill_(value)

    def _numbers(self, group: int, multipliers: Sequence[Multipliers]) -> dict[str, Grid]:
        """Give every number of a param group at every step of every run."""
        shape = len(multipliers[0]), len(multipliers)
        numbers: dict[str, Grid] = {}
        for run, (interior, own) in enumerate(zip(self._interiors, multipliers, strict=True)):
            options = interior.optimizer.param_groups[group]
            for key, value in numbers_of(options).items():
                numbers.setdefault(key, np.empty(shape))[:, run] = value
            for name, values in own.values.items():
                slot = slot_of(name, options)
                key = slot.key if slot.index is None else f"{slot.key}.{slot.index}"
                base = interior.hyperparameters.own(name, group)
                numbers[key][:, run] = values if name in own.absolute else base * values
        return numbers


_LOOK = 64  # steps between two looks at whether any run is healthy


def numbers_of(options: Mapping[str, object]) -> dict[str, float]:
    """Give the numbers and switches of a param group; a sequence's under `key.index`."""
    found: dict[str, float] = {}
    for key, value in options.items():
        if isinstance(value, int | float):
            found[key] = float(value)
        elif isinstance(value, tuple | list) and key != "params":
            found |= {f"{key}.{i}": float(item) for i, item in enumerate(value)}
    return found


def _columns(grids: Mapping[str, Grid], like: Tensor) -> Iterator[Coefficients]:
    """Give the coefficients step by step; one that never changes is a number."""
    steps = len(next(iter(grids.values())))
    numbers = {n: float(g[0, 0]) for n, g in grids.items() if bool((g == g[0, 0]).all())}
    others = [name for name in grids if name not in numbers]
    if not others:
        yield from (numbers for _ in range(steps))
        return
    moving = np.stack([grids[name] for name in others], 1)[..., None]
    for step in torch.tensor(moving, dtype=like.dtype, device=like.device).unbind(0):
        yield {**numbers, **dict(zip(others, step.unbind(0), strict=True))}


def _clip(grads: Sequence[Tensor], limit: float) -> None:
    """Shorten each run's gradient to `limit`, as `torch.nn.utils.clip_grad_norm_` does."""
    norms = [torch.linalg.vector_norm(grad, dim=1, keepdim=True) for grad in grads]
    norm = torch.linalg.vector_norm(torch.cat(norms, 1), dim=1, keepdim=True)
    scale = (limit / (norm + 1e-6)).clamp(max=1.0)
    for grad in grads:
        grad.mul_(scale)
