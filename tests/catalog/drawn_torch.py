"""Drawn configurations of PyTorch's schedulers, beside the library itself."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from drawn import (
    Arguments,
    Draw,
    Drawn,
    Native,
    after,
    count,
    inner,
    lr,
    share,
    some,
)

from lehr.catalog import ports
from lehr.catalog.ports import Library, Port


def torch_run(name: str, *, keeps_base: bool = True) -> Native:
    """Step torch's own scheduler."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        import torch

        own = {k: v for k, v in arguments.items() if k != "base_lr" or not keeps_base}
        optimizer = torch.optim.SGD(
            [torch.nn.Parameter(torch.zeros(1))], lr=arguments.get("base_lr", 0.1), momentum=0.9
        )
        build = getattr(torch.optim.lr_scheduler, name)
        return stepped(optimizer, lambda: build(optimizer, **own), steps)

    return native


def stepped(optimizer: Any, build: Callable[[], Any], steps: int) -> np.ndarray:
    lrs: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's about step order: no optimizer steps here
        try:
            scheduler = build()
            for _ in range(steps):
                lrs.append(optimizer.param_groups[0]["lr"])
                scheduler.step()
        except (ValueError, ZeroDivisionError):
            pass  # past the end of OneCycleLR, and the divisions by zero among the quirks
    return np.array(lrs + [np.nan] * (steps - len(lrs)))


