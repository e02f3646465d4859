"""Drawn configurations of Optax's schedulers, beside the library itself."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from drawn import (
    Arguments,
    Draw,
    Drawn,
    Native,
    count,
    inner,
    lr,
    no_quirk,
    share,
    some,
)

from lehr.catalog import ports
from lehr.catalog.ports import Library, Port


def optax_run(name: str) -> Native:
    """Evaluate Optax's schedule in double precision."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        import jax
        import optax

        with jax.enable_x64(True):
            schedule = _optax_schedule(optax, name, arguments)
            at = jax.numpy.arange(steps)
            value = schedule(at) if name not in _SCALAR else jax.vmap(schedule)(at)
            return np.broadcast_to(np.asarray(value, np.float64), (steps,))

    return native


_SCALAR = (
    "piecewise_interpolate_schedule",
    "linear_onecycle_schedule",
    "cosine_onecycle_schedule",
)


def _optax_schedule(optax: Any, name: str, arguments: Arguments) -> Any:
    if name != "join_schedules":
        return getattr(optax, name)(**arguments)
    parts = [getattr(optax, part)(**own) for part, own in arguments["members"]]
    return optax.join_schedules(parts, arguments["boundaries"])


class _Joined(Library):
    """Optax's join of what was drawn."""

    def __call__(self, scheduler: str, /, **arguments: Any) -> Port:
        parts = [ports.optax(name, **own) for name, own in arguments["members"]]
        return ports.optax(scheduler, schedules=parts, boundaries=arguments["boundaries"])


def _two(rng: random.Random) -> Arguments:
    return {"init_value": rng.choice([0.0, lr(rng)]), "end_value": rng.choice([lr(rng), lr(rng)])}


def _exponential(rng: random.Random, first: str) -> Arguments:
    optional = {
        "transition_begin": count(rng, 0, 20),
        "staircase": rng.random() < 0.5,
        "end_value": rng.choice([None, lr(rng) * 0.1, lr(rng)]),
    }
    return {
        first: lr(rng),
        "transition_steps": count(rng, 0),
        "decay_rate": rng.choice([0.0, inner(rng), 1.2]),
        **some(rng, optional),
    }


def _scales(rng: random.Random) -> Arguments:
    marks = rng.sample(range(70), rng.choice([0, 3, 3]))
    scales = {mark: rng.choice([0.0 if mark else 1.0, 1.0, inner(rng), 2.0]) for mark in marks}
    return {
        "init_value": lr(rng),
        **some(rng, {"boundaries_and_scales": rng.choice([None, scales, scales])}),
    }


def _warm_cosine(rng: random.Random) -> Arguments:
    warm = count(rng, 0, 20)
    peak = lr(rng)
    return {
        "init_value": rng.choice([0.0, lr(rng)]),
        "peak_value": peak,
        "warmup_steps": warm,
        "decay_steps": warm + count(rng, 1, 40),
        **some(rng, {"end_value": peak * share(rng), "exponent": rng.choice([1.0, 2.0, 0.7])}),
    }


def _onecycle(rng: random.Random, *, final: bool) -> Arguments:
    first, last = sorted([share(rng), share(rng)])
    optional = {
        "pct_start": first if final else share(rng),
        "div_factor": rng.choice([25.0, 1.0, rng.uniform(1, 50)]),
        "final_div_factor": rng.choice([1e4, 1.0, rng.uniform(1, 1e5)]),
    }
    optional |= {"pct_final": last} if final else {}
    drawn = some(rng, optional)
    if final and ("pct_start" in drawn) != ("pct_final" in drawn):
        drawn |= {"pct_start": first, "pct_final": last}
    return {"transition_steps": count(rng, 1, 70), "peak_value": lr(rng), **drawn}


def _onecycle_quirks(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    n = arguments["transition_steps"]
    marks = [int(arguments.get("pct_start", 0.3) * n), n]
    return {"onecycle-collapse": np.full(steps, len(set(marks)) < 2)}


def _linear_onecycle_quirks(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    n = arguments["transition_steps"]
    marks = [int(arguments.get(k, d) * n) for k, d in (("pct_start", 0.3), ("pct_final", 0.85))]
    return {"onecycle-collapse": np.full(steps, len({*marks, n}) < 3)}


def _joined(rng: random.Random) -> Arguments:
    pool: dict[str, Draw] = {
        "constant_schedule": lambda r: {"value": lr(r)},
        "exponential_decay": lambda r: _exponential(r, "init_value"),
        "warmup_cosine_decay_schedule": _warm_cosine,
        "piecewise_constant_schedule": _scales,
        "linear_schedule": lambda r: {**_two(r), "transition_steps": count(r)},
    }
    names = rng.choices(list(pool), k=rng.randint(1, 4))
    marks = sorted(rng.sample(range(1, 60), len(names) - 1))
    return {"members": [(name, pool[name](rng)) for name in names], "boundaries": marks}


OPTAX = tuple(
    Drawn(
        library=_Joined(name="optax", builders={}, refused={})
        if name == "join_schedules"
        else ports.optax,
        name=name,
        draw=draw,
        native=optax_run(name),
        quirks=quirks,
    )
    for name, draw, quirks in (
        ("constant_schedule", lambda r: {"value": lr(r)}, no_quirk),
        (
            "polynomial_schedule",
            lambda r: {
                **_two(r),
                "power": r.choice([1.0, 2.0, r.uniform(0.2, 4)]),
                "transition_steps": count(r),
                **some(r, {"transition_begin": count(r, 0, 20)}),
            },
            no_quirk,
        ),
        (
            "linear_schedule",
            lambda r: {
                **_two(r),
                "transition_steps": count(r),
                **some(r, {"transition_begin": count(r, 0, 20)}),
            },
            no_quirk,
        ),
        ("exponential_decay", lambda r: _exponential(r, "init_value"), no_quirk),
        (
            "cosine_decay_schedule",
            lambda r: {
                "init_value": lr(r),
                "decay_steps": count(r),
                **some(r, {"alpha": share(r), "exponent": r.choice([1.0, 2.0, 0.5])}),
            },
            no_quirk,
        ),
        ("piecewise_constant_schedule", _scales, no_quirk),
        (
            "piecewise_interpolate_schedule",
            lambda r: {"interpolate_type": r.choice(["linear", "cosine"]), **_scales(r)},
            no_quirk,
        ),
        ("linear_onecycle_schedule", lambda r: _onecycle(r, final=True), _linear_onecycle_quirks),
        ("cosine_onecycle_schedule", lambda r: _onecycle(r, final=False), _onecycle_quirks),
        (
            "warmup_constant_schedule",
            lambda r: {
                "init_value": r.choice([0.0, lr(r)]),
                "peak_value": lr(r),
                "warmup_steps": count(r),
            },
            no_quirk,
        ),
        ("warmup_cosine_decay_schedule", _warm_cosine, no_quirk),
        (
            "warmup_exponential_decay_schedule",
            lambda r: {
                "init_value": r.choice([0.0, lr(r)]),
                "warmup_steps": count(r, 0, 20),
                **_exponential(r, "peak_value"),
            },
            no_quirk,
        ),
        (
            "sgdr_schedule",
            lambda r: {"cosine_kwargs": [_warm_cosine(r) for _ in range(r.randint(1, 4))]},
            no_quirk,
        ),
        ("join_schedules", _joined, no_quirk),
    )
)
