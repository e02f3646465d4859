"""What a free monotone decay would gain over the small family that `design` searches.

    python evidence/laws/free_form.py        # ten seconds; writes free_form.csv

From the designed schedule on, the multipliers at twelve knots (every tenth of the run, closer at
its end, joined linearly, never rising) are moved one at a time as long as the law's mean plus one
standard deviation falls. Fitted on the runs of `measure.py`; nothing is trained here.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from measure import declared
from numpy.typing import NDArray
from published import MPL_FIT, MPL_WARMUP, STUDIED, adamw, multi_power

from lehr import linear, warmup
from lehr.laws import Law, design, fit
from lehr.laws.trial import NOTHING, Trial, gain, trials

HERE = Path(__file__).parent
KNOTS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 1.0])
FIRST_MOVE, LAST_MOVE = 0.1, 0.01
Array = NDArray[np.float64]


class Free:
    """Schedules that pass through given multipliers at the knots."""

    def __init__(self, law: Law, peak_lr: float, horizon: int, warm: int) -> None:
        self.law, self.peak_lr, self.horizon, self.warm = law, peak_lr, horizon, warm
        self.cuts = np.round(KNOTS * (horizon - warm)).astype(int)

    def of(self, heights: Array) -> Trial:
        shape = warmup(self.warm)
        for steps, height in zip(np.diff(self.cuts, prepend=0), heights, strict=True):
            shape = shape >> linear(int(steps), final=round(float(height), 4))
        return trials(self.law, shape, [self.peak_lr], self.horizon, NOTHING)[0]

    def improved(self, heights: Array) -> tuple[Trial, Array]:
        best, move = self.of(heights), FIRST_MOVE
        while move > LAST_MOVE:
            before = best.score
            for place in range(len(heights)):
                for by in (move, -move):
                    low = heights[place + 1] if place + 1 < len(heights) else 0.0
                    high = heights[place - 1] if place else 1.0
                    tried = heights.copy()
                    tried[place] = np.clip(tried[place] + by, low, high)
                    found = self.of(tried)
                    if found.score < best.score:
                        best, heights = found, tried
            if best.score > before - 1e-7:
                move /= 2
        return best, heights


def main() -> None:
    family = [run for run in adamw() if run.family == STUDIED]
    four = fit([run.curve for run in declared(family)])
    cases = [("124M", four, horizon, 300) for horizon in (15_000, 50_000, 200_000)]
    for size in ("25m", "100m"):
        curves = multi_power(size)
        law = fit([curves[name] for name in MPL_FIT])
        cases.append((size, law, 24_000, MPL_WARMUP))
    rows = []
    for name, law, horizon, warm in cases:
        found = design(law, horizon=horizon, warmup_steps=warm)
        free = Free(law, found.peak_lr, horizon, warm)
        values = found.schedule.over(horizon)
        (designed,) = trials(law, found.schedule, [found.peak_lr], horizon, NOTHING)
        best, heights = free.improved(np.array([values(warm + int(cut)) for cut in free.cuts]))
        more = gain(law, designed, best)
        rows.append(
            {
                "model": name,
                "horizon": horizon,
                "designed": str(found.schedule),
                "over_linear": f"{found.over_linear.mean:.5f}",
                "free_more": f"{more.mean:.5f}",
                "sd": f"{more.sd:.5f}",
                "heights": " ".join(f"{height:.2f}" for height in heights),
            }
        )
        print(rows[-1], flush=True)
    with (HERE / "free_form.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
