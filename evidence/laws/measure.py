"""How well the laws predict runs they were not fitted on, on published curves.

    python evidence/laws/measure.py        # a minute; needs the published curves beside the project

Two tasks. The Multi-Power Law's own split: fitted on three schedules, tested on six, two model
sizes. And across peak lrs and horizons: fitted on 4 AdamW runs of 15,000 steps of the 124M model,
tested on all its 39 runs of 50,000 steps that decay from the same three peak lrs; 41 choices of the
four, the first declared beforehand. Final losses are of the whole validation set, the curves of a
part of it: the constant between them is the median of the four fitted runs'. The weight-norm law's
prior is learned from other models only (`learn_prior.py`). Writes `split.csv`, `gains.csv` and
`horizon.csv`.
"""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from choose_prior import with_prior
from published import MPL_FIT, MPL_TEST, STUDIED, Run, adamw, multi_power
from scipy.stats import spearmanr

from lehr.laws import FORMS, Curve, Law
from lehr.laws.fitting import fit_form

HERE = Path(__file__).parent
LAWS = (*FORMS, replace(with_prior((0.475, 0.1), (1.3, 0.56)), name="weight_norm, curves alone"))
"""The last has the prior that `learn_prior.py` prints, before `choose_prior.py` moves it."""
PEAKS = (5e-4, 1e-3, 2e-3)
CHOICES, SEED = 40, 1
COVERED = 1.645
ENDING_TOGETHER = ("cosine_24000", "constant_24000", "wsd_20000_24000", "wsdld_20000_24000")

Row = dict[str, object]


def split() -> tuple[list[Row], list[Row]]:
    """Mean over the six test curves of each size; and the gains between those of 24,000 steps."""
    rows, gains = [], []
    for size in ("25m", "100m"):
        curves = multi_power(size)
        for form in LAWS:
            begun = time.perf_counter()
            law = fit_form([curves[name] for name in MPL_FIT], form)
            seconds = time.perf_counter() - begun
            for name in MPL_TEST:
                curve = curves[name]
                found = law.predict(curve.lr, curve.steps)
                error, loss = found.mean - curve.loss, curve.loss
                rows.append(
                    {
                        "size": size,
                        "law": form.name,
                        "curve": name,
                        "mae": f"{np.abs(error).mean():.5f}",
                        "r2": f"{1 - (error**2).sum() / ((loss - loss.mean()) ** 2).sum():.5f}",
                        "worst": f"{(np.abs(error) / loss).max():.5f}",
                        "final": f"{abs(error[-1]):.5f}",
                        "covered": f"{(np.abs(error) < COVERED * found.sd).mean():.3f}",
                        "fit_seconds": f"{seconds:.3f}",
                    }
                )
            gains += [{"size": size, "law": form.name, **row} for row in _gains(law, curves)]
    return rows, gains


def _gains(law: Law, curves: dict[str, Curve]) -> list[Row]:
    found = []
    for first, second in combinations(ENDING_TOGETHER, 2):
        one, other = curves[first], curves[second]
        last = min(one.steps[-1], other.steps[-1])
        actual = np.interp(last, one.steps, one.loss) - np.interp(last, other.steps, other.loss)
        said = [law.predict(curve.lr, [last]).mean[0] for curve in (one, other)]
        found.append(
            {
                "pair": f"{first} - {second}",
                "actual": f"{actual:.4f}",
                "said": f"{said[0] - said[1]:.4f}",
            }
        )
    return found


def horizon() -> list[Row]:
    """One row for each law and choice of four runs."""
    family = [run for run in adamw() if run.family == STUDIED]
    short = [run for run in family if run.horizon == 15_000 and run.peak_lr in PEAKS]
    tested = far_runs(family)
    rows = []
    for number, four in enumerate(choices(short)):
        for form in LAWS:
            law = fit_form([run.curve for run in four], form)
            offset = np.median([run.final - last(law, run)[0] for run in four])
            said, sd = np.array([last(law, run) for run in tested]).T
            actual = np.array([run.final for run in tested])
            error = said + offset - actual
            rows.append(
                {
                    "choice": number,
                    "runs": " ".join(str(run.number) for run in four),
                    "law": form.name,
                    "tested": len(tested),
                    "final": f"{np.abs(error).mean():.5f}",
                    "bias": f"{error.mean():.5f}",
                    "rank": f"{spearmanr(said, actual).statistic if np.ptp(said) else 0.0:.4f}",
                    "regret": f"{actual[said.argmin()] - actual.min():.5f}",
                    "covered": f"{(np.abs(error) < COVERED * sd).mean():.3f}",
                }
            )
    return rows


def choices(short: Sequence[Run]) -> list[list[Run]]:
    """The declared four (cosine at 1e-3, 20 % cooldown at each peak lr), then seeded draws."""
    draw, found = random.Random(SEED), [declared(short)]
    while len(found) <= CHOICES:
        four = draw.sample(list(short), 4)
        if {run.peak_lr for run in four} == set(PEAKS):
            found.append(four)
    return found


def far_runs(family: Sequence[Run]) -> list[Run]:
    """The runs of 50,000 steps that decay."""
    return [
        run
        for run in family
        if run.horizon == 50_000
        and run.peak_lr in PEAKS
        and (run.cooldown or run.schedule == "cosine")
    ]


def declared(family: Sequence[Run]) -> list[Run]:
    """The four runs of 15,000 steps that were named beforehand."""
    short = [run for run in family if run.horizon == 15_000]
    cooled = [r for r in short if r.cooldown == 0.2 and r.schedule == "wsd linear"]
    return [run for run in cooled if run.number > 40 and run.peak_lr in PEAKS] + [
        run for run in short if run.number == 119
    ]


def last(law: Law, run: Run) -> tuple[float, float]:
    found = law.predict(run.lr, [run.horizon])
    return float(found.mean[0]), float(found.sd[0])


def write(name: str, rows: Sequence[Row]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def mean(rows: Sequence[Row], column: str) -> float:
    return float(np.mean([float(str(row[column])) for row in rows]))


def main() -> None:
    curves, gains = split()
    far = horizon()
    write("split.csv", curves)
    write("gains.csv", gains)
    write("horizon.csv", far)
    for form in LAWS:
        of = [row for row in curves if row["law"] == form.name]
        columns = ("mae", "r2", "worst", "final", "covered", "fit_seconds")
        pairs = [row for row in gains if row["law"] == form.name]
        off = np.mean([abs(float(str(p["said"])) - float(str(p["actual"]))) for p in pairs])
        print(form.name, {c: round(mean(of, c), 5) for c in columns}, f"gains {off:.4f}")
    for form in LAWS:
        of = [row for row in far if row["law"] == form.name]
        for words, some in (("declared", of[:1]), (f"all {len(of)}", of)):
            columns = ("final", "bias", "rank", "regret", "covered")
            print(form.name, words, {c: round(mean(some, c), 4) for c in columns})


if __name__ == "__main__":
    main()
