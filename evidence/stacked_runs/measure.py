"""Many runs as one program: how far they are from each alone, and how much faster.

    python evidence/stacked_runs/measure.py [--repeats 3]

One process, one thread. For each model K runs of one seed at K peak lrs are trained by
`advance_together`, and some of them by `run.advance`, one after another. Equality: the largest
relative difference of any training loss over 20 steps. Speed: model-steps per second of CPU time,
the fastest of interleaved repeats, stacking and unstacking included.

Writes `rows.csv` (every repeat), `ratios.csv` and `environment.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lehr import Plan, linear
from lehr.problems import digits
from lehr.schedule import Multipliers
from lehr.training import TorchProblem
from lehr.training.stacked import advance_together
from lehr.training.torch_run import TorchRun

HERE = Path(__file__).parent
HORIZON = 1_000
RUNS = (8, 32, 91)
CHECKED = 20  # steps over which losses are compared
STEPS = 40  # steps of a timed call
ALONE = 3  # runs that are timed one after another
LETTERS, CONTEXT = 27, 16

IMAGES, CLASSES = digits.load()["train"]
TEXT = torch.randint(LETTERS, (20_000,), generator=torch.Generator().manual_seed(0))


def images(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    for rows in torch.randperm(len(IMAGES), generator=generator).split(64)[:-1]:
        yield IMAGES[rows], CLASSES[rows]


def letters(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    while True:
        begin = torch.randint(len(TEXT) - CONTEXT, (16,), generator=generator)
        window = TEXT[begin[:, None] + torch.arange(CONTEXT + 1)]
        yield window[:, :-1], window[:, 1:]


def mlp() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


class LetterMLP(nn.Module):
    """The next letter from the last eight."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(LETTERS, 16)
        self.hidden = nn.Linear(8 * 16, 64)
        self.head = nn.Linear(64, LETTERS)

    def forward(self, tokens: Tensor) -> Tensor:
        state, last = self.embed(tokens), CONTEXT - 7
        windows = torch.cat([state[:, place : place + last] for place in range(8)], -1)
        return self.head(self.hidden(windows).tanh()).transpose(1, 2)


