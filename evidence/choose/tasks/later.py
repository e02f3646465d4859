"""Eight more tasks, written after the strategy was frozen for good, and trained but then."""

from __future__ import annotations

import io
import sysconfig
import tokenize
from itertools import pairwise
from pathlib import Path

import torch
from sklearn.datasets import load_breast_cancer, load_sample_image, make_friedman1
from torch import Tensor, nn

from lehr.training import TorchProblem
from tasks import digits, tables, text
from tasks.task import Judged, minibatches, mlp, split

AFTER = 0.25
"""Time between a state and the one that is asked for."""
KINDS = (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING, tokenize.COMMENT)


def sources(count: int) -> list[str]:
    """Modules of Python's standard library, the first by name that are plain ASCII."""
    folder = Path(sysconfig.get_path("stdlib"))
    files = sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
    read = (file.read_bytes() for file in files)
    return [content.decode() for content in read if content.isascii()][:count]


def lettered(lines: list[str]) -> Tensor:
    """Texts of equal length as rows of 0 and 1: for each place, the letter's code modulo 64."""
    codes = torch.tensor([list(line.encode()) for line in lines]) % text.LETTERS
    return text.one_hot(codes).flatten(1)


def indents(steps: int = 700) -> TorchProblem:
    """Whether the next line of source is indented more, less or the same: from a line's end."""
    lines, turns = [], []
    for source in sources(40):
        written = [line for line in source.splitlines() if line.strip()]
        for this, following in pairwise(written):
            now, then = (len(line) - len(line.lstrip()) for line in (this, following))
            lines.append(this[-10:].rjust(10))
            turns.append(0 if then == now else 1 if then > now else 2)
    data = split(lettered(lines[:12_000]), torch.tensor(turns[:12_000]), held_out=1_500)

    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, nesterov=True, weight_decay=1e-4)

    return digits.problem(
        "indents", lambda: mlp(10 * 64, 16, 3), optimizer, data, steps=steps, size=32
    )


def token_kinds(steps: int = 800) -> TorchProblem:
    """What the letter in the middle of five belongs to: a name, a string, a comment and so on."""
    windows, kinds = [], []
    for source in sources(8):
        lines = source.splitlines()
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            row, column = token.start
            if token.type not in KINDS or row != token.end[0]:
                continue
            middle = column + len(token.string) // 2
            line = " " * 2 + lines[row - 1] + " " * 2
            windows.append(line[middle : middle + 5])
            kinds.append(KINDS.index(token.type))
    data = split(lettered(windows[:9_000]), torch.tensor(kinds[:9_000]), held_out=1_500)

    def model():
        return nn.Sequential(
            nn.Linear(5 * 64, 24),
            nn.LayerNorm(24),
            nn.ReLU(),
            nn.Linear(24, 24),
            nn.LayerNorm(24),
            nn.ReLU(),
            nn.Linear(24, len(KINDS)),
        )

    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.05)

    return digits.problem("token_kinds", model, optimizer, data, steps=steps, size=32)


def lorenz(steps: int = 1_200) -> TorchProblem:
    """A chaotic state a while later, from the state now: nothing is disturbed."""
    generator = torch.Generator().manual_seed(10)
    now = torch.randn(20_000, 3, generator=generator, dtype=torch.float64) * 8
    now = _moved(now + torch.tensor([0.0, 0.0, 25.0]), 2.0)  # by then on the attractor
    then = _moved(now, AFTER)
    now, then = (((state - now.mean(0)) / now.std(0)).float() for state in (now, then))
    data = split(now, then, held_out=1_000)

    def model():
        return mlp(3, 32, 32, 3, activation=nn.Tanh)

    def optimizer(parameters, lr):
        return torch.optim.Adam(parameters, lr=lr)

    return tables.problem(
        "lorenz", model, optimizer, tables.mean_square, data, steps=steps, size=32
    )


def _moved(state: Tensor, time: float, by: float = 0.005) -> Tensor:
    """The Lorenz system by the midpoint rule."""

    def slope(at: Tensor) -> Tensor:
        x, y, z = at.unbind(-1)
        return torch.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], -1)

    for _ in range(round(time / by)):
        state = state + by * slope(state + by / 2 * slope(state))
    return state


