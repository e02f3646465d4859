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
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from published import STUDIED, Run, adamw

from lehr import laws
from lehr.laws.fitting import fit_form
from lehr.laws.forms import Known, Prior, WeightNorm
from lehr.laws.law import values_of

HERE = Path(__file__).parent
BROAD = {
    "alpha": Known(0.5, 0.5),
    "C": Known(0.3, 3.0),
    "beta": Known(0.3, 1.5),
    "m": Known(0.9, 0.5),
    "gamma": Known(0.0, 1.0),
    "growth": Known(4e-4, 1.5),
    "kappa": Known(1.0, 2.0),
    "rho": Known(1.0, 1.0),
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


def families() -> dict[tuple[str, int, int], list[Run]]:
    """The nine families, without the one that the tests are about."""
    found: dict[tuple[str, int, int], list[Run]] = defaultdict(list)
    for run in adamw():
        if run.family != STUDIED:
            found[run.family].append(run)
    return dict(found)


def broad() -> WeightNorm:
    form = WeightNorm()
    parameters = [
        replace(p, start=BROAD[p.name].start, spread=BROAD[p.name].spread) if p.name in BROAD else p
        for p in form.parameters
    ]
    return replace(form, parameters=tuple(parameters))


def fitted(some: Iterable[Sequence[Run]]) -> NDArray[np.float64]:
    """Return what each family is fitted by, shape (families, parameters)."""
    return np.array([fit_form([run.curve for run in runs], broad()).x for runs in some])


def learned(found: NDArray[np.float64]) -> dict[str, Known]:
    """Return each parameter's median, and 1.48 × the median distance from it."""
    form, middle = broad(), np.median(found, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(found - middle), axis=0), LEAST)
    return {
        p.name: Known(float(start), float(width))
        for p, start, width in zip(form.parameters, values_of(form, middle), spread, strict=True)
    }


def main() -> None:
    known, form = families(), broad()
    found = fitted(known.values())
    middles = learned(found)
    for name, one in middles.items():
        print(f"{name:8} {one.start:.3g}  spread {one.spread:.2f}")
    rounded = {
        name: Known(float(f"{one.start:.2g}"), round(one.spread, 2))
        for name, one in middles.items()
        if name in BROAD
    }
    Prior(form=form.name, known=rounded | MOVED, weight=WEIGHT, provenance=PROVENANCE).write(
        SHIPPED
    )
    with (HERE / "prior.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["family", "runs", *(p.name for p in form.parameters)])
        for (family, runs), x in zip(known.items(), found, strict=True):
            name = " ".join(map(str, family))
            writer.writerow([name, len(runs), *(f"{value:.5g}" for value in values_of(form, x))])


if __name__ == "__main__":
    main()
