"""The published loss curves as `Curve`s: Multi-Power Law's runs and the AdamW runs."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lehr.laws import Curve

CURVES = Path(__file__).parents[3] / "shared" / "data" / "loss_curves"
Array = NDArray[np.float64]

MPL_FIT = ("cosine_24000", "constant_24000", "wsdcon_9")
MPL_TEST = (
    "constant_72000",
    "cosine_72000",
    "wsd_20000_24000",
    "wsdcon_18",
    "wsdcon_3",
    "wsdld_20000_24000",
)
MPL_PEAK, MPL_FLOOR, MPL_WARMUP = 3e-4, 3e-5, 2_160
STUDIED = ("slimpajama", 12, 768)
"""The 124M family, which the tests are about; no prior is learned from it."""
FIRST_STEP = 1_000
"""The AdamW curves are used from here on; before, a run is still warming up in effect."""


def rows(table: str) -> list[dict[str, str]]:
    with gzip.open(CURVES / f"{table}.csv.gz", "rt") as file:
        return list(csv.DictReader(file))


def multi_power(size: str) -> dict[str, Curve]:
    """Schedule name -> curve; weight decay 0.1 is the recipe's customary, the data do not say."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in rows(f"multi_power_law_{size}"):
        points[row["schedule"]].append((float(row["step"]), float(row["loss"])))
    return {
        name: Curve(
            steps=[step for step, _ in found],
            loss=[loss for _, loss in found],
            lr=_multi_power_lr(name),
            weight_decay=0.1,
            name=name,
        )
        for name, found in points.items()
    }


def _multi_power_lr(name: str) -> Array:
    kind, *numbers = name.split("_")
    horizon = 24_000 if kind == "wsdcon" else int(numbers[-1])
    t = np.arange(horizon)
    lr = np.full(horizon, MPL_PEAK)
    if kind == "wsdcon":
        lr[8_000:] = int(numbers[0]) * 1e-5
    elif kind == "cosine":
        angle = np.pi * (t - MPL_WARMUP) / (horizon - MPL_WARMUP)
        lr = MPL_FLOOR + 0.5 * (MPL_PEAK - MPL_FLOOR) * (1 + np.cos(angle))
    elif kind == "wsdld":
        lr = np.interp(t, [20_000, 24_000], [MPL_PEAK, MPL_FLOOR])
    elif kind == "wsd":
        lr = MPL_PEAK * 0.1 ** np.clip((t - 20_000) / 4_000, 0, 1)
    lr[:MPL_WARMUP] = MPL_PEAK * (np.arange(MPL_WARMUP) + 1) / MPL_WARMUP
    return lr


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One AdamW run.

    Attributes:
        curve: its in-training validations, all on one subset of the validation set.
        final: the last evaluation, which was made on all of it and differs by a constant.
        lr: of every step.
    """

    number: int
    family: tuple[str, int, int]
    peak_lr: float
    schedule: str
    cooldown: float
    horizon: int
    curve: Curve
    final: float
    lr: Array


@cache
def adamw() -> tuple[Run, ...]:
    """All AdamW runs that did not diverge; resumed ones continue the constant lr before them."""
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    knots: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in rows("adamw_lm_points"):
        points[row["run"]].append((int(row["step"]), float(row["val_loss"])))
    for row in rows("adamw_lm_lr"):
        knots[row["run"]].append((int(row["step"]), float(row["lr"])))
    runs = []
    for row in rows("adamw_lm_runs"):
        found, peak = sorted(points[row["run"]]), float(row["peak_lr"])
        if found[-1][1] > 5:
            continue
        known = sorted(knots[row["run"]])
        held = known[0][0] > 60
        start = [(0, 0.01 * peak)] + ([(300, peak), (found[0][0], peak)] if held else [])
        at, lrs = zip(*sorted(dict(start + known).items()), strict=True)
        horizon = int(row["horizon"])
        lr = np.interp(np.arange(horizon) + 0.5, at, lrs)
        kept = [(step, loss) for step, loss in found[:-1] if step >= FIRST_STEP]
        runs.append(
            Run(
                number=int(row["run"]),
                family=(row["dataset"], int(row["n_layer"]), int(row["n_embd"])),
                peak_lr=peak,
                schedule=f"{row['schedule']} {row['decay_shape']}".strip(),
                cooldown=float(row["cooldown_fraction"] or 0),
                horizon=horizon,
                curve=Curve(
                    steps=[step for step, _ in kept],
                    loss=[loss for _, loss in kept],
                    lr=lr,
                    weight_decay=float(row["weight_decay"]),
                    name=f"run {row['run']}",
                ),
                final=found[-1][1],
                lr=lr,
            )
        )
    return tuple(runs)
