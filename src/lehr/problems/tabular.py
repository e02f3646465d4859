"""`tabular`: an MLP that fills in the missing values of a table of measurements.

Data: the 569 rows of 30 measurements of cell nuclei that ship with scikit-learn (the UCI set
"Breast Cancer Wisconsin (Diagnostic)", W. Wolberg, O. Mangasarian, N. Street, W. Street, 1993),
as logarithms, each column standardised by the training rows. Half of the values of a row,
at random, are hidden, and the network tells them from the others. Of every five rows in the order
of that set, the fourth is for validation and the fifth for the test: 342 to train on, 114 to select
on, 113 to test on, each of the latter with eight sets of hidden values fixed once and for all.

The values and not the diagnosis, because the loss of the diagnosis hangs on two or three of 114
rows, and whoever selects on it selects noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lehr.problems.extras import require
from lehr.problems.holdout import holdout
from lehr.problems.minibatches import minibatches
from lehr.training import TorchProblem

COLUMNS = 30
_BATCH = 128
_HIDDEN = 0.5  # the fraction of values that is hidden
_SETS = 8  # of hidden values, for each row that is held out
_WIDTH = 256

Masked = tuple[Tensor, Tensor]
"""Rows (samples, 30), standardised, and which of their values are hidden, bool."""


def problem(*, steps: int = 1_500) -> TorchProblem:
    """Choose for an MLP with dropout, trained by AdamW.

    Args:
        steps: optimizer steps of a full run; two of them see most training rows once.
    """
    data = load()
    return TorchProblem(
        name="tabular",
        model=Imputer,
        optimizer=lambda params, lr: torch.optim.AdamW(params, lr=lr, weight_decay=0.1),
        loss=imputation_loss,
        train=partial(epoch, data["train"][0]),
        evaluate=partial(imputation_metrics, validation=data["validation"], test=data["test"]),
        steps=steps,
        objective="val_loss",
    )


def load() -> dict[str, Masked]:
    """Read the three parts; of the training rows no value is hidden yet.

    Raises:
        UsageError: scikit-learn is not installed.
    """
    require("sklearn")
    from sklearn.datasets import load_breast_cancer

    measurements, _ = load_breast_cancer(return_X_y=True)
    rows = torch.as_tensor(measurements, dtype=torch.float64).add(1e-3).log()
    parts = holdout(len(rows), every=5)
    train = rows[parts.train]
    rows = ((rows - train.mean(0)) / train.std(0)).float()
    generator = torch.Generator().manual_seed(0)
    train = rows[parts.train]
    return {
        "train": (train, torch.zeros_like(train, dtype=torch.bool)),
        "validation": hide(rows[parts.validation].repeat(_SETS, 1), generator),
        "test": hide(rows[parts.test].repeat(_SETS, 1), generator),
    }


def hide(rows: Tensor, generator: torch.Generator) -> Masked:
    """Hide each value with probability one half."""
    return rows, torch.rand(rows.shape, generator=generator) < _HIDDEN


def epoch(train: Tensor, generator: torch.Generator) -> Iterator[Masked]:
    """Give shuffled batches, the hidden values drawn anew, two in an epoch."""
    for (rows,) in minibatches(generator, train, size=_BATCH):
        yield hide(rows, generator)


class Imputer(nn.Module):
    """Two hidden layers of 256 units: 89,118 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * COLUMNS, _WIDTH),
            nn.GELU(),
            nn.Dropout(0.05),
            nn.Linear(_WIDTH, _WIDTH),
            nn.GELU(),
            nn.Dropout(0.05),
            nn.Linear(_WIDTH, COLUMNS),
        )

    def forward(self, rows: Tensor, hidden: Tensor) -> Tensor:
        """Tell all values (samples, 30) from those that are not hidden, and from which are."""
        seen = rows.masked_fill(hidden, 0.0)
        return self.layers(torch.cat([seen, hidden.to(rows.dtype)], dim=1))


def imputation_loss(model: nn.Module, batch: Masked) -> Tensor:
    """Mean squared error of the hidden values, in standard deviations squared."""
    rows, hidden = batch
    return F.mse_loss(model(rows, hidden)[hidden], rows[hidden])


def imputation_metrics(model: nn.Module, *, validation: Masked, test: Masked) -> dict[str, float]:
    """Give `val_loss` and `val_r2` to select on, `test_loss` and `test_r2` to look at.

    r2 is the share of the hidden values' variance that the network explains; at most 1.
    """
    device = next(model.parameters()).device
    metrics: dict[str, float] = {}
    for name, part in (("val", validation), ("test", test)):
        rows, hidden = part[0].to(device), part[1].to(device)
        error = imputation_loss(model, (rows, hidden)).item()
        metrics[f"{name}_loss"] = error
        metrics[f"{name}_r2"] = 1 - error / rows[hidden].var(unbiased=False).item()
    return metrics
