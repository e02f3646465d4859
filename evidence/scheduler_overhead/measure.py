"""What a `step()` costs: lehr's Scheduler side by side with torch's, at 1 to 1,000 param groups.

    python evidence/scheduler_overhead/measure.py [--rounds 30]

One process, one thread, no garbage collection; SGD with one-element groups, every group with an lr
of its own. In every round each scheduler makes a stretch of steps in turn, so that a disturbance
of the machine meets all of them; a scheduler's figure is the minimum over the rounds. A stretch of
lehr's is whole look-aheads (1,024 steps), so that computing the values ahead is part of it.

Writes `rows.csv` (nanoseconds per step of every stretch), `ratios.csv` and `environment.json`.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import math
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.optim import Optimizer, lr_scheduler

from lehr.adapters.torch import Scheduler
from lehr.schedule import Plan, cosine, linear, warmup

HERE = Path(__file__).parent
GROUPS = (1, 10, 100, 1_000)
HORIZON = 10_000_000
AHEAD = 1_024


def sequential(optimizer: Optimizer) -> lr_scheduler.LRScheduler:
    parts = [
        lr_scheduler.LinearLR(optimizer, 0.1, total_iters=10),
        lr_scheduler.CosineAnnealingLR(optimizer, T_max=HORIZON),
    ]
    return lr_scheduler.SequentialLR(optimizer, parts, milestones=[10])


def half_cosine(step: int) -> float:
    return 0.5 * (1 + math.cos(math.pi * step / HORIZON))


LEHR: dict[str, Callable[[Optimizer], lr_scheduler.LRScheduler]] = {
    "cosine": lambda o: Scheduler(o, cosine(), horizon=HORIZON),
    "warmup >> cosine": lambda o: Scheduler(o, warmup(10) >> cosine(), horizon=HORIZON),
    "plan of lr and momentum": lambda o: Scheduler(
        o, Plan(lr=warmup(10) >> cosine(), momentum=linear(final=0.9)), horizon=HORIZON
    ),
}
TORCH: dict[str, Callable[[Optimizer], lr_scheduler.LRScheduler]] = {
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=HORIZON),
    "SequentialLR": sequential,
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, half_cosine),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(
        o, [0.1] * len(o.param_groups), total_steps=HORIZON
    ),
}
PAIRS = (
    ("cosine", "CosineAnnealingLR"),
    ("cosine", "LambdaLR"),
    ("warmup >> cosine", "SequentialLR"),
    ("plan of lr and momentum", "OneCycleLR"),
)

Row = dict[str, object]


def new_optimizer(groups: int, tensor: bool) -> Optimizer:
    lrs = [0.1 * 0.999**index for index in range(groups)]
    return torch.optim.SGD(
        [
            {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": torch.tensor(x) if tensor else x}
            for x in lrs
        ],
        momentum=0.9,
    )


def measure(groups: int, tensor: bool, rounds: int) -> list[Row]:
    contenders = []
    for name, make in {**LEHR, **TORCH}.items():
        optimizer = new_optimizer(groups, tensor)
        scheduler = make(optimizer)
        optimizer.step()
        for _ in range(12):  # past the warmup, so that SequentialLR is in its second phase
            scheduler.step()
        per_step = (9_000 if tensor else 450) * groups  # about, in nanoseconds, for torch
        steps = max(AHEAD, 8 * AHEAD // groups) if name in LEHR else max(2, 20_000_000 // per_step)
        contenders.append((name, scheduler.step, steps))
    rows: list[Row] = []
    gc.collect()
    gc.disable()
    for number in range(rounds):
        for name, step, steps in contenders:
            begin = time.perf_counter_ns()
            for _ in range(steps):
                step()
            spent = time.perf_counter_ns() - begin
            rows.append(
                {
                    "lr": "tensor" if tensor else "number",
                    "groups": groups,
                    "implementation": "lehr" if name in LEHR else "torch",
                    "scheduler": name,
                    "round": number,
                    "steps": steps,
                    "ns_per_step": round(spent / steps, 1),
                }
            )
    gc.enable()
    return rows


def compare(rows: list[Row]) -> list[Row]:
    fastest: dict[tuple[object, ...], float] = {}
    for row in rows:
        key = (row["lr"], row["groups"], row["scheduler"])
        fastest[key] = min(fastest.get(key, math.inf), float(str(row["ns_per_step"])))
    return [
        {
            "lr": lr,
            "groups": groups,
            "lehr": ours,
            "lehr_ns": fastest[lr, groups, ours],
            "torch": theirs,
            "torch_ns": fastest[lr, groups, theirs],
            "times_faster": round(fastest[lr, groups, theirs] / fastest[lr, groups, ours], 1),
        }
        for lr in ("number", "tensor")
        for groups in GROUPS
        for ours, theirs in PAIRS
    ]


def write(name: str, rows: list[Row]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    rows: list[Row] = []
    for tensor in (False, True):
        for groups in GROUPS:
            rows += measure(groups, tensor, rounds if groups < 1_000 else max(3, rounds // 3))
    ratios = compare(rows)
    write("rows.csv", rows)
    write("ratios.csv", ratios)
    environment = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")
    for row in ratios:
        print(
            f"{row['lr']:6} {row['groups']:>5} groups  {row['lehr']:24} {row['lehr_ns']:>10,.0f} ns"
            f"  {row['torch']:18} {row['torch_ns']:>11,.0f} ns  x{row['times_faster']}"
        )
    slower = [row for row in ratios if float(str(row["times_faster"])) < 1]
    if slower:
        raise SystemExit(f"slower than torch: {slower}")


if __name__ == "__main__":
    main()
