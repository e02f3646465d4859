"""How many observations a curve counts for, so that stated intervals hold what they say.

    python evidence/laws/calibrate.py        # a minute; writes calibrated.csv, differences.csv

Coverage of 90 % intervals of final losses: of the nine other models' runs left out in turn, and of
those longer by a third or more than all that were fitted; and, for comparison only, of the 124M
runs of 35,000 steps from four of 15,000, and of the ends of the split's fitted curves from their
first halves. The count that comes closest to 90 % in the first two stands in
`src/lehr/laws/fitting.py`. Then how many misfits the difference of two runs is uncertain by besides
the parameters: each two runs of the nine other families left out together; that number stands in
`src/lehr/laws/trial.py`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
from choose_prior import Tested, halves, longer, studied
from published import STUDIED, Run, adamw

from lehr.laws import fitting
from lehr.laws.forms import WeightNorm

HERE = Path(__file__).parent
COUNTS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
WITHIN = 1.645
MISFITS = (0.0, 1.0, 1.5, 2.0, 2.5, 3.0)


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


def differences() -> list[dict[str, object]]:
    """Coverage of differences between the last losses of two runs left out, by misfits added."""
    families: dict[tuple[str, int, int], list[Run]] = defaultdict(list)
    for run in adamw():
        if run.family != STUDIED:
            families[run.family].append(run)
    found = []
    for runs in families.values():
        for two in combinations(runs, 2):
            law = fitting.fit_form([run.curve for run in runs if run not in two], WeightNorm())
            ends = [law.evaluate(run.lr, run.curve.steps[-1:]) for run in two]
            said, actual = (
                (ends[0][0] - ends[1][0])[0],
                two[0].curve.loss[-1] - two[1].curve.loss[-1],
            )
            apart = (ends[0][1] - ends[1][1])[0]
            own = float(apart @ law.covariance @ apart)
            found.append((abs(said - actual), own, law.misfit * ends[0][0][0]))
    error, own, misfit = np.array(found).T
    rows: list[dict[str, object]] = []
    for beside in MISFITS:
        sd = np.sqrt(own + (beside * misfit) ** 2)
        share = f"{(error < WITHIN * sd).mean():.3f}"
        rows.append(
            {"misfits": beside, "pairs": len(error), "covered": share, "sd": f"{sd.mean():.5f}"}
        )
    return rows


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
    write("calibrated.csv", rows)
    fitting.INDEPENDENT = shipped
    write("differences.csv", differences())


def write(name: str, rows: list[dict[str, object]]) -> None:
    print(*rows, sep="\n")
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