def torch_composite(name: str) -> Native:
    """Step torch's own composite of schedulers that are drawn as (name, arguments)."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        import torch

        lrs = torch.optim.lr_scheduler
        base = arguments["base_lr"]
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base, momentum=0.9)

        def build() -> Any:
            parts = [getattr(lrs, part)(optimizer, **own) for part, own in arguments["members"]]
            own = {"milestones": arguments["milestones"]} if "milestones" in arguments else {}
            return (
                getattr(lrs, name)(optimizer, parts, **own) if own else lrs.ChainedScheduler(parts)
            )

        return stepped(optimizer, build, steps)

    return native


def _composite(arguments: Arguments) -> Arguments:
    base = arguments["base_lr"]
    made = {
        "schedulers": [ports.torch(name, base_lr=base, **own) for name, own in arguments["members"]]
    }
    return made | ({"milestones": arguments["milestones"]} if "milestones" in arguments else {})


class _Members(Library):
    """A library whose composite takes what was drawn."""

    def __call__(self, scheduler: str, /, **arguments: object) -> Port:
        return ports.torch(scheduler, **_composite(arguments))


CHAINABLE: dict[str, Draw] = {
    "StepLR": lambda r: {"step_size": count(r, 1, 9), "gamma": inner(r)},
    "MultiStepLR": lambda r: {"milestones": sorted(r.sample(range(1, 40), 3)), "gamma": inner(r)},
    "ConstantLR": lambda r: {"factor": inner(r), "total_iters": count(r, 1, 20)},
    "LinearLR": lambda r: {"start_factor": inner(r), "total_iters": count(r, 1, 20)},
    "ExponentialLR": lambda r: {"gamma": r.uniform(0.9, 1.05)},
    "PolynomialLR": lambda r: {"total_iters": count(r, 5, 60), "power": r.uniform(0.5, 3)},
}


def _sequential(rng: random.Random) -> Arguments:
    pool: dict[str, Draw] = {
        **CHAINABLE,
        "CosineAnnealingLR": lambda r: {"T_max": count(r, 2, 60)},
        "CosineAnnealingWarmRestarts": lambda r: {"T_0": count(r, 2, 20), "T_mult": 2},
    }
    names = rng.choices(list(pool), k=rng.randint(1, 4))
    marks = sorted(rng.sample(range(1, 60), len(names) - 1))
    members = [(name, pool[name](rng)) for name in names]
    return {"base_lr": lr(rng), "members": members, "milestones": marks}


def _chained(rng: random.Random) -> Arguments:
    names = rng.choices(list(CHAINABLE), k=rng.randint(1, 3))
    return {"base_lr": lr(rng), "members": [(name, CHAINABLE[name](rng)) for name in names]}


def _one_cycle(rng: random.Random) -> Arguments:
    steps = count(rng, 1, 80)
    length = {"total_steps": steps}
    if rng.random() < 0.2:
        length = {"epochs": rng.randint(1, 8), "steps_per_epoch": rng.randint(1, 8)}
    optional = {
        "pct_start": share(rng),
        "anneal_strategy": rng.choice(["cos", "linear"]),
        "div_factor": rng.choice([25.0, 1.0, rng.uniform(1, 100)]),
        "final_div_factor": rng.choice([1e4, 1.0, rng.uniform(1, 1e5)]),
        "three_phase": rng.random() < 0.5,
    }
    return {"base_lr": lr(rng), "max_lr": lr(rng), **length, **some(rng, optional)}


def _one_cycle_quirks(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    total = arguments.get("total_steps") or arguments["epochs"] * arguments["steps_per_epoch"]
    pct, three = arguments.get("pct_start", 0.3), arguments.get("three_phase", False)
    divides = float(pct * total) == 1 or (three and 2 * pct * total - 2 == pct * total - 1)
    everything = np.full(steps, divides)
    return {"one-cycle-zero-division": everything, "one-cycle-past-end": after(total - 1, steps)}


def _cyclic(rng: random.Random) -> Arguments:
    low, high = sorted([lr(rng), lr(rng)])
    optional = {
        "step_size_down": rng.choice([None, 0, count(rng, 1, 30)]),
        "mode": rng.choice(["triangular", "triangular2", "exp_range"]),
        "gamma": rng.choice([1.0, rng.uniform(0.9, 1.02)]),
    }
    return {
        "base_lr": rng.choice([0.0, low]),
        "max_lr": high,
        "step_size_up": count(rng, 1, 30),
        **some(rng, optional),
    }


TORCH = (
    Drawn(
        library=ports.torch,
        name="StepLR",
        draw=lambda r: {
            "base_lr": lr(r),
            "step_size": count(r),
            **some(r, {"gamma": r.choice([0.0, 1.0, inner(r), 1.1])}),
        },
        native=torch_run("StepLR"),
        tolerance=1e-10,
    ),
    Drawn(
        library=ports.torch,
        name="MultiStepLR",
        draw=lambda r: {
            "base_lr": lr(r),
            "milestones": r.choices(range(50), k=r.randint(1, 6)),
            **some(r, {"gamma": r.choice([0.0, 1.0, inner(r)])}),
        },
        native=torch_run("MultiStepLR"),
        tolerance=1e-10,
    ),
    Drawn(
        library=ports.torch,
        name="ConstantLR",
        draw=lambda r: {
            "base_lr": lr(r),
            **some(r, {"factor": share(r), "total_iters": count(r, 0)}),
        },
        native=torch_run("ConstantLR"),
        quirks=lambda a, n: {
            "constant-zero": np.full(n, a.get("total_iters") == 0 or a.get("factor") == 0)
        },
    ),
    Drawn(
        library=ports.torch,
        name="LinearLR",
        draw=lambda r: {
            "base_lr": lr(r),
            **some(
                r,
                {
                    "start_factor": 1 - 0.99 * share(r),
                    "end_factor": share(r),
                    "total_iters": count(r, 0),
                },
            ),
        },
        native=torch_run("LinearLR"),
        quirks=lambda a, n: {"linear-zero": np.full(n, a.get("total_iters") == 0)},
        tolerance=1e-10,
    ),
    Drawn(
        library=ports.torch,
        name="ExponentialLR",
        draw=lambda r: {"base_lr": lr(r), "gamma": r.choice([0.0, 1.0, r.uniform(0.8, 1.1)])},
        native=torch_run("ExponentialLR"),
        tolerance=1e-10,
    ),
    Drawn(
        library=ports.torch,
        name="PolynomialLR",
        draw=lambda r: {
            "base_lr": lr(r),
            **some(r, {"total_iters": count(r), "power": r.choice([0.0, 1.0, r.uniform(0.1, 4)])}),
        },
        native=torch_run("PolynomialLR"),
        tolerance=1e-10,
    ),
    Drawn(
        library=ports.torch,
        name="CosineAnnealingLR",
        draw=lambda r: {
            "base_lr": lr(r),
            "T_max": count(r),
            **some(r, {"eta_min": r.choice([0.0, lr(r)])}),
        },
        native=torch_run("CosineAnnealingLR"),
        quirks=lambda a, n: {"cosine-stuck": np.full(n, a["T_max"] == 1)},
        tolerance=1e-10,
    ),
    Drawn(
        library=ports.torch,
        name="CosineAnnealingWarmRestarts",
        draw=lambda r: {
            "base_lr": lr(r),
            "T_0": count(r, 1, 20),
            **some(r, {"T_mult": r.randint(1, 3), "eta_min": r.choice([0.0, lr(r)])}),
        },
        native=torch_run("CosineAnnealingWarmRestarts"),
    ),
    Drawn(
        library=ports.torch,
        name="CyclicLR",
        draw=_cyclic,
        native=torch_run("CyclicLR", keeps_base=False),
    ),
    Drawn(
        library=ports.torch,
        name="OneCycleLR",
        draw=_one_cycle,
        native=torch_run("OneCycleLR"),
        quirks=_one_cycle_quirks,
    ),
    Drawn(
        library=_Members(name="torch", builders={}, refused={}),
        name="SequentialLR",
        draw=_sequential,
        native=torch_composite("SequentialLR"),
        tolerance=1e-10,
    ),
    Drawn(
        library=_Members(name="torch", builders={}, refused={}),
        name="ChainedScheduler",
        draw=_chained,
        native=torch_composite("ChainedScheduler"),
        tolerance=1e-10,
    ),
)
