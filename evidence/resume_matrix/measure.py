"""Resume a run at every load order: is every later lr right, is there an error, or is it wrong?

    python evidence/resume_matrix/measure.py

Every recipe of the catalog (all its examples) × saved at every step of 40, before the first and
after the last too × six load orders × the same horizon or twice as long × `on_change` raise or
adopt; the same with tensors for lrs, saved after 1, 7, 20 and 33 steps; and, for contrast, torch's
own 15 schedulers, saved after these. An example that does not fit 40 steps runs for 1,000, saved
at the same fractions.

The lr (and momentum, if planned) of the update after the resume and of every later update up to
the end is compared with a run that never stopped: bit for bit for lehr, within a relative 1e-9 for
torch, whose recursions are not bit-exact when jumped to. Deterministic; no seeds, some minutes.
`off_by` is the largest factor between the two, `later` the same without the first update after the
resume. Writes `rows.csv` (what became of every recipe at every load order, counted over its
examples and steps), `summary.csv` and `environment.json`.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import platform
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from torch_schedulers import SCHEDULERS, WITH_A_HORIZON

from lehr import catalog
from lehr.adapters.torch import Scheduler
from lehr.errors import ScheduleError, StateError
from lehr.schedule import Plan, Schedule

HERE = Path(__file__).parent
HORIZON, SOME_STEPS = 40, (1, 7, 20, 33)
STEPS = range(HORIZON + 1)
LARGE = 25
"""Times as many steps for examples that do not fit the horizon."""

ORDERS = {
    "optimizer only, before construction": ("optimizer", "construct"),
    "optimizer only, after construction": ("construct", "optimizer"),
    "scheduler only": ("construct", "scheduler"),
    "optimizer before construction, scheduler after": ("optimizer", "construct", "scheduler"),
    "after construction, optimizer first": ("construct", "optimizer", "scheduler"),
    "after construction, scheduler first": ("construct", "scheduler", "optimizer"),
}

COUNTS = ("cases", "right", "error", "wrong")

Trajectory = list[tuple[float, ...]]
Row = dict[str, object]


def new_optimizer(tensor: bool) -> torch.optim.Optimizer:
    """SGD with two groups of different lr."""

    def lr(value: float) -> float | torch.Tensor:
        return torch.tensor(value) if tensor else value

    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": [p], "lr": lr(x)} for p, x in zip(parameters, (0.1, 0.03), strict=True)]
    return torch.optim.SGD(groups, momentum=0.9)


def held(optimizer: torch.optim.Optimizer) -> tuple[float, ...]:
    return tuple(float(g[key]) for g in optimizer.param_groups for key in ("lr", "momentum"))


def advance(optimizer: torch.optim.Optimizer, scheduler: object) -> None:
    if isinstance(scheduler, Scheduler):  # which does not look at the update itself
        scheduler.step()
        return
    optimizer.step()
    if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
        scheduler.step(1.0)
    else:
        scheduler.step()


def run(optimizer: torch.optim.Optimizer, scheduler: object, updates: int) -> Trajectory:
    """What the optimizer holds at each of the next updates."""
    found = [held(optimizer)]
    for _ in range(updates - 1):
        advance(optimizer, scheduler)
        found.append(held(optimizer))
    return found


def through_a_file(state: object) -> dict[str, dict[str, object]]:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def saved_at(
    make: Callable[..., object], horizon: int, steps: Iterable[int], tensor: bool
) -> dict[int, dict]:
    """The checkpoints of one run, by their step; `steps` ascend."""
    optimizer = new_optimizer(tensor)
    scheduler, done, saved = make(optimizer, horizon), 0, {}
    for step in steps:
        for _ in range(step - done):
            advance(optimizer, scheduler)
        done = step
        halves = {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
        saved[step] = through_a_file(halves)
    return saved


def resume(
    make: Callable[..., object], saved: dict, order: tuple[str, ...], horizon: int, tensor: bool
) -> tuple[torch.optim.Optimizer, object]:
    optimizer, scheduler = new_optimizer(tensor), None
    saved = copy.deepcopy(saved)  # torch's CyclicLR takes apart the state it loads
    for part in order:
        if part == "construct":
            scheduler = make(optimizer, horizon)
        else:
            {"optimizer": optimizer, "scheduler": scheduler}[part].load_state_dict(saved[part])
    return optimizer, scheduler


def worst(found: Trajectory, expected: Trajectory) -> float:
    """The largest factor by which an lr is off; inf if it should be 0 or should not."""
    ratio = 1.0
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            if a != b:
                ratio = max(ratio, a / b, b / a) if a * b > 0 else float("inf")
    return ratio


def lehr_rows(recipe: catalog.Recipe) -> list[Row]:
    rows: list[Row] = []
    for text in recipe.examples:
        schedule = catalog.parse(text)
        if recipe.name == "one_cycle_momentum":
            schedule = Plan(lr=catalog.parse("one_cycle()"), momentum=schedule)
        unit = 1 if fits(schedule) else LARGE
        rows += lehr_cases(recipe.name, schedule, unit, STEPS, tensor=False)
        rows += lehr_cases(recipe.name, schedule, unit, SOME_STEPS, tensor=True)
    print(recipe.name, Counter(str(row["outcome"]) for row in rows), flush=True)
    return counted(rows)


def fits(schedule: Schedule | Plan) -> bool:
    try:
        for horizon in (HORIZON, 2 * HORIZON):
            Plan.of(schedule).over(horizon)
    except ScheduleError:
        return False
    return True


def lehr_cases(
    name: str, schedule: Schedule | Plan, unit: int, saved_steps: Iterable[int], *, tensor: bool
) -> list[Row]:
    def make(optimizer: torch.optim.Optimizer, horizon: int, **options: object) -> Scheduler:
        return Scheduler(optimizer, schedule, horizon=horizon, **options)

    rows: list[Row] = []
    straight = {}
    for horizon in (HORIZON * unit, 2 * HORIZON * unit):
        optimizer = new_optimizer(tensor)
        straight[horizon] = run(optimizer, make(optimizer, horizon), horizon + 1)
    checkpoints = saved_at(make, HORIZON * unit, [unit * k for k in saved_steps], tensor)
    for steps, saved in checkpoints.items():
        for order, parts in ORDERS.items():
            for horizon, expected in straight.items():
                for on_change in ("raise", "adopt"):
                    row: Row = {
                        "implementation": "lehr",
                        "recipe": name,
                        "lr": "tensor" if tensor else "number",
                        "order": order,
                        "horizon": "same" if horizon == HORIZON * unit else "twice",
                        "on_change": on_change,
                    }
                    try:
                        found = run(
                            *resume(
                                lambda o, h, w=on_change: make(o, h, on_change=w),
                                saved,
                                parts,
                                horizon,
                                tensor,
                            ),
                            horizon + 1 - steps,
                        )
                    except StateError:
                        rows.append({**row, "outcome": "error", "off_by": "", "later": ""})
                        continue
                    ratio = worst(found, expected[steps:])
                    later = worst(found[1:], expected[steps + 1 :])
                    outcome = "right" if found == expected[steps:] else "wrong"
                    rows.append({**row, "outcome": outcome, "off_by": ratio, "later": later})
    return rows


def torch_rows() -> list[Row]:
    rows: list[Row] = []
    for name, make in SCHEDULERS.items():
        for horizon in (HORIZON, 2 * HORIZON) if name in WITH_A_HORIZON else (HORIZON,):
            optimizer = new_optimizer(tensor=False)
            expected = run(optimizer, make(optimizer, horizon), horizon)
            for steps, saved in saved_at(make, HORIZON, SOME_STEPS, tensor=False).items():
                for order, parts in ORDERS.items():
                    row: Row = {
                        "implementation": "torch",
                        "recipe": name,
                        "lr": "number",
                        "order": order,
                        "horizon": "same" if horizon == HORIZON else "twice",
                        "on_change": "",
                    }
                    try:
                        resumed = resume(make, saved, parts, horizon, tensor=False)
                        found = run(*resumed, horizon - steps)
                        ratio = worst(found, expected[steps:])
                        later = worst(found[1:], expected[steps + 1 :])
                    except (ValueError, TypeError, KeyError, ZeroDivisionError) as error:
                        kind = type(error).__name__
                        rows.append({**row, "outcome": "error", "off_by": kind, "later": ""})
                        continue
                    outcome = "right" if ratio <= 1 + 1e-9 else "wrong"
                    rows.append({**row, "outcome": outcome, "off_by": ratio, "later": later})
    return counted(rows)


def counted(rows: list[Row]) -> list[Row]:
    """Count what became of each recipe, per kind of lr, load order, horizon and `on_change`."""
    names = ("implementation", "recipe", "lr", "order", "horizon", "on_change")
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    found = []
    for key, cells in groups.items():
        outcomes = Counter(row["outcome"] for row in cells)
        wrong = [row for row in cells if row["outcome"] == "wrong"]
        found.append(
            {
                **dict(zip(names, key, strict=True)),
                "cases": len(cells),
                **{outcome: outcomes[outcome] for outcome in COUNTS[1:]},
                "off_by": max((float(str(row["off_by"])) for row in wrong), default=1.0),
                "later": max((float(str(row["later"])) for row in wrong), default=1.0),
            }
        )
    return found


def summarise(rows: list[Row]) -> list[Row]:
    """Count the outcomes, and how many recipes are wrong at one step at least."""
    keys = list(
        dict.fromkeys(
            (row["implementation"], row["horizon"], row["on_change"], row["order"]) for row in rows
        )
    )
    found = []
    for key in keys:
        cells = [
            row
            for row in rows
            if (row["implementation"], row["horizon"], row["on_change"], row["order"]) == key
        ]
        total = {k: sum(int(str(row[k])) for row in cells) for k in COUNTS}
        wrong = [row for row in cells if row["wrong"]]
        later = [row for row in wrong if float(str(row["later"])) > 1 + 1e-9]
        found.append(
            {
                **dict(zip(("implementation", "horizon", "on_change", "order"), key, strict=True)),
                **total,
                "recipes": len({row["recipe"] for row in cells}),
                "recipes_wrong": len({row["recipe"] for row in wrong}),
                "recipes_wrong_later": len({row["recipe"] for row in later}),
                "off_by_up_to": max((float(str(row["off_by"])) for row in wrong), default=1.0),
            }
        )
    return found


def write(name: str, rows: list[Row]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    torch.set_num_threads(1)
    with ProcessPoolExecutor(initializer=torch.set_num_threads, initargs=(1,)) as workers:
        ours = workers.map(lehr_rows, catalog.RECIPES)
        theirs = torch_rows()
        rows = [row for rows in [*ours, theirs] for row in rows]
    summary = summarise(rows)
    write("rows.csv", rows)
    write("summary.csv", summary)
    environment = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": platform.machine(),
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")
    for row in summary:
        print(*row.values(), sep=" | ")
    if any(row["wrong"] for row in rows if row["implementation"] == "lehr"):
        raise SystemExit("a resumed run of lehr has a wrong lr")


if __name__ == "__main__":
    main()
