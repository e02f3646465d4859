"""Learn the weight-norm law's prior from the nine AdamW families beside the 124M one.

    python evidence/laws/learn_prior.py        # a minute; writes prior.csv

Each family is fitted with a broad prior (`BROAD`); a parameter's prior is then the
median of the families, its spread 1.48 × the median distance from it, at least 0.1. Once: repeated,
families and prior pull each other together until no spread is left.
Of alpha that is not the whole truth: curves end less steeply than they begin, so a prior of 0.48
predicts too high a loss for longer runs. Its middle is therefore the one of `ALPHAS` with which a
family's longer runs are predicted from its shorter ones without bias.
What it prints stands in `src/lehr/laws/forms/weight_norm.py`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from published import STUDIED, Run, adamw

from lehr.laws.fitting import fit_form
from lehr.laws.forms import WeightNorm
from lehr.laws.law import values_of

HERE = Path(__file__).parent
BROAD = {
    "alpha": (0.5, 0.5),
    "C": (0.3, 3.0),
    "beta": (0.3, 1.5),
    "m": (0.9, 0.5),
    "gamma": (0.0, 1.0),
    "growth": (4e-4, 1.5),
    "kappa": (1.0, 2.0),
    "rho": (1.0, 1.0),
}
"""Parameter -> start and spread of what the families are fitted with."""
LEAST = 0.1
ALPHAS = (0.48, 0.45, 0.42, 0.40, 0.38, 0.35)


def main() -> None:
    families: dict[tuple[str, int, int], list[Run]] = defaultdict(list)
    for run in adamw():
        if run.family != STUDIED:
            families[run.family].append(run)
    form = WeightNorm()
    broad = [
        replace(p, start=BROAD[p.name][0], spread=BROAD[p.name][1]) if p.name in BROAD else p
        for p in form.parameters
    ]
    form = replace(form, parameters=tuple(broad))
    found = np.array([fit_form([run.curve for run in runs], form).x for runs in families.values()])
    middle = np.median(found, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(found - middle), axis=0), LEAST)
    for parameter, start, width in zip(
        form.parameters, values_of(form, middle), spread, strict=True
    ):
        print(f"{parameter.name:8} {start:.3g}  spread {width:.2f}")
    with (HERE / "prior.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["family", "runs", *(p.name for p in form.parameters)])
        for (family, runs), x in zip(families.items(), found, strict=True):
            values = values_of(form, x)
            name = " ".join(map(str, family))
            writer.writerow([name, len(runs), *(f"{value:.5g}" for value in values)])
    horizons(families, broad_to_narrow(WeightNorm()))


def broad_to_narrow(form: WeightNorm) -> dict[float, WeightNorm]:
    """Return the law with each of `ALPHAS` as the middle of alpha's prior."""
    return {
        alpha: replace(
            form,
            parameters=tuple(
                replace(p, start=alpha) if p.name == "alpha" else p for p in form.parameters
            ),
        )
        for alpha in ALPHAS
    }


def horizons(
    families: dict[tuple[str, int, int], list[Run]], forms: dict[float, WeightNorm]
) -> None:
    """Predict each family's longer runs from those of at most three quarters of their length."""
    for alpha, form in forms.items():
        errors = []
        for runs in families.values():
            for tested in runs:
                shorter = [run.curve for run in runs if run.horizon <= 0.75 * tested.horizon]
                if len(shorter) < 2:
                    continue
                law, curve = fit_form(shorter, form), tested.curve
                said = law.evaluate(curve.lr, curve.steps[-1:])[0][0]
                errors.append(said - curve.loss[-1])
        off, bias = np.abs(errors).mean(), np.mean(errors)
        print(f"alpha {alpha:.2f}: {len(errors)} longer runs off by {off:.4f}, bias {bias:+.4f}")


if __name__ == "__main__":
    main()
