"""Schedules designed by a law, trained against tuned cosine, linear and WSD on the choosing tasks.

    python evidence/laws_live/measure.py        # ten minutes

For every task recorded runs of one search seed are fitted: linear and WSD at three peak lrs around
the customary one, and further ones as long as the best of them is at the end of what was tried.
The rivals are cosine, linear and WSD, each at the best of thirteen peak lrs by the mean over twenty
search seeds, which costs 780 runs. Everything is compared on the ten fresh seeds, pairwise, by the
excess of the validation loss; intervals are Student's t over the ten differences. Where a law does
not hold the design is the best of the fitted runs again, and says so. Besides, every other recorded
cell in the range of peaks is forecast and ranked; `pick` is the excess of the cell that is forecast
to be the best over the best cell, `best_run` that of the best fitted run. Writes `tasks.csv` and
`pairs.csv`.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from lehr import parse
from lehr.laws import Curve, Law, design, fit

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "choose"))

from grid import FRESH_SEEDS, MARKS, SHAPES, TRUNK  # noqa: E402
from recorded import Recorded  # noqa: E402
from tasks import TASKS  # noqa: E402
from twins import Twin  # noqa: E402

FITTED = ("linear", "wsd")
RIVALS = ("cosine", "linear", "wsd")
SEED = 0
LONG = ("letters_window_long", "mislabelled_long")
"""Recorded on other seeds; left out."""

ROUNDING = 1e-5
"""Excess of a run over its recorded twin, trained again in another program."""

Row = dict[str, object]


def measured(name: str) -> tuple[Row, list[Row]]:
    """The law's fit and forecasts on a task, and its design against each rival."""
    recorded = Recorded.load(name, SHAPES | TRUNK)
    horizon, middle = recorded.horizon, len(recorded.peak_lrs) // 2
    multipliers = {s: parse((SHAPES | TRUNK)[s]).over(horizon).values() for s in recorded.shapes}
    problem = TASKS[name].problem()
    optimizer = problem.optimizer(torch.nn.Linear(1, 1).parameters(), 1.0)
    kind = type(optimizer).__name__
    decay = float(optimizer.param_groups[0].get("weight_decay", 0)) if kind == "AdamW" else 0.0

    places = walked(recorded, middle)
    curves = []
    for shape in FITTED:
        for place in places:
            loss = recorded.val[SEED, recorded.shapes.index(shape), place]
            if np.isfinite(loss).all():
                lr = recorded.peak_lrs[place] * multipliers[shape]
                curves.append(
                    Curve(
                        steps=recorded.marks,
                        loss=loss,
                        lr=lr,
                        weight_decay=decay,
                        optimizer=kind,
                        name=f"{shape} at {recorded.peak_lrs[place]:g}",
                    )
                )
    law = fit(curves)
    said, actual = forecasts(law, recorded, multipliers, places)
    found = design(law, horizon=horizon, warmup_steps=round(0.05 * horizon))

    lr = found.peak_lr * found.schedule.over(horizon).values()
    twin = Twin(problem)
    own = np.array([twin.curves(seed, {"lr": lr[None]}, MARKS)[1][0, -1] for seed in FRESH_SEEDS])
    pairs = [against(name, rival, own, recorded) for rival in RIVALS]
    row: Row = {
        "task": name,
        "optimizer": kind,
        "horizon": horizon,
        "runs": len(curves),
        "misfit": f"{law.misfit:.4f}",
        "rising": f"{law.rising:.2f}",
        "holds": law.holds,
        "rank": f"{stats.spearmanr(said, actual).statistic:.3f}",
        "pick": f"{actual[said.argmin()] / actual.min() - 1:.4f}",
        "best_run": f"{best_run(recorded, places) / actual.min() - 1:.4f}",
        "forecast_error": f"{np.median(np.abs(said / actual - 1)):.4f}",
        "schedule": str(found.schedule),
        "peak_lr": f"{found.peak_lr:.4g}",
        "fell_back": found.fell_back,
        "again": found.again or "",
        "loss": f"{own.mean():.5g}",
    }
    return row, pairs


def walked(recorded: Recorded, middle: int) -> range:
    """Three peaks, and more while the best run is at the end of what was tried."""
    finals = recorded.val[SEED, [recorded.shapes.index(shape) for shape in FITTED], :, -1].min(0)
    low, high = middle - 1, middle + 1
    while True:
        best = low + int(np.argmin(finals[low : high + 1]))
        if best == high and high + 1 < len(finals):
            high += 1
        elif best == low and low > 0:
            low -= 1
        else:
            return range(low, high + 1)


def best_run(recorded: Recorded, places: range) -> float:
    """Mean over the search's seeds of the cell whose fitted run ended lowest."""
    cells = [(recorded.shapes.index(shape), place) for shape in FITTED for place in places]
    shape, place = min(cells, key=lambda cell: recorded.val[SEED, *cell, -1])
    return float(recorded.finals[:, shape, place].mean())


def forecasts(
    law: Law, recorded: Recorded, multipliers: dict[str, NDArray[np.float64]], places: range
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Forecast and mean over the search's seeds of every cell in the range of peaks."""
    said, actual = [], []
    for shape, name in enumerate(recorded.shapes):
        for place in places:
            mean = recorded.finals[:, shape, place].mean()
            if np.isfinite(mean):
                lr = recorded.peak_lrs[place] * multipliers[name]
                said.append(law.predict(lr, [recorded.horizon]).mean[0])
                actual.append(mean)
    return np.array(said), np.array(actual)


def against(name: str, rival: str, own: NDArray[np.float64], recorded: Recorded) -> Row:
    shape = recorded.shapes.index(rival)
    place = int(np.argmin(recorded.finals[:, shape].mean(0)))
    other = recorded.fresh[:, shape, place]
    difference = (own - other) / other.mean()
    half = stats.t.ppf(0.975, len(own) - 1) * difference.std(ddof=1) / len(own) ** 0.5
    mean = float(difference.mean())
    verdict = (
        "better" if mean + half < -ROUNDING else "worse" if mean - half > ROUNDING else "alike"
    )
    return {
        "task": name,
        "rival": rival,
        "rival_peak_lr": f"{recorded.peak_lrs[place]:.4g}",
        "rival_loss": f"{other.mean():.5g}",
        "excess": f"{mean:+.4f}",
        "low": f"{mean - half:+.4f}",
        "high": f"{mean + half:+.4f}",
        "verdict": verdict,
    }


def write(name: str, rows: Sequence[Row]) -> None:
    with (HERE / name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    tasks: list[Row] = []
    pairs: list[Row] = []
    for name in sys.argv[1:] or [name for name in TASKS if name not in LONG]:
        row, found = measured(name)
        tasks.append(row)
        pairs += found
        outcome = {str(pair["rival"]): (pair["excess"], pair["verdict"]) for pair in found}
        print(row, outcome, flush=True)
        write("tasks.csv", tasks)
        write("pairs.csv", pairs)


if __name__ == "__main__":
    main()
