"""A training problem in PyTorch, declared: model, optimizer, loss, data, metrics, horizon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, final

from lehr.training.declaration import all_members_given, refuse_wrong_values, takes_model
from lehr.training.problem import Mode, Run

if TYPE_CHECKING:
    import torch

Precision = Literal["fp32", "bf16"]


@final
@dataclass(frozen=True, init=False, eq=False)
class TorchProblem:
    """Something to train in PyTorch, for `steps` optimizer steps.

    A run of it equals this loop, bit for bit on a CPU:

        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
        net = model().to(device)
        optimizer = optimizer(net.parameters(), peak_lr)
        generator = torch.Generator().manual_seed(seed)
        batches = (batch for epoch in itertools.count() for batch in train(generator))
        for step in range(steps):
            set every hyper-parameter to its schedule's value at `step`
            optimizer.zero_grad()
            for _ in range(accumulate):
                (loss(net, next(batches)) / accumulate).backward()
            clip_grad_norm_(net.parameters(), clip_norm)
            optimizer.step()

    A paused, forked or resumed run equals it too. What a run keeps is the `state_dict` of model
    and optimizer, the global random generators and the position in the data; a preflight tells
    a problem that keeps state elsewhere.

    Args:
        name: names the folder under `lehr-runs/`.
        model: builds a fresh model; called under the run's seed.
        optimizer: called with the parameters (with the model, if its first parameter is named
            `model`) and the peak lr.
        loss: the mean loss of one batch, a scalar tensor; called with the model and the batch,
            whose tensors have been moved to the model's device.
        train: one epoch or an endless stream of batches, determined by the `torch.Generator` it
            receives. A finite iterator is an epoch: `train` is called again with the same
            generator. A stream longer than an epoch may draw from that generator alone.
        evaluate: metrics of the model, among them the objective; called in eval mode, without
            gradients, under forked random generators. A test metric may be among them: only the
            objective is selected on. Find the device with `next(model.parameters()).device`.
        steps: optimizer steps of one full run, its horizon; ≥ 1.
        objective: the metric to select on.
        mode: whether the objective shall be small ("min") or large ("max").
        target: value of the objective to reach in the fewest steps, which is then what is chosen
            for; None chooses for the objective at the end of the run.
        accumulate: batches whose gradients make up one step; ≥ 1.
        clip_norm: largest norm of the gradient; None does not clip.
        precision: "bf16" runs loss and evaluate under autocast to bfloat16.
        device: "auto" takes CUDA where there is one; or "cpu", "cuda", "cuda:1". Other devices
            are refused: their random generators cannot be kept.
        evaluate_every: steps between evaluations; default a twentieth of the horizon.
        baseline: schedule text and peak lr of what you would train with today. Default: a
            warmup of 5 % and a cosine, at 0.1 for SGD and else at the optimizer's own default.
        lr_range: smallest and largest peak lr to search; None lets the search find out.
        threads: CPU threads of one run; ≥ 1. More is seldom faster for small models, and
            changes the last bits.

    Raises:
        ProblemError: lists everything that is wrong with the declaration.
    """

    name: str
    model: Callable[[], torch.nn.Module]
    optimizer: Callable[..., torch.optim.Optimizer]
    loss: Callable[..., torch.Tensor]
    train: Callable[[torch.Generator], Iterable[object]]
    evaluate: Callable[..., Mapping[str, float]]
    steps: int
    objective: str
    mode: Mode
    target: float | None
    accumulate: int
    clip_norm: float | None
    precision: Precision
    device: str
    evaluate_every: int
    declared_baseline: tuple[str, float] | None
    lr_range: tuple[float, float] | None
    threads: int

    @all_members_given
    def __init__(
        self,
        *,
        name: str,
        model: Callable[[], torch.nn.Module],
        optimizer: Callable[..., torch.optim.Optimizer],
        loss: Callable[..., torch.Tensor],
        train: Callable[[torch.Generator], Iterable[object]],
        evaluate: Callable[..., Mapping[str, float]],
        steps: int,
        objective: str,
        mode: Mode = "min",
        target: float | None = None,
        accumulate: int = 1,
        clip_norm: float | None = None,
        precision: Precision = "fp32",
        device: str = "auto",
        evaluate_every: int | None = None,
        baseline: tuple[str, float] | None = None,
        lr_range: tuple[float, float] | None = None,
        threads: int = 1,
    ) -> None:
        members = {key: value for key, value in locals().items() if key != "self"}
        refuse_wrong_values(members)
        members["evaluate_every"] = evaluate_every or max(1, steps // 20)
        members["declared_baseline"] = members.pop("baseline")
        for key, value in members.items():
            object.__setattr__(self, key, value)

    @property
    def forkable(self) -> bool:
        """Runs can be saved, and forked from what was saved."""
        return True

    @cached_property
    def baseline(self) -> tuple[str, float]:
        """Schedule text and peak lr to compare with, the default one if none was declared.

        The default depends on the optimizer, which is built once for it, on a throwaway model.
        """
        if self.declared_baseline is not None:
            return self.declared_baseline
        from lehr.training.default_baseline import default_baseline

        return default_baseline(self)

    def start(self, seed: int) -> Run:
        """Start a run at step 0; initial weights and batches follow from the seed alone.

        Raises:
            ProblemError: the model cannot be built.
        """
        from lehr.training.torch_run import TorchRun

        return TorchRun(self, seed=seed)

    def build_optimizer(self, model: torch.nn.Module, peak_lr: float) -> torch.optim.Optimizer:
        """Call `optimizer` with what its first parameter asks for."""
        receives = model if takes_model(self.optimizer) else model.parameters()
        return self.optimizer(receives, peak_lr)
