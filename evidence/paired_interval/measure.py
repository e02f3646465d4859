"""How often a comparison with the baseline claims a difference where there is none.

    python evidence/paired_interval/measure.py

Made-up studies: log objectives of a front-runner, a baseline and a runner-up, alike on average, on
the same 2, 3 or 5 seeds. The interval from the residual of the two-way layout (all three
candidates) is set beside Student's interval from the pair's own differences, which
`lehr.choose.statistics` uses. Both promise 5 % false claims. Writes `rows.csv`.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy import stats

from lehr.choose.statistics import Pairs

HERE = Path(__file__).parent
STUDIES = 4000
NOISE = {
    "alike": (1.0, 1.0, 1.0),
    "baseline noisier": (0.1, 1.0, 0.1),
    "front-runner noisier": (1.0, 0.3, 0.3),
}


def pooled_claims(scores: np.ndarray) -> bool:
    """Whether the interval from the residual of candidates x seeds excludes zero."""
    candidates, seeds = scores.shape
    fitted = scores.mean(axis=0) + scores.mean(axis=1, keepdims=True) - scores.mean()
    freedom = (candidates - 1) * (seeds - 1)
    residual = np.sqrt(((scores - fitted) ** 2).sum() / freedom)
    half = stats.t.ppf(0.975, freedom) * residual * np.sqrt(2 / seeds)
    return bool(abs(scores[0].mean() - scores[1].mean()) > half)


def own_claims(scores: np.ndarray) -> bool:
    """Whether the interval from the pair's own differences excludes zero."""
    gain = Pairs(np.exp(scores[0]), np.exp(scores[1]), "min").gain()
    return gain is not None and not gain.low <= 0 <= gain.high


def main() -> None:
    rng = np.random.default_rng(0)
    rows: list[dict[str, object]] = []
    for noise, spreads in NOISE.items():
        for seeds in (2, 3, 5):
            claims = np.zeros(2)
            for _ in range(STUDIES):
                shared = rng.normal(0, 1, seeds)
                own = rng.normal(0, 1, (3, seeds)) * np.array(spreads)[:, None]
                scores = 0.05 * (shared + own)
                claims += pooled_claims(scores), own_claims(scores)
            pooled, paired = claims / STUDIES
            rows.append(
                {"noise": noise, "seeds": seeds, "pooled": float(pooled), "own": float(paired)}
            )
            print(rows[-1], flush=True)
    with (HERE / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
