"""Loss and metrics of a problem that tells classes apart."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Labelled = tuple[Tensor, Tensor]
"""Inputs (samples, …) and their classes (samples,), int64."""

_AT_ONCE = 500  # samples: few enough for any memory, enough to keep a device busy


def classification_loss(model: nn.Module, batch: Labelled) -> Tensor:
    """Mean cross-entropy of a batch, in nats."""
    inputs, classes = batch
    return F.cross_entropy(model(inputs), classes)


def classification_metrics(
    model: nn.Module, *, validation: Labelled, test: Labelled
) -> dict[str, float]:
    """Give `val_loss` and `val_accuracy` to select on, `test_loss` and `test_accuracy` to look at.

    Losses are mean cross-entropies in nats, accuracies fractions between 0 and 1.
    """
    val_loss, val_accuracy = _measure(model, validation)
    test_loss, test_accuracy = _measure(model, test)
    return {
        "val_loss": val_loss,
        "val_accuracy": val_accuracy,
        "test_loss": test_loss,
        "test_accuracy": test_accuracy,
    }


def _measure(model: nn.Module, labelled: Labelled) -> tuple[float, float]:
    device = next(model.parameters()).device
    loss = torch.zeros((), device=device)
    hits = torch.zeros((), device=device)
    for inputs, classes in zip(*(part.split(_AT_ONCE) for part in labelled), strict=True):
        logits, truth = model(inputs.to(device)), classes.to(device)
        loss += F.cross_entropy(logits, truth, reduction="sum")
        hits += (logits.argmax(1) == truth).sum()
    count = len(labelled[1])
    return loss.item() / count, hits.item() / count
