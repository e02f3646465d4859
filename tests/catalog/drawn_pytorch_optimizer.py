"""Drawn configurations of pytorch_optimizer's schedulers, beside the library itself."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
from drawn import (
    Arguments,
    Drawn,
    Native,
    after,
    count,
    inner,
    lr,
    no_quirk,
    share,
    some,
)
from drawn_torch import CHAINABLE, stepped

from lehr.catalog import ports
from lehr.catalog.ports import Library, Port


def kozistr_run(name: str) -> Native:
    """Step pytorch_optimizer's scheduler."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        import pytorch_optimizer
        import torch

        own = {k: v for k, v in arguments.items() if k != "base_lr"}
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([weight], lr=arguments.get("base_lr", 0.1))
        build = getattr(pytorch_optimizer.lr_scheduler, name)
        return stepped(optimizer, lambda: build(optimizer, **own), steps)

    return native


def proportion(arguments: Arguments, steps: int) -> np.ndarray:
    """Step pytorch_optimizer's ProportionScheduler after a torch scheduler."""
    import pytorch_optimizer
    import torch

    name, own = arguments["member"]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=arguments["base_lr"])
    followed = getattr(torch.optim.lr_scheduler, name)(optimizer, **own)
    others = {k: v for k, v in arguments.items() if k not in ("member", "base_lr")}
    scheduler = pytorch_optimizer.ProportionScheduler(followed, **others)
    values: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's about step order: no optimizer steps here
        for _ in range(steps):
            values.append(scheduler.get_lr())
            followed.step()
            scheduler.step()
    return np.array(values)


class _Proportion(Library):
    """The port of a proportion that is drawn with what it follows."""

    def __call__(self, scheduler: str, /, **arguments: Any) -> Port:
        name, own = arguments.pop("member")
        followed = ports.torch(name, base_lr=arguments.pop("base_lr"), **own)
        return ports.pytorch_optimizer(scheduler, lr_scheduler=followed, **arguments)


def _proportion(rng: random.Random) -> Arguments:
    base = lr(rng)
    name = rng.choice(["StepLR", "ExponentialLR", "PolynomialLR", "LinearLR"])
    values = {"max_value": rng.uniform(1, 3), "min_value": rng.uniform(0, 1)}
    return {
        "base_lr": base,
        "member": (name, CHAINABLE[name](rng)),
        "max_lr": base * rng.choice([1.0, 2.0]),
        **some(rng, values if rng.random() < 0.8 else {}),
    }


def _warmed(rng: random.Random) -> Arguments:
    steps, peak = count(rng, 1, 60), lr(rng)
    optional = {
        "min_lr": peak * share(rng),
        "init_lr": rng.choice([0.0, lr(rng) * 0.1]),
        "warmup_steps": rng.choice([0, 1, rng.randint(0, steps)]) if steps else 0,
    }
    return {"t_max": steps, "max_lr": peak, **some(rng, optional)}


def _past(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    return {"past-t-max": after(arguments["t_max"] + 1, steps)}


def _warm_restarts(rng: random.Random) -> Arguments:
    warm = rng.choice([0, 0, 1, rng.randint(0, 8)])
    optional = {
        "cycle_mult": rng.choice([1.0, 2.0, 1.5, 0.5, rng.uniform(1.3, 3)]),
        "max_lr": lr(rng) + 1e-4,
        "min_lr": rng.choice([0.0, 1e-4, 1e-6]),
        "gamma": rng.choice([1.0, inner(rng)]),
    }
    return {
        "first_cycle_steps": warm + count(rng, 1, 20),
        "warmup_steps": warm,
        **some(rng, optional),
    }


def _wsd2(rng: random.Random) -> Arguments:
    optional = {
        "min_lr_ratio": share(rng),
        "num_cycles": rng.choice([0.5, rng.uniform(0.1, 3)]),
        "cooldown_type": rng.choice(["cosine", "1-sqrt", "linear", "1-square"]),
    }
    return {
        "base_lr": lr(rng),
        "num_warmup_steps": count(rng, 0, 20),
        "num_stable_steps": count(rng, 0, 20),
        "num_decay_steps": count(rng, 0, 30),
        **some(rng, optional),
    }


PYTORCH_OPTIMIZER = tuple(
    Drawn(library=library, name=name, draw=draw, native=native, quirks=quirks)
    for library, name, draw, native, quirks in (
        (
            ports.pytorch_optimizer,
            "LinearScheduler",
            _warmed,
            kozistr_run("LinearScheduler"),
            _past,
        ),
        (
            ports.pytorch_optimizer,
            "CosineScheduler",
            _warmed,
            kozistr_run("CosineScheduler"),
            _past,
        ),
        (
            ports.pytorch_optimizer,
            "PolyScheduler",
            lambda r: _warmed(r) | some(r, {"poly_order": r.uniform(0.2, 2)}),
            kozistr_run("PolyScheduler"),
            no_quirk,
        ),
        (
            ports.pytorch_optimizer,
            "REXScheduler",
            lambda r: (
                {"total_steps": count(r, 2, 60)}
                | some(r, {"max_lr": lr(r), "min_lr": 1e-4 * share(r)})
            ),
            kozistr_run("REXScheduler"),
            no_quirk,
        ),
        (
            ports.pytorch_optimizer,
            "CosineAnnealingWarmupRestarts",
            _warm_restarts,
            kozistr_run("CosineAnnealingWarmupRestarts"),
            no_quirk,
        ),
        (
            ports.pytorch_optimizer,
            "get_chebyshev_schedule",
            lambda r: (
                {"base_lr": lr(r), "num_epochs": count(r, 1, 70)}
                | some(r, {"is_warmup": r.random() < 0.2})
            ),
            kozistr_run("get_chebyshev_schedule"),
            no_quirk,
        ),
        (
            ports.pytorch_optimizer,
            "get_wsd_schedule",
            _wsd2,
            kozistr_run("get_wsd_schedule"),
            no_quirk,
        ),
        (
            _Proportion(name="pytorch_optimizer", builders={}, refused={}),
            "ProportionScheduler",
            _proportion,
            proportion,
            no_quirk,
        ),
    )
)
