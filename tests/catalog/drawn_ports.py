"""Configurations of other libraries' schedulers, drawn at random, with what the libraries do.

Used by `test_ports_parity.py` and by `evidence/ports_parity/measure.py`.
"""

from __future__ import annotations

import math
import os
import random
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lehr.catalog import ports
from lehr.catalog.ports import Library, Port

Arguments = dict[str, Any]
Draw = Callable[[random.Random], Arguments]
Native = Callable[[Arguments, int], np.ndarray]
Excluded = Callable[[Arguments, int], "dict[str, np.ndarray]"]
STEPS = 90


def no_quirk(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    """Exclude no step."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One scheduler of one library.

    Attributes:
        library: the port's library.
        name: the library's name of the scheduler.
        draw: valid arguments of the port, edge cases among them.
        native: arguments, number of steps -> the library's lrs of the steps 0, 1, ….
        quirks: arguments, number of steps -> key of a Quirk -> the steps it spoils.
        tolerance: of the largest difference, relative to the peak.
        reference: what `native` is: the library itself, or a reference of its formula.
    """

    library: Library
    name: str
    draw: Draw
    native: Native
    quirks: Excluded = no_quirk
    tolerance: float = 1e-12
    reference: str = "native"
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What comparing one configuration gave, relative to the largest lr, and steps left out."""

    largest: float
    compared: int
    excluded: dict[str, int]
    port: Port


def compare(drawn: Drawn, arguments: Arguments, steps: int = STEPS) -> Difference:
    """Compare the port with the library at every step."""
    port = drawn.library(drawn.name, **arguments)
    native = drawn.native(arguments, steps)
    ours = port.lr(np.arange(len(native)))
    spoiled = np.zeros(len(native), bool)
    excluded: dict[str, int] = {}
    for key, mask in drawn.quirks(arguments, len(native)).items():
        spoiled |= mask
        if mask.any():
            excluded[key] = int(mask.sum())
    kept = ~spoiled
    assert np.isfinite(native[kept]).all(), (drawn.name, arguments)
    peak = max(port.peak_lr, float(native[kept].max(initial=0)))
    largest = float(np.abs(ours - native)[kept].max(initial=0)) / peak
    return Difference(largest, int(kept.sum()), excluded, port)


# What configurations are drawn from


def lr(rng: random.Random) -> float:
    """A learning rate, three decades wide, sometimes round."""
    return rng.choice([0.1, 1e-3, 3e-4, 10 ** rng.uniform(-4, 0), 10 ** rng.uniform(-4, 0)])


def count(rng: random.Random, low: int = 1, high: int = 40) -> int:
    """A number of steps, often at its least."""
    return rng.choice([low, low + 1, rng.randint(low, high), rng.randint(low, high)])


def share(rng: random.Random) -> float:
    """A number from 0 to 1, ends included."""
    return rng.choice([0.0, 1.0, 0.1, 0.5, rng.random(), rng.random()])


def inner(rng: random.Random) -> float:
    """A number above 0 and below 1."""
    return rng.choice([0.1, 0.5, 0.9, rng.uniform(0.01, 0.99)])


def some(rng: random.Random, arguments: Arguments) -> Arguments:
    """Leave out each argument in turn with probability ¼, so that defaults are used too."""
    return {name: value for name, value in arguments.items() if rng.random() < 0.75}


def after(step: int, steps: int) -> np.ndarray:
    """Mark the steps after `step`."""
    return np.arange(steps) > step


# torch


def torch_run(name: str, *, keeps_base: bool = True) -> Native:
    """Step torch's own scheduler."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        import torch

        own = {k: v for k, v in arguments.items() if k != "base_lr" or not keeps_base}
        optimizer = torch.optim.SGD(
            [torch.nn.Parameter(torch.zeros(1))], lr=arguments.get("base_lr", 0.1), momentum=0.9
        )
        build = getattr(torch.optim.lr_scheduler, name)
        return _stepped(optimizer, lambda: build(optimizer, **own), steps)

    return native


def _stepped(optimizer: Any, build: Callable[[], Any], steps: int) -> np.ndarray:
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

        return _stepped(optimizer, build, steps)

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


_CHAINABLE: dict[str, Draw] = {
    "StepLR": lambda r: {"step_size": count(r, 1, 9), "gamma": inner(r)},
    "MultiStepLR": lambda r: {"milestones": sorted(r.sample(range(1, 40), 3)), "gamma": inner(r)},
    "ConstantLR": lambda r: {"factor": inner(r), "total_iters": count(r, 1, 20)},
    "LinearLR": lambda r: {"start_factor": inner(r), "total_iters": count(r, 1, 20)},
    "ExponentialLR": lambda r: {"gamma": r.uniform(0.9, 1.05)},
    "PolynomialLR": lambda r: {"total_iters": count(r, 5, 60), "power": r.uniform(0.5, 3)},
}


def _sequential(rng: random.Random) -> Arguments:
    pool: dict[str, Draw] = {
        **_CHAINABLE,
        "CosineAnnealingLR": lambda r: {"T_max": count(r, 2, 60)},
        "CosineAnnealingWarmRestarts": lambda r: {"T_0": count(r, 2, 20), "T_mult": 2},
    }
    names = rng.choices(list(pool), k=rng.randint(1, 4))
    marks = sorted(rng.sample(range(1, 60), len(names) - 1))
    members = [(name, pool[name](rng)) for name in names]
    return {"base_lr": lr(rng), "members": members, "milestones": marks}


def _chained(rng: random.Random) -> Arguments:
    names = rng.choices(list(_CHAINABLE), k=rng.randint(1, 3))
    return {"base_lr": lr(rng), "members": [(name, _CHAINABLE[name](rng)) for name in names]}


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

# transformers


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

# optax


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

# keras


def keras_run(name: str) -> Native:
    """Call Keras' schedule, in double precision."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__ implementation")  # numpy 2's, in Keras
            return _keras_values(name, arguments, steps)

    return native


def _keras_values(name: str, arguments: Arguments, steps: int) -> np.ndarray:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    usual = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        schedule = getattr(keras.optimizers.schedules, name)(**_doubled(keras, arguments))
        if "warmup_target" in arguments or "values" in arguments:
            values = [float(keras.ops.convert_to_numpy(schedule(t))) for t in range(steps)]
            return np.array(values)
        at = keras.ops.convert_to_tensor(np.arange(steps, dtype=np.float64))
        return np.asarray(keras.ops.convert_to_numpy(schedule(at)), np.float64)
    finally:
        keras.config.set_floatx(usual)


def _doubled(keras: Any, arguments: Arguments) -> Arguments:
    """Give Keras double-precision tensors: it would round Python numbers to single precision."""

    def double(value: float) -> Any:
        return keras.ops.convert_to_tensor(np.array(value, np.float64))

    return {
        name: double(value)
        if isinstance(value, float)
        else [double(item) for item in value]
        if name == "values"
        else value
        for name, value in arguments.items()
    }


def _pieces(rng: random.Random) -> Arguments:
    marks = sorted(rng.sample(range(70), rng.randint(1, 4)))
    return {"boundaries": marks, "values": [rng.choice([0.0, lr(rng)]) for _ in marks] + [lr(rng)]}


def _keras_restart_quirks(arguments: Arguments, steps: int) -> dict[str, np.ndarray]:
    """Mark restarts on whole steps that the floor of a logarithm misses."""
    n, stretch = arguments["first_decay_steps"], arguments.get("t_mul", 2.0)
    mask = np.zeros(steps, bool)
    begin, index = 0.0, 0
    while stretch != 1 and begin < steps - 1:
        step = round(begin)
        if abs(begin - step) < 1e-9:
            native = math.log(1 - step / n * (1 - stretch)) / math.log(stretch)
            mask[step] = math.floor(native) != index
        begin, index = begin + n * stretch**index, index + 1
    return {"restart-rounding": mask}


KERAS = tuple(
    Drawn(
        library=ports.keras,
        name=name,
        draw=draw,
        native=keras_run(name),
        quirks=quirks,
        tolerance=1e-5,  # Keras' torch backend rounds some of its numbers to single precision
    )
    for name, draw, quirks in (
        (
            "ExponentialDecay",
            lambda r: {
                "initial_learning_rate": lr(r),
                "decay_steps": count(r),
                "decay_rate": r.choice([inner(r), 1.1]),
                **some(r, {"staircase": r.random() < 0.5}),
            },
            no_quirk,
        ),
        ("PiecewiseConstantDecay", _pieces, no_quirk),
        (
            "PolynomialDecay",
            lambda r: {
                "initial_learning_rate": lr(r) + 1e-4,
                "decay_steps": count(r),
                **some(r, {"end_learning_rate": 1e-4 * share(r), "power": r.uniform(0.3, 4)}),
                **some(r, {"cycle": r.random() < 0.5}),
            },
            no_quirk,
        ),
        (
            "InverseTimeDecay",
            lambda r: {
                "initial_learning_rate": lr(r),
                "decay_steps": count(r),
                "decay_rate": r.choice([0.0, 1.0, inner(r), 7.0]),
                **some(r, {"staircase": r.random() < 0.5}),
            },
            no_quirk,
        ),
        (
            "CosineDecay",
            lambda r: {
                "initial_learning_rate": lr(r),
                "decay_steps": count(r),
                **some(r, {"alpha": share(r)}),
                **r.choice([{}, {"warmup_target": lr(r), "warmup_steps": count(r, 0, 30)}]),
            },
            no_quirk,
        ),
        (
            "CosineDecayRestarts",
            lambda r: {
                "initial_learning_rate": lr(r),
                "first_decay_steps": count(r, 1, 20),
                **some(
                    r,
                    {
                        "t_mul": r.choice([1.0, 1.5, 2.0, 3.0, r.uniform(1.05, 3)]),
                        "m_mul": r.choice([1.0, inner(r), 1.1]),
                        "alpha": share(r),
                    },
                ),
            },
            _keras_restart_quirks,
        ),
    )
)

# pytorch_optimizer


def kozistr_run(name: str) -> Native:
    """Step pytorch_optimizer's scheduler."""

    def native(arguments: Arguments, steps: int) -> np.ndarray:
        import pytorch_optimizer
        import torch

        own = {k: v for k, v in arguments.items() if k != "base_lr"}
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([weight], lr=arguments.get("base_lr", 0.1))
        build = getattr(pytorch_optimizer.lr_scheduler, name)
        return _stepped(optimizer, lambda: build(optimizer, **own), steps)

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
        "member": (name, _CHAINABLE[name](rng)),
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

DRAWN: tuple[Drawn, ...] = (*TORCH, *TRANSFORMERS, *OPTAX, *KERAS, *PYTORCH_OPTIMIZER)
