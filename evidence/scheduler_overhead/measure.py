"""What a `step()` costs: lehr's Scheduler side by side with torch's, at 1 to 1,000 param groups.

    python evidence/scheduler_overhead/measure.py [--rounds 30]

One process, one thread, no garbage collection; SGD with one-element groups, every group with an lr
of its own. In every round each scheduler makes a stretch of steps in turn, so that a disturbance
of the machine meets all of them; CPU time is counted, and a scheduler's figure is the minimum over
the rounds. A stretch of lehr's is whole look-aheads (1,024 steps), so that computing the values
ahead is part of it; tensors are the same objects after it.

Then the lrs of 1,000,000 steps: lehr's array against torch's loop (of which 10,000 steps are a
stretch), and fresh processes that import lehr or numpy.

Writes `rows.csv` (nanoseconds of every stretch), `ratios.csv` and `environment.json`; it fails
where a target is missed.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import platform
from collections.abc import Callable
from pathlib import Path

import imports
import numpy as np
import torch
from stretches import Row, Stretch, ratio, taken_in_turns
from torch.optim import Optimizer, lr_scheduler

from lehr.adapters.torch import Scheduler
from lehr.schedule import Plan, Schedule, cosine, linear, warmup

HERE = Path(__file__).parent
GROUPS = (1, 10, 100, 1_000)
HORIZON = 10_000_000
AHEAD = 1_024
VALUES, LOOPED = 1_000_000, 10_000

# What a step has to be, in times faster than CosineAnnealingLR: (lr, groups) -> at least.
TARGETS = {("number", 1): 5, ("number", 1_000): 10, ("tensor", 1_000): 15}


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


def new_optimizer(groups: int, tensor: bool) -> Optimizer:
    lrs = [0.1 * 0.999**index for index in range(groups)]
    return torch.optim.SGD(
        [
            {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": torch.tensor(x) if tensor else x}
            for x in lrs
        ],
        momentum=0.9,
    )


def steps(groups: int, tensor: bool, rounds: int) -> list[Row]:
    contenders: dict[str, Stretch] = {}
    optimizers: list[tuple[Optimizer, list[object]]] = []
    for name, make in {**LEHR, **TORCH}.items():
        optimizer = new_optimizer(groups, tensor)
        optimizers.append((optimizer, [group["lr"] for group in optimizer.param_groups]))
        scheduler = make(optimizer)
        optimizer.step()
        for _ in range(12):  # past the warmup, so that SequentialLR is in its second phase
            scheduler.step()
        per_step = (9_000 if tensor else 450) * groups  # about, in nanoseconds, for torch
        few = max(AHEAD, 8 * AHEAD // groups) if name in LEHR else max(2, 5_000_000 // per_step)
        contenders[name] = stepped(scheduler, few)
    rows = taken_in_turns(what(groups, tensor), contenders, rounds)
    for optimizer, lrs in optimizers if tensor else ():
        if any(g["lr"] is not lr for g, lr in zip(optimizer.param_groups, lrs, strict=True)):
            raise SystemExit("a tensor was replaced")
    return rows


def stepped(scheduler: lr_scheduler.LRScheduler, count: int) -> Stretch:
    def stretch() -> int:
        step = scheduler.step
        for _ in range(count):
            step()
        return count

    return stretch


def what(groups: int, tensor: bool) -> str:
    return f"step, {'tensor' if tensor else 'number'} lr, {groups} groups"


def looped(make: Callable[[Optimizer], lr_scheduler.LRScheduler]) -> Stretch:
    optimizer = new_optimizer(1, tensor=False)
    scheduler = make(optimizer)
    optimizer.step()

    def stretch() -> int:
        group, step, lrs = optimizer.param_groups[0], scheduler.step, []
        for _ in range(LOOPED):
            lrs.append(group["lr"])
            step()
        return len(lrs)

    return stretch


def computed(schedule: Schedule) -> Stretch:
    return lambda: len(0.1 * schedule.over(VALUES).values())


def trajectories(rounds: int) -> list[Row]:
    contenders = {
        "cosine": computed(cosine()),
        "warmup >> cosine": computed(warmup(10) >> cosine()),
        "CosineAnnealingLR": looped(TORCH["CosineAnnealingLR"]),
        "SequentialLR": looped(TORCH["SequentialLR"]),
    }
    return taken_in_turns("values of 1,000,000 steps", contenders, rounds)


def compare(rows: list[Row]) -> list[Row]:
    found = [
        ratio(
            rows,
            what(groups, tensor),
            ours,
            theirs,
            target=TARGETS.get(("tensor" if tensor else "number", groups))
            if theirs == "CosineAnnealingLR"
            else None,
        )
        for tensor in (False, True)
        for groups in GROUPS
        for ours, theirs in PAIRS
    ]
    million = "values of 1,000,000 steps"
    found.append(ratio(rows, million, "cosine", "CosineAnnealingLR", target=100))
    found.append(ratio(rows, million, "warmup >> cosine", "SequentialLR"))
    found.append(ratio(rows, "import", "import lehr", "import numpy", target=1 / 1.2))
    found.append(ratio(rows, "import", "a first schedule", "import numpy"))
    return found


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
    rows = imports.measure(max(15, rounds))
    rows += trajectories(rounds)
    for tensor in (False, True):
        for groups in GROUPS:
            dear = groups * (10 if tensor else 1) >= 1_000
            rows += steps(groups, tensor, max(5, rounds // 5) if dear else rounds)
    ratios = compare(rows)
    write("rows.csv", rows)
    write("ratios.csv", ratios)
    environment = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")
    for row in ratios:
        print(*row.values(), sep=" | ")
    missed = [row for row in ratios if row["met"] == "no"]
    if missed:
        raise SystemExit(f"targets missed: {missed}")


if __name__ == "__main__":
    main()
