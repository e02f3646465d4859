"""Learn the weight-norm law's prior from the nine AdamW families beside the 124M one.

    python evidence/laws/learn_prior.py        # a minute; writes prior.csv and the prior shipped

Each family is fitted with a broad prior (`BROAD`); a parameter's prior is then the
median of the families, its spread 1.48 × the median distance from it, at least 0.1. Once: repeated,
families and prior pull each other together until no spread is left.
Alpha and kappa are moved from there, to what `choose_prior.py` found (`MOVED`). What comes of it is
written to `src/lehr/laws/priors/weight_norm.json`, from where the law has it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from published import STUDIED, Run, adamw

from lehr import laws
from lehr.laws.fitting import fit_form
from lehr.laws.forms import Known, Prior, WeightNorm
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
MOVED = {"alpha": Known(0.43, 0.05), "kappa": Known(1.0, 0.15)}
"""What `choose_prior.py` found best among 30."""
WEIGHT = 1.0
"""Groups of a user's runs that the prior counts for when it is updated (`own_prior.py`)."""
SHIPPED = Path(laws.__file__).parent / "priors" / "weight_norm.json"
PROVENANCE = (
    "nine families of AdamW language models, 57 runs, of github.com/fabian-sp/lr-scheduling",
    "starts and spreads: median and distance of the families (evidence/laws/learn_prior.py)",
    "alpha and kappa: least error of what continues (evidence/laws/choose_prior.py)",
)


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
    known = {
        parameter.name: Known(float(f"{start:.2g}"), round(float(width), 2))
        for parameter, start, width in zip(
            form.parameters, values_of(form, middle), spread, strict=True
        )
        if parameter.name in BROAD
    }
    prior = Prior(form=form.name, known=known | MOVED, weight=WEIGHT, provenance=PROVENANCE)
    prior.write(SHIPPED)
    with (HERE / "prior.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["family", "runs", *(p.name for p in form.parameters)])
        for (family, runs), x in zip(families.items(), found, strict=True):
            values = values_of(form, x)
            name = " ".join(map(str, family))
            writer.writerow([name, len(runs), *(f"{value:.5g}" for value in values)])


if __name__ == "__main__":
    main()
