"""How many observations a curve counts for, so that stated intervals hold what they say.

    python evidence/laws/calibrate.py        # a minute; writes calibrated.csv

Coverage of 90 % intervals of final losses: of the nine other models' runs left out in turn, and of
those longer by a third or more than all that were fitted; and, for comparison only, of the 124M
runs of 35,000 steps from four of 15,000, and of the ends of the split's fitted curves from their
first halves. The count that comes closest to 90 % in the first two stands in
`src/lehr/laws/fitting.py`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from choose_prior import Tested, halves, longer, studied
from published import STUDIED, Run, adamw

from lehr.laws import fitting
from lehr.laws.forms import WeightNorm

HERE = Path(__file__).parent
COUNTS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
WITHIN = 1.645


def left_out() -> list[Tested]:
    """Each run of the nine other families, and all others of its family."""
    families: dict[tuple[str, int, int], list[Run]] = defaultdict(list)
    for run in adamw():
        if run.family != STUDIED:
            families[run.family].append(run)
    return [
        Tested([other.curve for other in runs if other is not run], run.curve, run.lr)
        for runs in families.values()
        for run in runs
    ]


def covered(some: list[Tested]) -> tuple[float, float]:
    """Share of the final losses that 90 % intervals hold, and the mean standard deviation."""
    held, spread = [], []
    for one in some:
        law = fitting.fit_form(one.fitted, WeightNorm())
        said = law.predict(one.lr, one.curve.steps[-1:])
        held.append(abs(said.mean[0] - one.curve.loss[-1]) < WITHIN * said.sd[0])
        spread.append(said.sd[0])
    return float(np.mean(held)), float(np.mean(spread))


def main() -> None:
    sets = {"left_out": left_out(), "longer": longer(), "halves": halves(), "studied": studied()}
    shipped, rows = fitting.INDEPENDENT, []
    for count in COUNTS:
        fitting.INDEPENDENT = count
        row: dict[str, object] = {"observations": count, "shipped": count == shipped}
        for name, some in sets.items():
            share, spread = covered(some)
            row |= {name: f"{share:.3f}", f"{name}_sd": f"{spread:.5f}"}
        rows.append(row)
        print(row, flush=True)
    with (HERE / "calibrated.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
