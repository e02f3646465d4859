"""Twins of the tasks' runs in JAX: the same weights, batches and rules, in one compiled loop.

A run of a small network in PyTorch is dispatch more than arithmetic; compiled, and with all
candidates of a seed side by side, it takes a tenth of the time. `agree()` holds a twin against the
`TorchRun` it stands for: the losses of the first steps are the same to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
import torch
from jax import Array
from numpy.typing import NDArray
from tasks.text import LETTERS, Recurrent, Transformer, Window
from torch import nn

from lehr.schedule import Multipliers
from lehr.training import TorchProblem
from lehr.training.batches import Batches

Weights = dict[str, Array]
Values = Mapping[str, NDArray[np.float64]]
"""Hyper-parameter -> what each candidate has at each step."""
Forward = Callable[[Weights, Array, bool], tuple[Array, Weights]]
"""(weights and buffers, inputs, training) -> outputs, and the buffers that have moved."""


TOGETHER = 13
"""Candidates side by side: what is at work has to fit into a core's cache."""

# --- networks -----------------------------------------------------------------------------------


def forward_of(model: nn.Module) -> Forward:
    """The model's forward pass as a pure function."""
    if isinstance(model, nn.Sequential):
        return lambda w, x, training: _sequential(model, w, x, training)
    kinds = {Window: _window, Recurrent: _recurrent, Transformer: _transformer}
    apply = kinds[type(model)]
    return lambda w, x, _: (apply(model, w, x), {})


def _sequential(
    model: nn.Sequential, w: Weights, x: Array, training: bool, prefix: str = ""
) -> tuple[Array, Weights]:
    moved: Weights = {}
    for place, layer in enumerate(model):
        name = f"{prefix}{place}."
        match layer:
            case nn.Linear():
                x = _linear(w, name, x)
            case nn.Conv2d():
                x = _convolution(layer, w[name + "weight"], w[name + "bias"], x)
            case nn.BatchNorm1d() | nn.BatchNorm2d():
                x, own = _normed(layer, w, name, x, training)
                moved |= own
            case nn.LayerNorm():
                x = _layer_norm(w, name, x)
            case nn.ReLU():
                x = jax.nn.relu(x)
            case nn.Tanh():
                x = jnp.tanh(x)
            case nn.GELU():
                x = jax.nn.gelu(x, approximate=False)
            case nn.Flatten():
                x = x.reshape(len(x), -1)
            case nn.Unflatten():
                x = x.reshape(len(x), *layer.unflattened_size)
            case _:
                raise NotImplementedError(type(layer).__name__)
    return x, moved


def _linear(w: Weights, name: str, x: Array) -> Array:
    y = x @ w[name + "weight"].T
    return y + w[name + "bias"] if name + "bias" in w else y


def _convolution(layer: nn.Conv2d, weight: Array, bias: Array, x: Array) -> Array:
    """A convolution as one product over shifted copies: XLA's own is slow within a loop."""
    (pad, _), (stride, _), (gap, _) = layer.padding, layer.stride, layer.dilation
    size = layer.kernel_size[0]
    height = (x.shape[2] + 2 * pad - gap * (size - 1) - 1) // stride + 1
    x = jnp.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    reach = stride * (height - 1) + 1
    shifted = [
        x[:, :, gap * i : gap * i + reach : stride, gap * j : gap * j + reach : stride]
        for i in range(size)
        for j in range(size)
    ]
    stack = jnp.stack(shifted, 2).reshape(len(x), -1, height * height)
    y = weight.reshape(len(weight), -1) @ stack + bias[:, None]
    return y.reshape(len(x), len(weight), height, height)


def _normed(
    layer: nn.BatchNorm1d | nn.BatchNorm2d, w: Weights, name: str, x: Array, training: bool
) -> tuple[Array, Weights]:
    axes = (0, *range(2, x.ndim))
    shape = (1, -1, *(1 for _ in range(2, x.ndim)))
    mean, variance = w[name + "running_mean"], w[name + "running_var"]
    moved: Weights = {}
    if training:
        count = x.size // x.shape[1]
        mean_here, variance_here = x.mean(axes), x.var(axes)
        pull = layer.momentum
        moved[name + "running_mean"] = (1 - pull) * mean + pull * mean_here
        moved[name + "running_var"] = (1 - pull) * variance + pull * variance_here * count / (
            count - 1
        )
        mean, variance = mean_here, variance_here
    scale = w[name + "weight"] / jnp.sqrt(variance + layer.eps)
    return (x - mean.reshape(shape)) * scale.reshape(shape) + w[name + "bias"].reshape(shape), moved


