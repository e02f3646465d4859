"""How close the weight-norm law comes to runs it is fitted on, and what a further term would add.

    python evidence/laws/more_terms.py        # ten minutes; writes more_terms.csv

Every term is fitted to all 124M runs of at most 35,000 steps at once, with priors so broad that the
runs decide; none of the runs of 50,000 takes part. What a term gains here it could at most gain
elsewhere. Derivatives are finite differences, so the formula stands here a second time, plainly.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from published import STUDIED, Array, adamw

from lehr.laws.fitting import fit_form
from lehr.laws.forms import Parameter, WeightNorm
from lehr.laws.path import Path as Cut

HERE = Path(__file__).parent
LONGEST = 35_000
SMALL = 1e-5
BROAD = {
    "alpha": 0.5,
    "C": 3.0,
    "beta": 2.0,
    "m": 0.5,
    "gamma": 1.0,
    "growth": 1.5,
    "kappa": 2.0,
    "rho": 2.0,
}


def exponent(name: str, start: float, spread: float) -> Parameter:
    return Parameter(name=name, start=start, positive=False, spread=spread)


def rate(name: str, start: float, spread: float) -> Parameter:
    return Parameter(name=name, start=start, spread=spread)


TERMS = {
    "none": (),
    "progress goes with a power of the relative lr": (exponent("power", 1.0, 0.5),),
    "progress saturates with the relative lr": (rate("saturation", 0.1, 1.0),),
    "progress has a start": (rate("start", 0.02, 1.0),),
    "the exponent of progress changes": (exponent("bend", 0.0, 1.0),),
    "noise goes with a power of progress": (exponent("fading", 0.0, 0.5),),
    "noise goes with another power of the norm": (exponent("of_norm", 1.0, 1.0),),
    "a second, slow part of the noise": (exponent("slow", 0.2, 1.0), rate("slow_rate", 1e-3, 2.0)),
    "noise falls on a clock of its own": (rate("fall", 1.0, 2.0), exponent("fall_rho", 1.5, 2.0)),
}
"""What is added -> its parameters."""


@dataclass(frozen=True)
class Extended:
    """The weight-norm law with a further term."""

    parameters: tuple[Parameter, ...]
    name: str = "extended"
    source: str = "lehr, evidence/laws"

    def evaluate(self, values: Array, path: Cut) -> tuple[Array, Array]:
        loss = self.loss(values, path)
        slopes = []
        for place, parameter in enumerate(self.parameters):
            moved = values.copy()
            moved[place] = (
                moved[place] * np.exp(SMALL) if parameter.positive else moved[place] + SMALL
            )
            slopes.append((self.loss(moved, path) - loss) / SMALL)
        return loss, np.stack(slopes, axis=1)

    def loss(self, values: Array, path: Cut) -> Array:
        v = dict(zip((p.name for p in self.parameters), values, strict=True))
        e, dt, seen = path.lr, path.length, path.seen
        log_w2 = squared_norm(v["growth"], path)
        z = e * np.exp(-0.5 * log_w2)

        advance = z ** v.get("power", 1.0) / (1 + v.get("saturation", 0.0) * z)
        p = from_start(advance * dt)[seen] / 1e4 + v.get("start", 0.0)
        rest = v["A"] * np.exp(-v["alpha"] * np.log(p) + 0.5 * v.get("bend", 0.0) * np.log(p) ** 2)

        jump = np.diff((e * np.exp(-0.5 * v.get("of_norm", 1.0) * log_w2)) ** v["m"], prepend=0.0)
        waited = waits(e ** (1 - v["gamma"]) * np.exp(-v["rho"] * log_w2) * dt, path)
        relaxed = 1 - (1 + v["C"] * waited) ** -v["beta"]
        if "slow" in v:
            slowly = 1 - np.exp(-v["slow_rate"] * waited)
            relaxed = (1 - v["slow"]) * relaxed + v["slow"] * slowly
        if "fall" in v:
            own = waits(e ** (1 - v["gamma"]) * np.exp(-v["fall_rho"] * log_w2) * dt, path)
            falling = 1 - (1 + v["fall"] * v["C"] * own) ** -v["beta"]
            relaxed = np.where(jump < 0, falling, relaxed)
        noise = v["B"] * (relaxed @ jump) * p ** -v.get("fading", 0.0)
        return v["L0"] + rest + noise * (1 + v["kappa"] * rest)


def squared_norm(growth: float, path: Cut) -> Array:
    """Log of the squared norm in each stretch, the mean of its ends."""
    w2 = [1.0]
    for lr, steps in zip(path.lr, path.length, strict=True):
        shrink = 2 * path.decay * lr
        limit = growth * lr**2 / max(shrink, 1e-300)
        w2.append(limit + (w2[-1] - limit) * np.exp(-shrink * steps))
    log_w2 = np.log(w2)
    return 0.5 * (log_w2[1:] + log_w2[:-1])


def waits(clock: Array, path: Cut) -> Array:
    """Time on a clock between each change of the lr and each observation."""
    q = from_start(clock)
    before = np.arange(len(clock)) < path.seen[:, None]
    return np.where(before, q[path.seen][:, None] - q[:-1], 0.0)


def from_start(parts: Array) -> Array:
    return np.append(0.0, np.cumsum(parts))


def main() -> None:
    runs = [run for run in adamw() if run.family == STUDIED and run.horizon <= LONGEST]
    broad = tuple(
        replace(p, spread=BROAD[p.name]) if p.name in BROAD else p for p in WeightNorm().parameters
    )
    rows = []
    for term, added in TERMS.items():
        law = fit_form([run.curve for run in runs], Extended(parameters=(*broad, *added)))
        errors = [law.evaluate(r.lr, r.curve.steps)[0] - r.curve.loss for r in runs]
        square = np.concatenate(errors) ** 2
        row = {
            "term": term,
            "runs": len(runs),
            "rmse": f"{np.sqrt(square.mean()):.5f}",
            "median": f"{np.sqrt(np.median(square)):.5f}",
            "final": f"{np.mean([abs(error[-1]) for error in errors]):.5f}",
            "added": " ".join(f"{p.name}={law.parameters[p.name]:.4g}" for p in added),
        }
        print(row, flush=True)
        rows.append(row)
    with (HERE / "more_terms.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
