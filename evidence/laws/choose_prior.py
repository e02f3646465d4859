"""Where the priors of alpha and kappa should lie, so that what continues is predicted rightly.

    python evidence/laws/choose_prior.py        # a minute; writes choices.csv

For each of `ALPHAS` × `KAPPAS` (middle, spread), three errors of final losses: the nine other
families' longer runs from those of at most three quarters of their length; the ends of the split's
fitted curves from their first halves; and, for comparison only, the 124M runs of 35,000 steps from
four of 15,000. The pair with the smallest sum of the first two stands in
`learn_prior.py`, which writes the prior that is shipped.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from published import MPL_FIT, STUDIED, Run, adamw, multi_power

from lehr.laws import Curve, Law
from lehr.laws.fitting import fit_form
from lehr.laws.forms import Form, WeightNorm

HERE = Path(__file__).parent
ALPHAS = ((0.475, 0.1), (0.45, 0.1), (0.40, 0.1), (0.45, 0.05), (0.43, 0.05), (0.41, 0.05))
KAPPAS = ((1.3, 0.56), (1.3, 0.15), (1.0, 0.15), (0.7, 0.15), (0.5, 0.15))
PEAKS = {5e-4, 1e-3, 2e-3}
FOURS = 15


def with_prior(alpha: tuple[float, float], kappa: tuple[float, float]) -> WeightNorm:
    moved = {"alpha": alpha, "kappa": kappa}
    form = WeightNorm()
    parameters = [
        replace(p, start=moved[p.name][0], spread=moved[p.name][1]) if p.name in moved else p
        for p in form.parameters
    ]
    return replace(form, parameters=tuple(parameters))


class Tested(NamedTuple):
    """Runs to fit, and one that continues them."""

    fitted: list[Curve]
    curve: Curve
    lr: NDArray[np.float64]


def longer() -> list[Tested]:
    """Each family's longer runs, after those of at most three quarters of their length."""
    families: dict[tuple[str, int, int], list[Run]] = defaultdict(list)
    for run in adamw():
        if run.family != STUDIED:
            families[run.family].append(run)
    found = []
    for runs in families.values():
        for tested in runs:
            shorter = [run.curve for run in runs if run.horizon <= 0.75 * tested.horizon]
            if len(shorter) > 1:
                found.append(Tested(shorter, tested.curve, tested.lr))
    return found


def halves() -> list[Tested]:
    """The cosine and the constant run of the split, after the first halves of all three."""
    found = []
    for size in ("25m", "100m"):
        whole = [multi_power(size)[name] for name in MPL_FIT]
        cut = [first_steps(curve, 12_000) for curve in whole]
        found += [Tested(cut, curve, curve.lr) for curve in whole[:2]]
    return found


def studied() -> list[Tested]:
    """The 124M runs of 35,000 steps, after fifteen choices of four shorter ones."""
    runs = [run for run in adamw() if run.family == STUDIED and run.peak_lr in PEAKS]
    short = [run for run in runs if run.horizon == 15_000]
    draw, fours = random.Random(2), []
    while len(fours) < FOURS:
        four = draw.sample(short, 4)
        if {run.peak_lr for run in four} == PEAKS:
            fours.append([run.curve for run in four])
    return [
        Tested(four, run.curve, run.lr) for four in fours for run in runs if run.horizon == 35_000
    ]


def missed(form: Form, some: Sequence[Tested]) -> list[float]:
    """Predicted minus measured final losses; what shares its fitted runs is fitted once."""
    laws: dict[tuple[int, ...], Law] = {}
    errors = []
    for one in some:
        key = tuple(map(id, one.fitted))
        law = laws[key] = laws.get(key) or fit_form(one.fitted, form)
        said = law.evaluate(one.lr, one.curve.steps[-1:])[0][0]
        errors.append(float(said - one.curve.loss[-1]))
    return errors


def first_steps(curve: Curve, end: int) -> Curve:
    kept = curve.steps <= end
    return Curve(
        steps=curve.steps[kept],
        loss=curve.loss[kept],
        lr=curve.lr,
        weight_decay=curve.weight_decay,
        name=curve.name,
    )


def main() -> None:
    sets, rows = {"longer": longer(), "halves": halves(), "studied": studied()}, []
    for alpha in ALPHAS:
        for kappa in KAPPAS:
            form = with_prior(alpha, kappa)
            row: dict[str, object] = {"alpha": alpha[0], "alpha_spread": alpha[1]}
            row |= {"kappa": kappa[0], "kappa_spread": kappa[1]}
            for name, some in sets.items():
                errors = missed(form, some)
                row[name] = f"{np.abs(errors).mean():.5f}"
                row[f"{name}_bias"] = f"{np.mean(errors):+.5f}"
            rows.append(row)
            print(row, flush=True)
    best = min(rows, key=lambda row: float(str(row["longer"])) + float(str(row["halves"])))
    print("smallest sum of the first two:", best)
    with (HERE / "choices.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
