"""What a schedule costs inside a jitted update: lehr's side by side with Optax's own.

    python evidence/optax_overhead/measure.py [--rounds 60]

One process; SGD on a parameter of one number, so that nothing hides the schedule. In every round
each contender makes 400 updates in turn, so that a disturbance of the machine meets all of them;
CPU time is counted, and a figure is the minimum over the rounds.

Writes `rows.csv` (nanoseconds per update of every stretch), `pairs.csv` and `environment.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import optax

from lehr.adapters.optax import inject, learning_rate
from lehr.schedule import Plan, Schedule, cosine, hold, linear, warmup

HERE = Path(__file__).parent
HORIZON = 10_000
UPDATES = 400
PEAK = 0.1


def ours(schedule: Schedule) -> optax.GradientTransformation:
    return optax.sgd(learning_rate(schedule, peak_lr=PEAK, horizon=HORIZON))


def theirs_with_momentum() -> optax.GradientTransformation:
    return optax.inject_hyperparams(optax.sgd, static_args=("accumulator_dtype",))(
        learning_rate=optax.warmup_cosine_decay_schedule(0.0, PEAK, 500, HORIZON),
        momentum=optax.linear_schedule(0.9, 0.8, HORIZON),
    )


LEHR = {
    "cosine": ours(cosine()),
    "warmup >> cosine": ours(warmup(500) >> cosine()),
    "warmup >> hold >> linear": ours(warmup(500) >> hold() >> linear(2_000)),
    "eight cycles of cosine": ours(cosine().repeat(8)),
    "plan of lr and momentum": inject(
        optax.sgd,
        Plan(lr=warmup(500) >> cosine(), momentum=linear(final=0.8 / 0.9)),
        horizon=HORIZON,
        learning_rate=PEAK,
        momentum=0.9,
    ),
}
OPTAX = {
    "constant": optax.sgd(PEAK),
    "cosine_decay_schedule": optax.sgd(optax.cosine_decay_schedule(PEAK, HORIZON)),
    "warmup_cosine_decay_schedule": optax.sgd(
        optax.warmup_cosine_decay_schedule(0.0, PEAK, 500, HORIZON)
    ),
    "join_schedules of three": optax.sgd(
        optax.join_schedules(
            [
                optax.linear_schedule(0.0, PEAK, 500),
                optax.constant_schedule(PEAK),
                optax.linear_schedule(PEAK, 0.0, 2_000),
            ],
            [500, 8_000],
        )
    ),
    "sgdr_schedule of eight": optax.sgd(
        optax.sgdr_schedule(
            [
                {"init_value": PEAK, "peak_value": PEAK, "decay_steps": 1_250, "warmup_steps": 0}
                for _ in range(8)
            ]
        )
    ),
    "inject_hyperparams of two": theirs_with_momentum(),
}
PAIRS = tuple(zip(LEHR, list(OPTAX)[1:], strict=True))

Row = dict[str, object]
Update = Callable[[jax.Array, optax.OptState], tuple[jax.Array, optax.OptState]]


def compiled(optimizer: optax.GradientTransformation) -> tuple[Update, optax.OptState, float]:
    """Return the jitted update, a state, and the CPU seconds that compiling took."""

    @jax.jit
    def update(params: jax.Array, state: optax.OptState) -> tuple[jax.Array, optax.OptState]:
        updates, state = optimizer.update(params, state, params)
        return optax.apply_updates(params, updates), state

    state = optimizer.init(jnp.zeros(1))
    begin = time.process_time()
    update.lower(jnp.zeros(1), state).compile()
    spent = time.process_time() - begin
    update(jnp.zeros(1), state)
    return update, state, spent


def measure(rounds: int) -> list[Row]:
    contenders = {name: compiled(optimizer) for name, optimizer in {**LEHR, **OPTAX}.items()}
    rows: list[Row] = []
    for number in range(rounds):
        for name, (update, state, compiling) in contenders.items():
            params, now = jnp.zeros(1), state
            begin = time.process_time_ns()
            for _ in range(UPDATES):
                params, now = update(params, now)
            params.block_until_ready()
            spent = time.process_time_ns() - begin
            rows.append(
                {
                    "implementation": "lehr" if name in LEHR else "optax",
                    "schedule": name,
                    "round": number,
                    "ns_per_update": round(spent / UPDATES, 1),
                    "compile_seconds": round(compiling, 3),
                }
            )
    return rows


def compare(rows: list[Row]) -> list[Row]:
    spent: dict[str, list[float]] = {}
    for row in rows:
        spent.setdefault(str(row["schedule"]), []).append(float(str(row["ns_per_update"])))
    fastest = {name: min(nanoseconds) for name, nanoseconds in spent.items()}
    return [
        {
            "lehr": mine,
            "lehr_ns": fastest[mine],
            "optax": other,
            "optax_ns": fastest[other],
            "ratio": round(fastest[mine] / fastest[other], 3),
            **interval([a / b for a, b in zip(spent[mine], spent[other], strict=True)]),
            "constant_ns": fastest["constant"],
        }
        for mine, other in PAIRS
    ]


def interval(ratios: list[float]) -> Row:
    """The median of the rounds' ratios, and its 95 % interval by order statistics."""
    ascending, count = sorted(ratios), len(ratios)
    low = max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)))
    return {
        "median": round(ascending[count // 2], 3),
        "low": round(ascending[low], 3),
        "high": round(ascending[count - 1 - low], 3),
    }


def write(name: str, rows: list[Row]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=60)
    rows = measure(parser.parse_args().rounds)
    pairs = compare(rows)
    write("rows.csv", rows)
    write("pairs.csv", pairs)
    environment = {
        "python": platform.python_version(),
        "jax": jax.__version__,
        "optax": optax.__version__,
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "device": jax.devices()[0].platform,
    }
    (HERE / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")
    for pair in pairs:
        print(pair)


if __name__ == "__main__":
    main()
