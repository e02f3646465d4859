"""`text`: a small GPT that writes Python, byte by byte.

Data: the source of the modules at the top of the running Python's standard library, those whose
names do not start with an underscore, sorted by name: of every ten files the ninth is for
validation and the tenth for the test. Each part is its files one after the other, at most 3 MB to
train on and 300 kB to select and to test on; a full run sees 1 MB, no byte twice. **The figures
depend on the version of Python**: compare runs of one version only (the study checks it: it keeps
the hash of the first batch).
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lehr.errors import UsageError
from lehr.problems.gpt import GPT
from lehr.problems.holdout import holdout
from lehr.problems.minibatches import minibatches
from lehr.training import TorchProblem

BYTES = 256  # the vocabulary
CONTEXT = 64  # bytes the network looks back at most
_BATCH = 16  # windows
_TRAIN = 3_000_000  # bytes at most
_HELD_OUT = 300_000  # bytes at most, each of validation and test
_WINDOWS = 64  # of validation and test, evenly spread over their bytes


def problem(*, steps: int = 1_000) -> TorchProblem:
    """Choose for a GPT of two layers, trained by AdamW with a clipped gradient.

    Args:
        steps: optimizer steps of a full run, of 16 windows of 64 bytes each.
    """
    source = load(Path(sysconfig.get_path("stdlib")))
    return TorchProblem(
        name="text",
        model=lambda: GPT(vocabulary=BYTES, context=CONTEXT, width=64, layers=2, heads=4),
        optimizer=decay_matrices,
        loss=next_byte_loss,
        train=partial(epoch, source["train"]),
        evaluate=partial(
            perplexities, validation=spread(source["validation"]), test=spread(source["test"])
        ),
        steps=steps,
        objective="val_loss",
        clip_norm=1.0,
    )


def load(folder: Path) -> dict[str, Tensor]:
    """Read the three parts, each one long row of bytes (uint8).

    Raises:
        UsageError: the standard library's source is not there (an embedded Python).
    """
    files = sorted(f for f in folder.glob("*.py") if not f.name.startswith("_"))
    parts = holdout(len(files), every=10)
    if len(parts.test) < 2:
        raise UsageError(
            "the standard library's source is not where this Python says",
            value=f"{len(files)} modules in {folder}",
            rule="the text problem trains on the source of the standard library",
            fix="a Python with its library as .py files, not zipped",
        )
    return {
        "train": _read([files[p] for p in parts.train], _TRAIN),
        "validation": _read([files[p] for p in parts.validation], _HELD_OUT),
        "test": _read([files[p] for p in parts.test], _HELD_OUT),
    }


def epoch(source: Tensor, generator: torch.Generator) -> Iterator[Tensor]:
    """Give windows of 64 bytes and the one after them, shuffled: (16, 65), int64.

    The windows lie side by side from a place on that is drawn for each epoch.
    """
    first = int(torch.randint(CONTEXT, (), generator=generator))
    starts = torch.arange(first, len(source) - CONTEXT, CONTEXT)
    for (chosen,) in minibatches(generator, starts, size=_BATCH):
        yield _windows(source, chosen)


def spread(source: Tensor) -> Tensor:
    """Take 64 windows at even distances: (64, 65), int64."""
    last = len(source) - CONTEXT - 1
    return _windows(source, torch.linspace(0, last, _WINDOWS, dtype=torch.float64).long())


def decay_matrices(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """Build AdamW with weight decay on matrices alone, not on the scales and shifts of norms."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95))


def next_byte_loss(model: nn.Module, windows: Tensor) -> Tensor:
    """Mean cross-entropy of each byte from those before it in its window, in nats."""
    logits = model(windows[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())


def perplexities(model: nn.Module, *, validation: Tensor, test: Tensor) -> dict[str, float]:
    """Give `val_loss` and `val_perplexity` to select on, `test_…` to look at.

    The perplexity of a byte is the exponential of the mean loss: 256 for a network that knows
    nothing, 1 for one that knows the text.
    """
    device = next(model.parameters()).device
    metrics: dict[str, float] = {}
    for name, windows in (("val", validation), ("test", test)):
        loss = next_byte_loss(model, windows.to(device))
        metrics[f"{name}_loss"] = loss.item()
        metrics[f"{name}_perplexity"] = loss.exp().item()
    return metrics


def _read(files: list[Path], limit: int) -> Tensor:
    text = b"".join(file.read_bytes() for file in files)
    return torch.frombuffer(bytearray(text[:limit]), dtype=torch.uint8)


def _windows(source: Tensor, starts: Tensor) -> Tensor:
    return source[starts[:, None] + torch.arange(CONTEXT + 1)].long()
