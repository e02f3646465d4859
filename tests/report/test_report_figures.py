"""The pictures, looked at as data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from studies import LINEAR, study

from lehr.report import figures
from lehr.report.build import build
from lehr.report.figure_style import CROSS, ROLE_COLORS, axis, plain
from lehr.report.page import pictures
from lehr.report.sweep_figure import sweep

REPORT = build(study())


def data(figure: Any) -> dict[str, Any]:
    return json.loads(figure.to_json())


def test_every_picture_names_its_axes() -> None:
    """Both axes of every picture have a title, but for the names of the paired comparisons."""
    for name, picture in pictures(REPORT).items():
        layout = data(picture.figure)["layout"]
        assert layout["xaxis"]["title"]["text"]
        assert name == "gains" or layout["yaxis"]["title"]["text"]
        assert layout["showlegend"] is False


def test_the_chosen_schedule_is_filled_and_on_top() -> None:
    """The last trace is the chosen one, in its colour, down to zero."""
    traces = data(figures.schedules(REPORT.schedules, REPORT.horizon))["data"]
    assert [trace.get("fill") for trace in traces] == [None, None, "tozeroy"]
    assert traces[-1]["line"]["color"] == ROLE_COLORS["chosen"]


def test_the_peak_lr_axis_is_logarithmic_and_the_choice_is_named() -> None:
    """Each sweep has ticks to read, the chosen lr in words, and a cross for what diverged."""
    for drawn in REPORT.sweeps:
        figure = data(sweep(drawn))
        layout = figure["layout"]
        assert layout["xaxis"]["type"] == "log"
        assert "0.1" in layout["xaxis"]["ticktext"]
        assert [note["text"] for note in layout["annotations"]] == ["<b>chosen 0.1</b>"]
        crosses = [trace for trace in figure["data"] if trace["marker"]["symbol"] == "x"]
        assert [trace["x"] for trace in crosses] == [[6.4]]


def test_a_diverged_run_is_marked() -> None:
    """Its line ends in a cross that says at which step."""
    assert REPORT.losses is not None
    figure = data(figures.curves(REPORT.losses))
    (cross,) = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    fallen = next(line for line in REPORT.losses.lines if line.diverged)
    assert (cross["x"], cross["y"]) == (fallen.steps[-1:], fallen.values[-1:])
    assert cross["marker"]["symbol"] == CROSS["symbol"]
    assert cross["hovertemplate"].startswith("diverged")


def test_gains_are_drawn_in_per_cent_with_zero_in_sight() -> None:
    """Intervals are whole, and the axis shows zero."""
    figure = data(figures.gains(REPORT.gains))
    low, high = figure["layout"]["xaxis"]["range"]
    assert low < -0.94
    assert high > 6.79
    row = next(trace for trace in figure["data"] if trace["y"] == ["over the baseline"])
    assert row["x"] == pytest.approx([4.12])
    assert row["error_x"]["array"] == pytest.approx([6.79 - 4.12])


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.9), (1e-5, 1), (1e-30, 1e30)])
def test_a_logarithmic_axis_has_a_few_ticks_inside(low: float, high: float) -> None:
    """Ticks lie within the axis, are few enough to read, and say what they are."""
    made = axis("loss", low, high, log=True)
    values, texts = made["tickvals"], made["ticktext"]
    assert isinstance(values, list)
    assert isinstance(texts, list)
    assert 1 < len(values) < 10
    assert all(low <= value <= high for value in values)
    assert [float(text) for text in texts] == pytest.approx(values)


def test_text_of_a_problem_is_not_markup_to_plotly() -> None:
    """Names with tags reach plotly escaped."""
    hostile = "<b>x</b><script>alert(1)</script>"
    report = build(study(objective="val_loss", problem=hostile))
    assert hostile not in str(report.losses)
    renamed = REPORT.model_copy(
        update={"sweeps": [s.model_copy(update={"objective": hostile}) for s in REPORT.sweeps]}
    )
    for drawn in renamed.sweeps:
        title = data(sweep(drawn))["layout"]["yaxis"]["title"]["text"]
        assert title == plain(hostile)
        assert "<" not in title
    traces = data(figures.schedules(REPORT.schedules, REPORT.horizon))["data"]
    assert plain(LINEAR) in traces[-1]["name"]
    assert ">>" not in traces[-1]["name"]
