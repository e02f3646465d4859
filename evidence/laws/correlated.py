"""Whether it helps to know how the parameters of the nine families go together.

    python evidence/laws/correlated.py        # ten minutes; writes correlated.csv

A normal prior of all parameters at once, L0 left free, A and B relative to it: middle and
covariance of the nine families (`learn_prior.py`). The covariance is mixed with its diagonal, what
A/L0 and B/L0 are uncertain by is added, alpha is moved, and kappa kept as it is shipped. No family
takes part in the prior by which its own runs are predicted. The setting that is best on what may be
looked at (`BEST`) was measured on the tests once, and not taken.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import product
from pathlib import Path as File

import numpy as np
from calibrate import left_out
from choose_prior import Tested, halves, longer, missed, studied
from learn_prior import MOVED, families, fitted
from numpy.typing import NDArray
from parameters import far, split, whole
from published import MPL_FIT

from lehr.laws.forms import Form, Parameter, WeightNorm
from lehr.laws.law import values_of
from lehr.laws.path import Path

HERE = File(__file__).parent
LEVEL, PROGRESS, ALPHA, NOISE, KAPPA = 0, 1, 2, 3, 9
DIAGONAL = (0.1, 0.3, 1.0)
RATIOS = (0.05, 0.2, 0.5)
MOVES = (0.0, -0.05, -0.1)
BEST = (0.1, 0.05, -0.05)
LEAST = 0.03
"""Of a parameter's spread in the diagonal."""
RELATIVE = np.eye(11)
RELATIVE[[PROGRESS, NOISE], LEVEL] = -1


@dataclass(frozen=True)
class Together(Form):
    """The weight-norm law by parameters of which each has the prior N(0, 1), but for L0."""

    middle: NDArray[np.float64]
    root: NDArray[np.float64]
    plain: WeightNorm
    name: str = "weight_norm"
    source: str = "lehr, evidence/laws"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        rest = (Parameter(name=p.name, start=0.0, spread=1.0, positive=False) for p in self._rest)
        return (Parameter(name="L0", start=2.7), *rest)

    @property
    def _rest(self) -> tuple[Parameter, ...]:
        return self.plain.parameters[1:]

    def evaluate(
        self, values: NDArray[np.float64], path: Path
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        log_level = np.log(values[0])
        relative = np.append(log_level, self.middle + self.root @ values[1:])
        loss, slopes = self.plain.evaluate(
            values_of(self.plain, np.linalg.solve(RELATIVE, relative)), path
        )
        slopes = slopes @ np.linalg.inv(RELATIVE)
        return loss, np.column_stack([slopes[:, 0], slopes[:, 1:] @ self.root])


def together(found: NDArray[np.float64], diagonal: float, ratios: float, move: float) -> Together:
    """Make the prior of families' parameters, shape (families, parameters)."""
    relative = found @ RELATIVE.T
    middle = np.median(relative, axis=0)
    apart = relative - middle
    seen = apart.T @ apart / (len(found) - 1)
    spread = np.maximum(np.sqrt(np.diag(seen)), LEAST)
    covariance = (1 - diagonal) * seen + diagonal * np.diag(spread**2)
    covariance[[PROGRESS, NOISE], [PROGRESS, NOISE]] += ratios**2
    middle[ALPHA] += move
    precision = np.linalg.inv(covariance[1:, 1:])
    pull = precision @ middle[1:]
    kappa = MOVED["kappa"]
    precision[KAPPA - 1, KAPPA - 1] += kappa.spread**-2
    pull[KAPPA - 1] += kappa.start * kappa.spread**-2
    return Together(
        np.linalg.solve(precision, pull),
        np.linalg.cholesky(np.linalg.inv(precision)),
        WeightNorm(),
    )


def allowed(setting: tuple[float, float, float]) -> dict[str, str]:
    """Errors by which a prior may be chosen; of each family without its own part in it."""
    known = families()
    names, found = list(known), fitted(known.values())
    owner = {id(run.curve): names.index(name) for name, runs in known.items() for run in runs}
    errors = {}
    sets = {"longer": longer(), "halves": halves(), "studied": studied(), "left_out": left_out()}
    for label, some in sets.items():
        groups: dict[int | None, list[Tested]] = {}
        for one in some:
            groups.setdefault(owner.get(id(one.fitted[0])), []).append(one)
        off: list[float] = []
        for place, tested in groups.items():
            others = found if place is None else np.delete(found, place, axis=0)
            off += missed(together(others, *setting), tested)
        errors[label] = f"{np.abs(off).mean():.5f}"
    return errors


def main() -> None:
    found, rows = fitted(families().values()), []
    for setting in dict.fromkeys((*product(DIAGONAL, RATIOS, MOVES), BEST)):
        row = dict(zip(("diagonal", "ratios", "alpha"), map(str, setting), strict=True))
        row |= allowed(setting) | {
            "split": "",
            "worst": "",
            "gains": "",
            "declared": "",
            "all_41": "",
        }
        if setting == BEST:
            form = together(found, *setting)
            row |= split(form, MPL_FIT, whole) | far(form, whole)
        rows.append(row)
        print(row, flush=True)
    with (HERE / "correlated.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
