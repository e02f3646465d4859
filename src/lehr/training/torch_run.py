"""One training of a `TorchProblem`: the plain loop, in pieces that can be kept and forked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from lehr.adapters.torch import Hyperparameters
from lehr.errors import CheckpointError, ProblemError, UsageError
from lehr.schedule import Multipliers
from lehr.training import checkpoint
from lehr.training.batches import Batches
from lehr.training.content import digest
from lehr.training.device import moved, resolve
from lehr.training.randomness import Randomness, RandomState
from lehr.training.received import (
    check_gradients,
    check_loss,
    check_model,
    check_optimizer,
    checked_metrics,
)
from lehr.training.tensors import on_cpu, pack, unpack
from lehr.training.user_code import user_code

if TYPE_CHECKING:
    from lehr.training.torch_problem import TorchProblem

_MODEL = "model.safetensors"


@dataclass(frozen=True, kw_only=True)
class Interior:
    """What a run is made of, to be changed together or not at all."""

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    hyperparameters: Hyperparameters
    batches: Batches
    random: Randomness
    device: torch.device


class TorchRun:
    """A run of a `TorchProblem` under one seed; see `TorchProblem` for the loop it equals.

    A checkpoint of it holds `model.safetensors` (the model's own `state_dict`, ready for
    `safetensors.torch.load_file`), and the optimizer, the random generators and the position in
    the data in `state.json` and `state.safetensors`.
    """

    def __init__(self, problem: TorchProblem, *, seed: int) -> None:
        self._problem = problem
        self._seed = seed
        self._device = resolve(problem.device)
        self._random = Randomness(seed, device=str(self._device))
        with self._random.active(), user_code("model"):
            model = problem.model()
            check_model(model)
            self._model = model.to(self._device)
        self._batches = self._fresh_batches()
        self._optimizer: torch.optim.Optimizer | None = None
        self._hyperparameters: Hyperparameters | None = None
        self._peak_lr: float | None = None
        self._step = 0

    @property
    def step(self) -> int:
        """Updates made so far."""
        return self._step

    @property
    def problem(self) -> TorchProblem:
        """What it is a run of."""
        return self._problem

    @property
    def seed(self) -> int:
        """Of its initial weights and batches."""
        return self._seed

    @property
    def model(self) -> torch.nn.Module:
        """The model as it is now."""
        return self._model

    @property
    def device(self) -> str:
        """Kind of device it trains on."""
        return self._device.type

    @property
    def exact(self) -> bool:
        """Whether the same run twice gives the same bits: on the CPU."""
        return self.device == "cpu"

    def advance(self, multipliers: Multipliers, peak_lr: float) -> NDArray[np.float64]:
        """Make `len(multipliers)` updates; give the training loss of each, float64.

        The loss of a step is the mean over its `accumulate` micro-batches. After a loss that is
        not finite no update is made, and it is the last one returned.

        Raises:
            ProblemError: the problem's code failed, or gave what cannot be trained on.
            UsageError: multipliers of other steps, or another peak lr than before.
        """
        if multipliers.start != self._step:
            raise UsageError(
                "multipliers of other steps than the run is at",
                value=f"they start at step {multipliers.start}, the run is at {self._step}",
            )
        losses: list[float] = []
        with self._random.active():
            hyperparameters = self._hyperparameters_at(peak_lr)
            for index in range(len(multipliers)):
                for name, values in multipliers.values.items():
                    absolute = name in multipliers.absolute
                    hyperparameters.write(name, float(values[index]), absolute=absolute)
                losses.append(self._update())
                if not math.isfinite(losses[-1]):
                    break
        return np.array(losses, dtype=np.float64)

    def evaluate(self) -> dict[str, float]:
        """Take the metrics: in eval mode, without gradients, under the run's precision.

        The random generators and every module's training mode are put back afterwards.

        Raises:
            ProblemError: `evaluate` failed, or what it gave are not metrics.
        """
        modes = {module: module.training for module in self._model.modules()}
        self._model.eval()
        try:
            with (
                self._random.spared(),
                user_code("evaluate"),
                torch.no_grad(),
                self._precision(),
            ):
                return checked_metrics(self._problem.evaluate(self._model), self._problem.objective)
        finally:
            for module, training in modes.items():
                module.training = training

    def save(self, directory: Path) -> None:
        """Write a checkpoint, atomically; training goes on as if this had not happened.

        Raises:
            CheckpointError: the disk refused.
            ProblemError: the state holds what a checkpoint cannot keep.
        """
        weights, rest = _split(self._model.state_dict())
        state = {
            "problem": self._problem.name,
            "seed": self._seed,
            "step": self._step,
            "peak_lr": self._peak_lr,
            "device": self._device.type,
            "model": rest,
            "buffers": self._unlisted_buffers(),
            "resting": [
                name for name, module in self._model.named_modules() if not module.training
            ],
            "optimizer": None if self._optimizer is None else self._optimizer.state_dict(),
            "random": self._random.state.tree(),
            "batches": self._batches.state(),
        }
        files = {_MODEL: safetensors.torch.save(weights), **pack(state)}
        checkpoint.write(directory, files)

    def load(self, directory: Path) -> None:
        """Continue from a checkpoint of the same problem, seed and kind of device.

        Raises:
            CheckpointError: incomplete, altered, or of another run; the run is then untouched.
            ProblemError: the problem no longer fits its checkpoint.
        """
        files = checkpoint.read(directory)
        state = cast("dict[str, object]", unpack(files, self._device))
        self._check_same(directory, state)
        weights = safetensors.torch.load(files[_MODEL])
        with self._random.active():
            self._load_model(weights, state)
            self._load_optimizer(state)
            self._batches = self._fresh_batches()
            self._batches.restore(cast("Mapping[str, object] | None", state["batches"]))
        self._random.state = RandomState.from_tree(cast("Mapping[str, object]", state["random"]))
        self._step = cast("int", state["step"])

    def digest_weights(self, *, buffers: bool = True) -> str:
        """Content hash of the parameters now, and of the buffers unless they shall not count."""
        parameters = dict(self._model.named_parameters())
        return digest([parameters, dict(self._model.named_buffers()) if buffers else {}])

    def digest_batches(self, count: int) -> str:
        """Content hash of the next `count` batches, drawn from a second stream."""
        with self._random.spared():
            position = self._batches.state()
            stream = self._fresh_batches()
            stream.restore(position)
            if position is not None:
                self._random.state.restore(str(self._device))
            return digest([stream.next() for _ in range(count)])

    def interior(self, peak_lr: float) -> Interior:
        """Give the run's own parts to who trains several runs as one (`lehr.training.stacked`).

        Builds the optimizer if nothing has been trained yet.

        Raises:
            UsageError: another peak lr than before.
        """
        with self._random.active():
            hyperparameters = self._hyperparameters_at(peak_lr)
        return Interior(
            model=self._model,
            optimizer=cast("torch.optim.Optimizer", self._optimizer),
            hyperparameters=hyperparameters,
            batches=self._batches,
            random=self._random,
            device=self._device,
        )

    def count(self, updates: int) -> None:
        """Note updates that were made to the run's `interior`."""
        self._step += updates

    def _update(self) -> float:
        """Make one update and give its loss; none after a loss that is not finite."""
        optimizer = cast("torch.optim.Optimizer", self._optimizer)
        problem = self._problem
        optimizer.zero_grad(set_to_none=True)
        losses: list[torch.Tensor] = []
        for _ in range(problem.accumulate):
            batch = moved(self._batches.next(), self._device)
            with user_code("loss"), self._precision():
                loss = problem.loss(self._model, batch)
            check_loss(loss)
            with user_code("the backward pass of loss"):
                (loss / problem.accumulate).backward()
            losses.append(loss.detach())
        value = sum(loss.item() for loss in losses) / problem.accumulate
        if not math.isfinite(value):
            return value
        if self._step == 0:
            check_gradients(optimizer)
        if problem.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), problem.clip_norm)
        with user_code("the optimizer's step()"):
            optimizer.step()
        self._step += 1
        return value

    def _hyperparameters_at(self, peak_lr: float) -> Hyperparameters:
        if self._hyperparameters is None:
            with user_code("optimizer"):
                self._optimizer = self._problem.build_optimizer(self._model, peak_lr)
                check_optimizer(self._optimizer)
            self._hyperparameters = Hyperparameters(self._optimizer)
            self._peak_lr = peak_lr
        if peak_lr != self._peak_lr:
            raise UsageError(
                "a run has one peak lr",
                value=f"peak_lr = {peak_lr!r}, trained so far with {self._peak_lr!r}",
                fix="problem.start(seed) for another peak lr",
            )
        return self._hyperparameters

    def _load_model(self, weights: Mapping[str, torch.Tensor], state: Mapping[str, object]) -> None:
        rest = cast("Mapping[str, object]", state["model"])
        resting = set(cast("list[str]", state["resting"]))
        try:
            self._model.load_state_dict({**weights, **rest})
        except RuntimeError as error:
            raise ProblemError(
                "the model is not the one that was saved",
                value=str(error),
                fix="lehr choose … --fresh",
            ) from error
        with torch.no_grad():
            buffers = self._unlisted_buffers()
            for name, value in cast("Mapping[str, torch.Tensor]", state["buffers"]).items():
                buffers[name].copy_(value)
        for name, module in self._model.named_modules():
            module.training = name not in resting

    def _load_optimizer(self, state: Mapping[str, object]) -> None:
        """Build the optimizer anew and give it its state, every tensor exactly as it was.

        `Optimizer.load_state_dict` casts its tensors to the parameter's dtype and device (a
        float32 moment of a bfloat16 weight loses its bits), so they are put back after it.
        """
        self._optimizer, self._hyperparameters, self._peak_lr = None, None, None
        saved = cast("dict[str, dict[int, dict[str, object]]] | None", state["optimizer"])
        if saved is None:
            return
        self._hyperparameters_at(cast("float", state["peak_lr"]))
        optimizer = cast("torch.optim.Optimizer", self._optimizer)
        with user_code("the optimizer's load_state_dict()"):
            optimizer.load_state_dict(saved)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        for index, values in saved["state"].items():
            optimizer.state[parameters[index]].update(values)

    def _check_same(self, directory: Path, state: Mapping[str, object]) -> None:
        own = {"problem": self._problem.name, "seed": self._seed, "device": self._device.type}
        saved = {key: state[key] for key in own}
        if saved != own:
            raise CheckpointError(
                f"the checkpoint {directory.name} is of another run",
                value=", ".join(f"{key} = {value!r}" for key, value in saved.items()),
                rule=", ".join(f"{key} = {value!r}" for key, value in own.items()),
                fix=f"problem.start(seed={saved['seed']!r}) on a {saved['device']}",
            )

    def _unlisted_buffers(self) -> dict[str, torch.Tensor]:
        """Give the buffers that are not part of the model's `state_dict` (`persistent=False`)."""
        listed = self._model.state_dict().keys()
        return {name: b for name, b in self._model.named_buffers() if name not in listed}

    def _fresh_batches(self) -> Batches:
        generator = torch.Generator().manual_seed(self._seed)
        return Batches(self._problem.train, generator=generator, device=str(self._device))

    def _precision(self) -> AbstractContextManager[object]:
        if self._problem.precision == "fp32":
            return nullcontext()
        return torch.autocast(self._device.type, dtype=torch.bfloat16)


def _split(
    state: Mapping[str, object],
) -> tuple[dict[str, torch.Tensor], dict[str, object]]:
    """Part a `state_dict` into its tensors and its extra state."""
    tensors = {k: on_cpu(v) for k, v in state.items() if isinstance(v, torch.Tensor)}
    return tensors, {k: v for k, v in state.items() if not isinstance(v, torch.Tensor)}
