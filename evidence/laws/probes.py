"""Whether the run that is said to tell most does tell more than another.

    python evidence/laws/probes.py        # a minute; writes probes.csv

The 124M runs of 15,000 steps at three peak lrs. One run is fitted, or two; each other one in turn
joins it, and the law is asked about the final losses of the 39 runs of 50,000 steps of
`measure.py`. `chosen` joins the run that is said to leave the least uncertainty about them,
before it is looked at; `any` is the mean over all that might have joined, `best` the luckiest.
The number is the mean error of the 39 final losses.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
from measure import PEAKS, far_runs
from published import STUDIED, Run, adamw
from scipy.stats import spearmanr, t

from lehr.laws import Law, fit
from lehr.laws.fitting import information

HERE = Path(__file__).parent
BASES, SEED = 20, 3


def uncertainty(law: Law, joined: Run, tested: list[Run]) -> float:
    """Mean standard deviation of the tested final losses once a run has joined, by the law."""
    loss, slopes = law.evaluate(joined.lr, joined.curve.steps)
    told = information(slopes / loss[:, None], law.misfit)
    after = np.linalg.inv(np.linalg.pinv(law.covariance, hermitian=True) + told)
    asked = np.array([law.evaluate(run.lr, run.curve.steps[-1:])[1][0] for run in tested])
    return float(np.sqrt(np.einsum("ni,ij,nj->n", asked, after, asked)).mean())


def error(law: Law, tested: list[Run]) -> float:
    """Mean error of the last losses of the curves."""
    said = [law.evaluate(run.lr, run.curve.steps[-1:])[0][0] for run in tested]
    return float(np.abs(np.array(said) - [run.curve.loss[-1] for run in tested]).mean())


def main() -> None:
    family = [run for run in adamw() if run.family == STUDIED]
    short = [run for run in family if run.horizon == 15_000 and run.peak_lr in PEAKS]
    tested, draw, rows = far_runs(family), random.Random(SEED), []
    for size in (1, 2):
        for _ in range(BASES):
            base = draw.sample(short, size)
            law = fit([run.curve for run in base])
            others = [run for run in short if run not in base]
            said = [uncertainty(law, run, tested) for run in others]
            errors = [error(fit([one.curve for one in [*base, run]]), tested) for run in others]
            rows.append(
                {
                    "fitted": " ".join(str(run.number) for run in base),
                    "runs": size,
                    "before": f"{error(law, tested):.5f}",
                    "chosen": f"{errors[int(np.argmin(said))]:.5f}",
                    "any": f"{np.mean(errors):.5f}",
                    "best": f"{min(errors):.5f}",
                    "rank": f"{spearmanr(said, errors).statistic:.3f}",
                }
            )
    for size in (1, 2):
        some = [row for row in rows if row["runs"] == size]
        columns = ("before", "chosen", "any", "best", "rank")
        found = {name: np.array([float(str(row[name])) for row in some]) for name in columns}
        means = {name: round(float(values.mean()), 5) for name, values in found.items()}
        gain = found["any"] - found["chosen"]
        half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / len(gain) ** 0.5
        print(size, means, f"better in {(gain > 0).mean():.0%}, by {gain.mean():.5f} ± {half:.5f}")
    with (HERE / "probes.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
