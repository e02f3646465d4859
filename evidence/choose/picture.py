"""Draw regret against cost on the fresh tasks, from `summary.csv`.

python evidence/choose/picture.py    # writes regret_against_cost.png; needs Debian's chromium
"""

from __future__ import annotations

import csv
import math
import tempfile
from pathlib import Path

import plotly.graph_objects as go
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
LINES = {
    "lehr": ("#e8590c", "solid", 4),
    "successive halving, linear wsd rex": ("#2b9a82", "dash", 2),
    "lr grid, linear": ("#3b82c4", "dot", 2),
    "Optuna TPE, Hyperband": ("#9b6dd6", "dashdot", 2),
    "random search": ("#7a8793", "longdash", 2),
    "1-epoch, best 3": ("#c08a1e", "longdashdot", 2),
}
POINTS = ("customary lr, cosine", "fastai lr_find valley, one-cycle", "Schedule-Free AdamW")


def figure() -> go.Figure:
    """One line a rival with budgets, one point a rival without, on logarithmic axes."""
    with (HERE / "summary.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["half"] == "fresh"]
    drawn = go.Figure()
    for rival in (*LINES, *POINTS):
        own = sorted(
            (float(r["mean_cost"]), float(r["mean_of_medians"]))
            for r in rows
            if r["rival"] == rival
        )
        own = [(cost, 100 * regret) for cost, regret in own if 0.8 <= cost <= 20]
        color, dash, width = LINES.get(rival, ("#444c56", "solid", 2))
        drawn.add_scatter(
            x=[cost for cost, _ in own],
            y=[regret for _, regret in own],
            name=rival,
            mode="lines+markers" if rival in LINES else "markers",
            line={"color": color, "dash": dash, "width": width},
            marker={"size": 8 if rival == "lehr" else 6},
        )
        if rival in POINTS:
            drawn.add_annotation(
                x=math.log10(own[0][0]),
                y=math.log10(own[0][1]),
                text=rival,
                showarrow=False,
                xanchor="left",
                xshift=8,
            )
            drawn.data[-1].showlegend = False
    drawn.update_xaxes(
        type="log", title="cost of the search in full runs", tickvals=[1, 2, 3, 5, 10, 20]
    )
    drawn.update_yaxes(
        type="log",
        title="regret in %, mean of the tasks' medians",
        tickvals=[0.5, 1, 2, 5, 10, 20, 50, 100],
    )
    drawn.update_layout(
        template="plotly_white",
        font={"size": 15},
        width=1000,
        height=560,
        margin={"l": 80, "r": 20, "t": 20, "b": 60},
        legend={"x": 0.01, "y": 0.01, "xanchor": "left", "yanchor": "bottom"},
    )
    return drawn


def main() -> None:
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        page = Path(directory) / "page.html"
        page.write_text(figure().to_html(include_plotlyjs=True), encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1000, "height": 560}, device_scale_factor=2)
        tab.goto(page.as_uri())
        drawing = tab.locator(".main-svg").first
        drawing.wait_for()
        tab.locator(".plot-container").screenshot(path=HERE / "regret_against_cost.png")
        browser.close()


if __name__ == "__main__":
    main()
