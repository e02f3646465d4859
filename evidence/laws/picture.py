"""The picture of docs/forecast.md: three runs of 50,000 steps forecast from four of 15,000.

    python evidence/laws/picture.py

The four runs are the declared ones of `measure.py`, written as logs; the three are runs of the same
data whose schedules have a text. Writes docs/forecast.png, as `lehr forecast --html` draws it, and
`pictured.csv`: what was expected and what was measured at the last validation in training.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

import numpy as np
from published import STUDIED, Run, adamw

from lehr import parse
from lehr.cli import main
from lehr.cli.runs import Fitting
from lehr.report.forecast import within

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
sys.path.insert(0, str(DOCS))

from make_picture import photograph  # noqa: E402

SHOWN = {
    'warmup(300) >> hold() >> linear("20%")': 50,
    'warmup(300) >> hold() >> linear("60%")': 82,
    "warmup(300) >> cosine()": 132,
}
"""Schedule -> the run that had it, at the peak lr below."""
PEAK_LR, HORIZON, WEIGHT_DECAY = 1e-3, 50_000, 0.1
LOGGED = (41, 47, 53, 119)
EVERY = 100


def log(run: Run, directory: Path) -> Path:
    """Write a run as a training script would have: an lr every hundred steps, some losses."""
    losses = dict(zip(run.curve.steps.astype(int).tolist(), run.curve.loss.tolist(), strict=True))
    path = directory / f"{run.schedule.split()[0]}_{run.peak_lr:g}.csv"
    steps = sorted({*losses, *range(0, run.horizon, EVERY), run.horizon - 1})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "lr", "loss"])
        writer.writerows((step, f"{run.lr[step]:.8g}", losses.get(step, "")) for step in steps)
    return path


def compared(logs: list[Path], runs: dict[int, Run]) -> list[dict[str, object]]:
    """What the law expects where the run was last validated, and what was measured there."""
    fitting = Fitting(weight_decay=WEIGHT_DECAY)
    law = fitting.fit([fitting.curve(path) for path in logs])
    rows: list[dict[str, object]] = []
    for text, number in SHOWN.items():
        curve = runs[number].curve
        lr = PEAK_LR * parse(text).over(HORIZON).values()
        steps = np.append(np.linspace(1_000, curve.steps[-1] - 1, 200).round(), curve.steps[-1])
        said = law.predict(lr, steps)
        end = within(float(said.mean[-1]), float(said.sd[-1]))
        rows.append(
            {
                "schedule": text,
                "run": number,
                "step": int(curve.steps[-1]),
                "expected": f"{end.mean:.4f}",
                "low": f"{end.low:.4f}",
                "high": f"{end.high:.4f}",
                "measured": f"{curve.loss[-1]:.4f}",
            }
        )
    return rows


def draw(logs: list[Path], picture: Path) -> None:
    """Photograph what the command line writes, down to the table of final losses."""
    page = picture.with_suffix(".html")
    asked = ["--horizon", str(HORIZON), "--peak-lr", str(PEAK_LR), "--html", str(page)]
    asked += ["--weight-decay", str(WEIGHT_DECAY)]
    if main(["forecast", *map(str, logs), "--schedule", *SHOWN, *asked]) != 0:
        raise SystemExit("lehr forecast failed")
    photograph(page.read_text(encoding="utf-8"), picture, until=".card.scroll")
    page.unlink()


if __name__ == "__main__":
    runs = {run.number: run for run in adamw() if run.family == STUDIED}
    with tempfile.TemporaryDirectory() as directory:
        logs = [log(runs[number], Path(directory)) for number in LOGGED]
        rows = compared(logs, runs)
        draw(logs, DOCS / "forecast.png")
    with (HERE / "pictured.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
