"""Drawn configurations of Transformers's schedulers, beside the library itself."""

from __future__ import annotations

import random

import numpy as np
from drawn import (
    Arguments,
    Drawn,
    Native,
    after,
    count,
    lr,
    no_quirk,
    share,
    some,
)

from lehr.catalog import ports


def transformers_run(name: str) -> Native:
    """Call the function that Hugging Face's scheduler multiplies the lr with."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        import torch
        from transformers import optimization

        own = {k: v for k, v in arguments.items() if k != "base_lr"}
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=arguments["base_lr"])
        build = optimization.TYPE_TO_SCHEDULER_FUNCTION[optimization.SchedulerType(name)]
        function = build(optimizer, **own).lr_lambdas[0]
        values: list[float] = []
        for step in range(steps):
            try:
                values.append(arguments["base_lr"] * function(step))
            except ZeroDivisionError:
                values.append(np.nan)
        return np.array(values)

    return native


def _spans(rng: random.Random, *, longer: bool = True) -> Arguments:
    warm = rng.choice([0, 1, 2, rng.randint(0, 30), rng.randint(0, 30)])
    total = rng.randint(1, 70) if longer else warm + rng.randint(1, 50)
    return {"num_warmup_steps": warm, "num_training_steps": total}


def _hf(rng: random.Random, **others: object) -> Arguments:
    return {"base_lr": lr(rng), **_spans(rng), **others}


def _floor(rng: random.Random) -> Arguments:
    return rng.choice([{"min_lr": lr(rng) * share(rng)}, {"min_lr_rate": share(rng)}])


def _rises(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    total, warm = arguments["num_training_steps"], arguments["num_warmup_steps"]
    return {"cosine-rises": after(max(total, warm + 1), steps)}


def _polynomial_quirks(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    total, warm = arguments["num_training_steps"], arguments["num_warmup_steps"]
    return {"polynomial-zero-division": (np.arange(steps) == total) & (total == warm)}


def _restart_quirks(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    """Mark steps at which N·x is whole, but not in floating point as Hugging Face computes it."""
    total, warm = arguments["num_training_steps"], arguments["num_warmup_steps"]
    cycles = arguments.get("num_cycles", 1)
    mask = np.zeros(steps, bool)
    for step in range(warm, min(steps, total)):
        whole = (cycles * (step - warm)) % (total - warm) == 0
        mask[step] = whole and (cycles * ((step - warm) / (total - warm))) % 1.0 != 0
    return {"restart-rounding": mask}


def _wsd(rng: random.Random) -> Arguments:
    warm, decay, stable = count(rng, 0, 20), count(rng, 0, 30), count(rng, 0, 30)
    length = {"num_stable_steps": stable}
    if rng.random() < 0.5:
        length = {"num_training_steps": warm + decay + stable}
    shapes = ["linear", "cosine", "1-sqrt"]
    optional = {
        "warmup_type": rng.choice(shapes),
        "decay_type": rng.choice(shapes),
        "min_lr_ratio": share(rng),
        "num_cycles": rng.choice([0.5, 1.0, rng.uniform(0.1, 3)]),
    }
    return {
        "base_lr": lr(rng),
        "num_warmup_steps": warm,
        "num_decay_steps": decay,
        **length,
        **some(rng, optional),
    }


def _cycles(rng: random.Random) -> Arguments:
    return some(rng, {"num_cycles": rng.choice([0.5, 1.0, 2.5, rng.uniform(0.1, 4)])})


TRANSFORMERS = tuple(
    Drawn(
        library=ports.transformers,
        name=name,
        draw=draw,
        native=transformers_run(name),
        quirks=quirks,
    )
    for name, draw, quirks in (
        ("constant", lambda r: {"base_lr": lr(r)}, no_quirk),
        (
            "constant_with_warmup",
            lambda r: {"base_lr": lr(r), "num_warmup_steps": count(r, 0)},
            no_quirk,
        ),
        ("linear", _hf, no_quirk),
        ("cosine", lambda r: _hf(r, **_cycles(r)), _rises),
        (
            "cosine_with_restarts",
            lambda r: _hf(r, **some(r, {"num_cycles": r.randint(1, 9)})),
            _restart_quirks,
        ),
        (
            "polynomial",
            lambda r: _hf(r) | some(r, {"lr_end": 1e-7 * r.random(), "power": r.uniform(0.2, 4)}),
            _polynomial_quirks,
        ),
        (
            "inverse_sqrt",
            lambda r: {
                "base_lr": lr(r),
                "num_warmup_steps": count(r, 0),
                **some(r, {"timescale": r.choice([None, count(r, 1, 300)])}),
            },
            no_quirk,
        ),
        ("cosine_with_min_lr", lambda r: _hf(r, **_cycles(r), **_floor(r)), _rises),
        (
            "cosine_warmup_with_min_lr",
            lambda r: {
                "base_lr": lr(r),
                **_spans(r, longer=False),
                **_cycles(r),
                **_floor(r),
                **some(r, {"warmup_lr_rate": r.choice([None, share(r)])}),
            },
            lambda a, n: {"cosine-rises": after(a["num_training_steps"] - 1, n)},
        ),
        ("warmup_stable_decay", _wsd, no_quirk),
    )
)