def _window(_: Window, w: Weights, x: Array) -> Array:
    hidden = _linear(w, "hidden.", _linear(w, "embed.", x).reshape(len(x), -1))
    return _linear(w, "out.", jnp.tanh(hidden))


def _recurrent(model: Recurrent, w: Weights, x: Array) -> Array:
    given = _linear(w, "inputs.", x)

    def advance(state: Array, now: Array) -> tuple[Array, None]:
        i_reset, i_update, i_new = jnp.split(now, 3, -1)
        h_reset, h_update, h_new = jnp.split(_linear(w, "states.", state), 3, -1)
        update = jax.nn.sigmoid(i_update + h_update)
        new = jnp.tanh(i_new + jax.nn.sigmoid(i_reset + h_reset) * h_new)
        return update * state + (1 - update) * new, None

    state = jnp.zeros((len(x), model.width))
    for place in range(x.shape[1]):
        state, _ = advance(state, given[:, place])
    return _linear(w, "out.", state)


def _transformer(model: Transformer, w: Weights, x: Array) -> Array:
    x = _linear(w, "embed.", x) + w["places"]
    batch, length, width = x.shape
    parts = _linear(w, "attend.", _layer_norm(w, "norms.0.", x))
    parts = parts.reshape(batch, length, 3, model.heads, -1).transpose(2, 0, 3, 1, 4)
    scores = parts[0] @ parts[1].swapaxes(-1, -2) / (width / model.heads) ** 0.5
    past = jnp.tril(jnp.ones((length, length), bool))
    mixed = jax.nn.softmax(jnp.where(past, scores, -1e9), -1) @ parts[2]
    x = x + _linear(w, "join.", mixed.swapaxes(1, 2).reshape(batch, length, width))
    x = x + _sequential(model.think, w, _layer_norm(w, "norms.1.", x), True, "think.")[0]
    return _linear(w, "out.", _layer_norm(w, "norms.2.", x))


