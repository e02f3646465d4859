"""The source of Python's standard library, letter by letter, as three kinds of language model."""

from __future__ import annotations

import math
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lehr.training import TorchProblem
from tasks.task import Judged, replaced

LETTERS = 64
"""The 63 commonest letters, and one for all others."""


def corpus() -> Tensor:
    """1.2 million letters as numbers below 64."""
    folder = Path(sysconfig.get_path("stdlib"))
    files = sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
    text = b"".join(file.read_bytes() for file in files)[:1_200_000]
    raw = torch.frombuffer(bytearray(text), dtype=torch.uint8).long()
    order = torch.bincount(raw, minlength=256).argsort(descending=True)
    number = torch.full((256,), LETTERS - 1)
    number[order[: LETTERS - 1]] = torch.arange(LETTERS - 1)
    return number[raw]


def one_hot(letters: Tensor) -> Tensor:
    return F.one_hot(letters, LETTERS).float()


def last_letter(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Cross-entropy of the letter after a window."""
    (windows,) = batch
    return F.cross_entropy(model(one_hot(windows[:, :-1])), windows[:, -1])


def each_letter(model: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Cross-entropy of each letter given those before it."""
    (windows,) = batch
    logits = model(one_hot(windows[:, :-1]))
    return F.cross_entropy(logits.reshape(-1, LETTERS), windows[:, 1:].reshape(-1))


def problem(name, model, optimizer, loss, *, context, size, steps, held_out, clip_norm=None):
    letters = corpus()
    test, validation, train = letters[:100_000], letters[100_000:200_000], letters[200_000:]

    def windows(source: Tensor, starts: Tensor) -> Tensor:
        return source[starts[:, None] + torch.arange(context + 1)]

    def spread(source: Tensor) -> tuple[Tensor, ...]:
        last = len(source) - context - 1
        return (windows(source, torch.linspace(0, last, held_out).long()),)

    def stream(generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        for _ in range(250):  # an epoch is short, so that a position is found again quickly
            starts = torch.randint(len(train) - context - 1, (size,), generator=generator)
            yield (windows(train, starts),)

    return TorchProblem(
        name=name,
        model=model,
        optimizer=optimizer,
        loss=loss,
        train=stream,
        evaluate=Judged(loss, spread(validation), spread(test)),
        steps=steps,
        objective="val_loss",
        clip_norm=clip_norm,
    )


class Window(nn.Module):
    """An MLP over the embeddings of a fixed window (Bengio et al., 2003)."""

    def __init__(self, context: int, width: int) -> None:
        super().__init__()
        self.embed = nn.Linear(LETTERS, 12, bias=False)
        self.hidden = nn.Linear(12 * context, width)
        self.out = nn.Linear(width, LETTERS)

    def forward(self, letters: Tensor) -> Tensor:
        return self.out(torch.tanh(self.hidden(self.embed(letters).flatten(1))))


class Recurrent(nn.Module):
    """A gated recurrent unit, written out so that many of them train at once."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.inputs = nn.Linear(LETTERS, 3 * width)
        self.states = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, LETTERS)

    def forward(self, letters: Tensor) -> Tensor:
        given = self.inputs(letters)
        state = torch.zeros_like(given[:, 0, : self.width])
        for place in range(given.shape[1]):
            i_reset, i_update, i_new = given[:, place].chunk(3, -1)
            h_reset, h_update, h_new = self.states(state).chunk(3, -1)
            update = torch.sigmoid(i_update + h_update)
            new = torch.tanh(i_new + torch.sigmoid(i_reset + h_reset) * h_new)
            state = update * state + (1 - update) * new
        return self.out(state)


class Transformer(nn.Module):
    """One block of a decoder, normed first."""

    def __init__(self, context: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.embed = nn.Linear(LETTERS, width, bias=False)
        self.places = nn.Parameter(0.02 * torch.randn(context, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.attend = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.think = mlp_block(width)
        self.out = nn.Linear(width, LETTERS)
        self.register_buffer("past", torch.ones(context, context).tril().bool())

    def forward(self, letters: Tensor) -> Tensor:
        x = self.embed(letters) + self.places
        x = x + self.join(self._attention(self.norms[0](x)))
        x = x + self.think(self.norms[1](x))
        return self.out(self.norms[2](x))

    def _attention(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        parts = self.attend(x).reshape(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        queries, keys, values = parts[0], parts[1], parts[2]
        scores = queries @ keys.transpose(-1, -2) / math.sqrt(width / self.heads)
        weights = scores.masked_fill(~self.past, -1e9).softmax(-1)
        return (weights @ values).transpose(1, 2).reshape(batch, length, width)


def mlp_block(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))


def letters_window(steps: int = 2_000) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.1)

    return problem(
        "letters_window",
        lambda: Window(8, 48),
        optimizer,
        last_letter,
        context=8,
        size=64,
        steps=steps,
        held_out=2_000,
    )


def letters_window_long(steps: int = 20_000) -> TorchProblem:
    return replaced(letters_window(steps), "letters_window_long")


def letters_recurrent(steps: int = 600) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.Adam(parameters, lr=lr)

    return problem(
        "letters_recurrent",
        lambda: Recurrent(32),
        optimizer,
        last_letter,
        context=10,
        size=32,
        steps=steps,
        held_out=1_500,
        clip_norm=1.0,
    )


def letters_transformer(steps: int = 500) -> TorchProblem:
    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.1, betas=(0.9, 0.95))

    return problem(
        "letters_transformer",
        lambda: Transformer(16, 32, 2),
        optimizer,
        each_letter,
        context=16,
        size=16,
        steps=steps,
        held_out=150,
        clip_norm=1.0,
    )