def spots(steps: int = 900) -> TorchProblem:
    """How many bright spots there are in a noisy picture of 10 × 10 pixels."""
    generator = torch.Generator().manual_seed(11)
    number = torch.randint(0, 7, (5_000,), generator=generator)
    centres = 1 + 7 * torch.rand(5_000, 6, 2, generator=generator)
    there = torch.arange(6) < number[:, None]
    pixels = torch.stack(torch.meshgrid(torch.arange(10), torch.arange(10), indexing="ij"), -1)
    gaps = ((pixels[None, None] - centres[:, :, None, None]) ** 2).sum(-1)
    pictures = ((-gaps / 1.5).exp() * there[:, :, None, None]).sum(1)
    pictures = pictures + 0.2 * torch.randn(pictures.shape, generator=generator)
    data = split(pictures.flatten(1), (number[:, None] - 3) / 2, held_out=800)

    def optimizer(parameters, lr):
        return torch.optim.Adam(parameters, lr=lr)

    return tables.problem(
        "spots", lambda: mlp(100, 32, 16, 1), optimizer, tables.mean_square, data, steps=steps
    )


def corners(steps: int = 400) -> TorchProblem:
    """Which quarter of which photograph a patch in colour is from: eight classes, much alike."""
    patches, classes = [], []
    for photo, name in enumerate(("china.jpg", "flower.jpg")):
        image = torch.as_tensor(load_sample_image(name) / 255, dtype=torch.float32)
        cut = image.unfold(0, 6, 8).unfold(1, 6, 8)  # (rows, columns, colours, 6, 6)
        rows, columns = cut.shape[:2]
        down, right = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        quarter = 2 * (down >= rows // 2) + (right >= columns // 2)
        patches.append(cut.flatten(2).flatten(0, 1))
        classes.append((4 * photo + quarter).flatten())
    data = split(torch.cat(patches) - 0.5, torch.cat(classes), held_out=1_200)

    def model():
        return nn.Sequential(
            nn.Unflatten(1, (3, 6, 6)),
            nn.Conv2d(3, 6, 3, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(6 * 36, 24),
            nn.ReLU(),
            nn.Linear(24, 8),
        )

    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=5e-4)

    return digits.problem("corners", model, optimizer, data, steps=steps, size=16)


def friedman(steps: int = 800) -> TorchProblem:
    """Friedman's first function (1991) from 400 disturbed rows, half of the columns useless."""
    rows, answers = make_friedman1(n_samples=800, noise=1.0, random_state=12)
    rows = torch.as_tensor(2 * rows - 1, dtype=torch.float32)
    answers = torch.as_tensor((answers - answers.mean()) / answers.std(), dtype=torch.float32)
    data = split(rows, answers[:, None], held_out=200)

    def optimizer(parameters, lr):
        return torch.optim.AdamW(parameters, lr=lr, weight_decay=0.05)

    def model():
        return mlp(10, 48, 48, 1)

    return tables.problem(
        "friedman", model, optimizer, tables.mean_square, data, steps=steps, size=20
    )


def cells_convex(steps: int = 700) -> TorchProblem:
    """Whether cells are malign, by logistic regression: a convex problem, plain SGD."""
    rows, classes = load_breast_cancer(return_X_y=True)
    rows = torch.as_tensor(rows)
    rows = ((rows - rows.mean(0)) / rows.std(0)).float()
    data = split(rows, torch.as_tensor(classes), held_out=140)

    def optimizer(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr)

    return digits.problem("cells_convex", lambda: mlp(30, 2), optimizer, data, steps=steps, size=16)


def markov(steps: int = 700) -> TorchProblem:
    """Letters drawn each by the two before it, and a network that sees five of them."""
    generator = torch.Generator().manual_seed(13)
    likely = torch.randint(16, (16, 16, 4), generator=generator)
    choices = torch.rand(6 * 20_000, generator=generator).pow(2).mul(4).long().tolist()
    table, letters = likely.tolist(), [0, 1]
    for choice in choices:
        letters.append(table[letters[-2]][letters[-1]][choice])
    train, validation, test = split(torch.tensor(letters[2:]).reshape(-1, 6), held_out=1_500)
    return TorchProblem(
        name="markov",
        model=lambda: text.Window(5, 24),
        optimizer=lambda parameters, lr: torch.optim.AdamW(parameters, lr=lr, betas=(0.9, 0.95)),
        loss=text.last_letter,
        train=lambda generator: minibatches(generator, 32, *train),
        evaluate=Judged(text.last_letter, validation, test),
        steps=steps,
        objective="val_loss",
        clip_norm=1.0,
    )