def _layer_norm(w: Weights, name: str, x: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return scaled * w[name + "weight"] + w[name + "bias"]


# --- losses -------------------------------------------------------------------------------------


def loss_of(name: str, forward: Forward) -> Callable[[Weights, tuple[Array, ...], bool], tuple]:
    """The mean loss of a batch, and the buffers that have moved; by the loss function's name."""

    def loss(w: Weights, batch: tuple[Array, ...], training: bool) -> tuple[Array, Weights]:
        if name in ("last_letter", "each_letter"):
            letters = jax.nn.one_hot(batch[0][:, :-1], LETTERS)
            logits, moved = forward(w, letters, training)
            wanted = batch[0][:, -1] if name == "last_letter" else batch[0][:, 1:]
            return _cross_entropy(logits, wanted), moved
        answers, moved = forward(w, batch[0], training)
        if name == "cross_entropy":
            return _cross_entropy(answers, batch[1]), moved
        if name == "mean_square":
            return ((answers - batch[1]) ** 2).mean(), moved
        raise NotImplementedError(name)

    return loss


def _cross_entropy(logits: Array, wanted: Array) -> Array:
    logs = jax.nn.log_softmax(logits.reshape(-1, logits.shape[-1]))
    hot = jax.nn.one_hot(wanted.reshape(-1), logits.shape[-1])
    return -(logs * hot).sum(-1).mean()


# --- optimizers ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """The update of a `torch.optim.SGD`, `Adam` or `AdamW` with one group."""

    optimizer: torch.optim.Optimizer

    def init(self, w: Weights) -> dict[str, Weights]:
        zeros = {name: jnp.zeros_like(value) for name, value in w.items()}
        return {"first": zeros, "second": zeros}

    def update(
        self, w: Weights, gradient: Weights, state: dict[str, Weights], now: Weights, step: Array
    ) -> tuple[Weights, dict[str, Weights]]:
        """New weights and state; `step` counts from 0, `now` holds its hyper-parameters."""
        group = self.optimizer.param_groups[0]
        lr, decay = now["lr"], now.get("weight_decay", group["weight_decay"])
        if isinstance(self.optimizer, torch.optim.SGD):
            pull = now.get("momentum", group["momentum"])
            g = {k: gradient[k] + decay * w[k] for k in w}
            first = {k: jnp.where(step == 0, g[k], pull * state["first"][k] + g[k]) for k in w}
            by = {k: g[k] + pull * first[k] for k in w} if group["nesterov"] else first
            return {k: w[k] - lr * by[k] for k in w}, {**state, "first": first}
        decoupled = isinstance(self.optimizer, torch.optim.AdamW)
        b1, b2 = now.get("momentum", group["betas"][0]), group["betas"][1]
        g = gradient if decoupled else {k: gradient[k] + decay * w[k] for k in w}
        if decoupled:
            w = {k: w[k] * (1 - lr * decay) for k in w}
        first = {k: b1 * state["first"][k] + (1 - b1) * g[k] for k in w}
        second = {k: b2 * state["second"][k] + (1 - b2) * g[k] ** 2 for k in w}
        c1, c2 = 1 - b1 ** (step + 1), 1 - b2 ** (step + 1)
        moved = {
            k: w[k] - lr / c1 * first[k] / (jnp.sqrt(second[k]) / jnp.sqrt(c2) + group["eps"])
            for k in w
        }
        return moved, {"first": first, "second": second}


# --- runs ---------------------------------------------------------------------------------------


class Twin:
    """Trains many candidates of one problem under one seed."""

    def __init__(self, problem: TorchProblem, *, horizon: int | None = None) -> None:
        self.problem = problem
        self.horizon = horizon or problem.steps
        model = problem.start(0).model
        self._trained = [name for name, _ in model.named_parameters()]
        self._rule = Rule(problem.build_optimizer(model, 1e-3))
        self._forward = forward_of(model)
        self._loss = loss_of(problem.loss.__name__, self._forward)
        self._begun: dict[int, tuple[Weights, Weights, tuple[Array, ...]]] = {}

    def curves(
        self, seed: int, values: Values, marks: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Training loss of every step, validation and test loss at evenly spaced marks.

        Args:
            seed: of initial weights and batches.
            values: hyper-parameters of each candidate at each step, (candidates, horizon) each:
                lr, and weight_decay or momentum (or beta1) where not the optimizer's own.
            marks: how many.

        Returns:
            (candidates, horizon), (candidates, marks), (candidates, marks)
        """
        weights, buffers = self._start(seed)
        batches = self._batches(seed)
        given = {name: jnp.asarray(rows, jnp.float32) for name, rows in values.items()}
        losses, val, test = self._compiled(weights, buffers, given, batches, marks)
        return np.array(losses), np.array(val), np.array(test)

    def side_by_side(
        self, jobs: Sequence[tuple[int, Values]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Training loss of every step, validation and test loss at the end, of any runs.

        Args:
            jobs: seed and hyper-parameters of each, (horizon,) each: the same ones for all runs.
                As many as before, or the program is compiled anew.

        Returns:
            (runs, horizon), (runs,), (runs,)
        """
        seeds = {seed for seed, _ in jobs}
        self._begun = {
            seed: self._begun.get(seed) or (*self._start(seed), self._batches(seed))
            for seed in seeds
        }
        runs = [
            (*self._begun[seed], {k: jnp.asarray(v, jnp.float32) for k, v in values.items()})
            for seed, values in jobs
        ]
        w, buffers, batches, given = jax.tree.map(lambda *parts: jnp.stack(parts), *runs)
        losses, val, test = self._beside(w, buffers, given, batches)
        return np.array(losses), np.array(val)[:, 0], np.array(test)[:, 0]

    @property
    def own(self) -> dict[str, float]:
        """What the optimizer holds itself of what a plan may schedule besides the lr."""
        group = self._rule.optimizer.param_groups[0]
        first = group["momentum"] if "momentum" in group else group["betas"][0]
        return {"weight_decay": group["weight_decay"], "momentum": first}

    def _start(self, seed: int) -> tuple[Weights, Weights]:
        state = self.problem.start(seed).model.state_dict()
        arrays = {k: jnp.asarray(v.numpy()) for k, v in state.items() if v.is_floating_point()}
        weights = {k: arrays[k] for k in self._trained}
        return weights, {k: v for k, v in arrays.items() if k not in weights}

    def _batches(self, seed: int) -> tuple[Array, ...]:
        stream = Batches(self.problem.train, generator=torch.Generator().manual_seed(seed))
        drawn = [stream.next() for _ in range(self.horizon)]
        return tuple(jnp.asarray(np.stack(parts)) for parts in zip(*drawn, strict=True))

    @cached_property
    def _held_out(self) -> tuple[tuple[NDArray[np.float32], ...], ...]:
        """Numpy's, since what is made while a program is traced may not outlive that."""
        return tuple(tuple(t.numpy() for t in part) for part in self.problem.evaluate.parts)

    @cached_property
    def _compiled(self) -> Callable[..., tuple[Array, Array, Array]]:
        def all_of_them(
            w: Weights, buffers: Weights, values: Weights, batches: tuple[Array, ...], marks: int
        ) -> tuple[Array, Array, Array]:
            return jax.lax.map(
                lambda own: self._run(w, buffers, own, batches, marks),
                values,
                batch_size=TOGETHER,
            )

        return jax.jit(all_of_them, static_argnums=4)

    @cached_property
    def _beside(self) -> Callable[..., tuple[Array, Array, Array]]:
        return jax.jit(jax.vmap(lambda *run: self._run(*run, 1)))

    def _run(
        self, w: Weights, buffers: Weights, values: Weights, batches: tuple[Array, ...], marks: int
    ) -> tuple[Array, Array, Array]:
        def update(carry: tuple, given: tuple) -> tuple[tuple, Array]:
            w, buffers, state = carry
            step, now, batch = given
            (value, moved), gradient = jax.value_and_grad(
                lambda w: self._loss(w | buffers, batch, True), has_aux=True
            )(w)
            gradient = self._clipped(gradient)
            w, state = self._rule.update(w, gradient, state, now, step)
            return (w, buffers | moved, state), value

        def stretch(carry: tuple, given: tuple) -> tuple[tuple, tuple]:
            carry, losses = jax.lax.scan(update, carry, given)
            w = carry[0] | carry[1]
            judged = (self._judged(w, part) for part in self._held_out)
            return carry, (losses, *judged)

        steps = jnp.arange(self.horizon)
        given = jax.tree.map(lambda a: a.reshape(marks, -1, *a.shape[1:]), (steps, values, batches))
        _, (losses, val, test) = jax.lax.scan(stretch, (w, buffers, self._rule.init(w)), given)
        return losses.reshape(-1), val, test

    def _judged(self, w: Weights, part: tuple[Array, ...]) -> Array:
        """What a held-out part says of weights and buffers: its loss."""
        return self._loss(w, part, False)[0]

    def _clipped(self, gradient: Weights) -> Weights:
        limit = self.problem.clip_norm
        if limit is None:
            return gradient
        norm = jnp.sqrt(sum((g**2).sum() for g in gradient.values()))
        factor = jnp.minimum(1.0, limit / (norm + 1e-6))
        return {k: g * factor for k, g in gradient.items()}


def values_of(multipliers: Multipliers, peak_lr: float, own: Mapping[str, float]) -> Values:
    """The hyper-parameters of each step, of those that a plan schedules or `own` names."""
    scheduled = {
        name: factors if name in multipliers.absolute else (own | {"lr": peak_lr})[name] * factors
        for name, factors in multipliers.values.items()
    }
    steps = len(multipliers)
    return {name: np.full(steps, value) for name, value in own.items()} | scheduled


def agree(twin: Twin, multipliers: Multipliers, peak_lr: float | None = None) -> float:
    """How far a twin is from its run over 20 steps: the largest relative gap of their losses.

    The losses of each step, and those on the held-out parts after the last one.

    Args:
        twin: what is held against its run.
        multipliers: of the run.
        peak_lr: likewise; None: the customary one.
    """
    peak_lr = peak_lr or twin.problem.baseline[1]
    run = twin.problem.start(0)
    real = [*run.advance(multipliers[:20], peak_lr), *run.evaluate().values()]
    short = type(twin)(twin.problem, horizon=20)
    own = {name: value for name, value in twin.own.items() if name in multipliers.values}
    values = values_of(multipliers[:20], peak_lr, own)
    losses, val, test = short.curves(0, {k: rows[None] for k, rows in values.items()}, 1)
    ours = np.concatenate([losses[0], val[0, 0].ravel(), test[0, 0].ravel()])
    return float(np.abs(ours / np.array(real) - 1).max())
