"""Lightning's own `Tuner.lr_find`, called on the problem, and a cosine at the lr that it suggests.

Where it suggests none, Lightning leaves the module's lr as it was: the customary one.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator

import lightning.pytorch as lightning
import torch
from grid import plans
from lightning.pytorch.tuner import Tuner
from torch.utils.data import DataLoader, IterableDataset

from lehr.choose.session import baseline_of
from lehr.training import TorchProblem
from rivals.trained.plain import Outcome, Trained, trained

STEPS = 100
"""Lightning's default."""


class Module(lightning.LightningModule):
    """The problem as Lightning sees it."""

    def __init__(self, problem: TorchProblem) -> None:
        super().__init__()
        self.problem = problem
        self.net = problem.model()
        self.lr = baseline_of(problem).peak_lr

    def training_step(self, batch: object) -> torch.Tensor:
        return self.problem.loss(self.net, batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self.problem.build_optimizer(self.net, self.lr)


class Stream(IterableDataset[object]):
    """The problem's batches, epoch by epoch."""

    def __init__(self, problem: TorchProblem, seed: int) -> None:
        self.problem = problem
        self.generator = torch.Generator().manual_seed(seed)

    def __iter__(self) -> Iterator[object]:
        return iter(self.problem.train(self.generator))


def lr_find(problem: TorchProblem, seed: int) -> float:
    """The lr that Lightning sets for a run of this seed."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(seed)
        module = Module(problem)
        trainer = lightning.Trainer(
            accelerator="cpu",
            default_root_dir=folder,
            gradient_clip_val=problem.clip_norm,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        loader = DataLoader(Stream(problem, seed), batch_size=None)
        Tuner(trainer).lr_find(module, train_dataloaders=loader, num_training=STEPS)
    return module.lr


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without its progress bar, which nothing turns off, and its advice on loaders."""
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def cosine(problem: TorchProblem, seed: int, lr: float | None) -> Outcome:
    assert lr is not None
    multipliers = plans()["cosine"].over(problem.steps).multipliers()
    return trained(problem, seed, multipliers, lr, cost=1 + STEPS / problem.steps)


RIVAL = Trained(name="Lightning lr_find, cosine", search=lr_find, train=cosine, fresh=5)