class Transformer(nn.Module):
    """One block of width 32."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(LETTERS, width)
        self.place = nn.Parameter(torch.zeros(CONTEXT, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.attend = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mix = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.head = nn.Linear(width, LETTERS)

    def forward(self, tokens: Tensor) -> Tensor:
        state = self.embed(tokens) + self.place
        parts = self.attend(self.norms[0](state)).chunk(3, -1)
        heads = (part.unflatten(-1, (4, -1)).transpose(-2, -3) for part in parts)
        seen = F.scaled_dot_product_attention(*heads, is_causal=True)
        state = state + self.out(seen.transpose(-2, -3).flatten(-2))
        state = state + self.mix(self.norms[1](state))
        return self.head(self.norms[2](state)).transpose(1, 2)


def cross_entropy(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    scores = model(batch[0])
    return F.cross_entropy(
        scores, batch[1][..., -scores.shape[-1] :] if scores.dim() == 3 else batch[1]
    )


def sgd(params: object, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(params, lr=lr, momentum=0.9)


def adamw(params: object, lr: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(params, lr=lr)


CASES = {
    "MLP 64-64-10, SGD": (mlp, sgd, images, 0.03),
    "MLP 64-64-10, AdamW": (mlp, adamw, images, 3e-3),
    "CNN with BatchNorm, SGD": (cnn, sgd, images, 0.03),
    "letter MLP, AdamW": (LetterMLP, adamw, letters, 3e-3),
    "transformer block, AdamW": (Transformer, adamw, letters, 3e-3),
}


def problem(name: str) -> TorchProblem:
    model, optimizer, train, peak = CASES[name]
    return TorchProblem(
        name="stacked",
        model=model,
        optimizer=optimizer,
        loss=cross_entropy,
        train=train,
        evaluate=lambda _: {"val_loss": 0.0},
        steps=HORIZON,
        objective="val_loss",
        baseline=("linear()", peak),
        device="cpu",
    )


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def case(name: str, repeats: int) -> Iterator[dict[str, object]]:
    """Equality first, then the repeats in turn: alone, then each number of runs."""
    multipliers = Plan(lr=linear()).over(HORIZON).multipliers()
    task, peak = problem(name), CASES[name][3]
    differences = {count: difference(task, lrs(peak, count), multipliers) for count in RUNS}
    begin = CHECKED
    alone = started(task, ALONE)
    stacks = {count: started(task, count) for count in RUNS}
    advance_each(alone, multipliers[:begin], lrs(peak, ALONE))
    for count, runs in stacks.items():
        advance_together(runs, [multipliers[:begin]] * count, lrs(peak, count))
    for repeat in range(repeats):
        piece = multipliers[begin : begin + STEPS]
        begin += STEPS
        seconds = cpu_seconds(partial(advance_each, alone, piece, lrs(peak, ALONE)))
        yield row(name, repeat, 1, ALONE * STEPS / seconds, 0.0)
        for count, runs in stacks.items():
            work = partial(advance_together, runs, [piece] * count, lrs(peak, count))
            yield row(name, repeat, count, count * STEPS / cpu_seconds(work), differences[count])


def advance_each(runs: Sequence[TorchRun], piece: Multipliers, peaks: Sequence[float]) -> None:
    for run, lr in zip(runs, peaks, strict=True):
        run.advance(piece, lr)


def row(name: str, repeat: int, runs: int, speed: float, apart: float) -> dict[str, object]:
    return {
        "model": name,
        "repeat": repeat,
        "runs": runs,
        "model_steps_per_cpu_second": round(speed, 1),
        "largest_relative_loss_difference": f"{apart:.1e}",
    }


def started(task: TorchProblem, count: int) -> list[TorchRun]:
    return [task.start(0) for _ in range(count)]


def lrs(peak: float, count: int) -> list[float]:
    return np.geomspace(peak / 100, peak, count).tolist()


def difference(task: TorchProblem, peaks: Sequence[float], multipliers: Multipliers) -> float:
    """Compare the losses of three of the runs, the first, the middle and the last."""
    together = started(task, len(peaks))
    ours = advance_together(together, [multipliers[:CHECKED]] * len(peaks), peaks)
    apart = 0.0
    for place in (0, len(peaks) // 2, len(peaks) - 1):
        theirs = task.start(0).advance(multipliers[:CHECKED], peaks[place])
        apart = max(apart, float(np.abs(ours[place] / theirs - 1).max()))
    return apart


def ratios(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """The fastest repeat of each, side by side."""

    def best(model: str, runs: int) -> float:
        return max(
            float(r["model_steps_per_cpu_second"])
            for r in rows
            if r["model"] == model and r["runs"] == runs
        )

    return [
        {
            "model": model,
            "alone": round(best(model, 1)),
            **{f"K={count}": round(best(model, count)) for count in RUNS},
            **{f"ratio K={count}": round(best(model, count) / best(model, 1), 2) for count in RUNS},
            "largest_difference": max(
                (str(r["largest_relative_loss_difference"]) for r in rows if r["model"] == model),
                key=float,
            ),
        }
        for model in dict.fromkeys(str(r["model"]) for r in rows)
    ]


def write(name: str, rows: Sequence[dict[str, object]]) -> None:
    with (HERE / name).open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    rows: list[dict[str, object]] = []
    for name in CASES:
        rows += case(name, repeats)
        print(ratios(rows)[-1], flush=True)
        write("rows.csv", rows)
        write("ratios.csv", ratios(rows))
    environment = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
        "threads": 1,
        "device": "cpu; no GPU was at hand",
        "repeats": repeats,
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")


if __name__ == "__main__":
    main()
