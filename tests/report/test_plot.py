"""`lehr.plot`, looked at as data."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from contrast import contrast

import lehr
from lehr import Plan, absolute, cosine, hold, linear, one_cycle, warmup, wsd
from lehr.errors import LehrError, ScheduleError
from lehr.report.figure_style import (
    PAPER,
    PAPER_INK,
    PLACE_COLORS,
    ROLE_COLORS,
    place_color,
    place_dash,
)

SCHEDULE = warmup("5%") >> hold() >> cosine("20%", final=0.1)


def data(figure: Any) -> dict[str, Any]:
    return json.loads(figure.to_json())


def lines(figure: dict[str, Any]) -> list[dict[str, Any]]:
    return [t for t in figure["data"] if t.get("mode") == "lines" and "opacity" not in t]


def test_a_schedule_is_drawn_with_its_phases_and_its_lr() -> None:
    """The line is the schedule; phases are named and marked; the lr has an axis and a hover."""
    figure = data(lehr.plot(SCHEDULE, horizon=10_000, peak_lr=3e-4))
    (line,) = lines(figure)
    assert line["y"] == SCHEDULE.over(10_000).at(np.array(line["x"])).tolist()
    assert line["customdata"] == pytest.approx([3e-4 * y for y in line["y"]])
    for word in ("step", "multiplier", "lr"):
        assert f"{word} %{{" in line["hovertemplate"]
    layout = figure["layout"]
    assert [note["text"] for note in layout["annotations"]] == ["warmup", "hold", "cosine"]
    assert [shape["x0"] for shape in layout["shapes"]] == [500, 8_000]
    (markers,) = [t for t in figure["data"] if t.get("mode") == "markers"]
    assert markers["x"] == [500, 8_000]
    assert "20%" in markers["hovertext"][1]
    assert layout["yaxis2"]["overlaying"] == "y"
    assert layout["yaxis2"]["ticktext"][-1] == "0.0003"
    left, right = layout["yaxis"]["range"], layout["yaxis2"]["range"]
    assert right == pytest.approx([3e-4 * end for end in left])
    assert layout["yaxis"]["fixedrange"] is layout["yaxis2"]["fixedrange"] is True


def test_what_holds_past_the_end_is_faint() -> None:
    """From the horizon to the edge of the picture, at the last value."""
    figure = data(lehr.plot(SCHEDULE, horizon=1_000))
    (faint,) = [t for t in figure["data"] if "opacity" in t]
    assert faint["x"] == [1_000, figure["layout"]["xaxis"]["range"][1]]
    assert faint["x"][1] > 1_000
    assert faint["y"] == [0.1, 0.1]
    assert faint["opacity"] < 0.5


def test_a_plan_has_one_panel_a_hyper_parameter() -> None:
    """Panels below each other, titled by what they show; the lr's axis is the lr's alone."""
    plan = Plan(lr=one_cycle(), momentum=absolute(linear(start=0.95)), weight_decay=linear())
    layout = data(lehr.plot(plan, horizon=100, peak_lr=0.1))["layout"]
    titles = [layout[axis]["title"]["text"] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert titles == ["lr multiplier", "momentum", "weight_decay multiplier"]
    assert layout["yaxis4"]["title"]["text"] == "learning rate"
    assert layout["xaxis3"]["title"]["text"] == "optimizer step"
    assert data(lehr.plot(plan.over(100)))["layout"]["yaxis"]["title"]["text"] == "lr multiplier"
    alone = data(lehr.plot(lehr.one_cycle_momentum(), horizon=100, peak_lr=0.1))["layout"]
    assert alone["yaxis"]["title"]["text"] == "value"
    assert "yaxis2" not in alone


def test_several_have_one_legend_and_differ_in_more_than_colour() -> None:
    """Each label appears once, though it has lines in two panels; horizons may differ."""
    drawn = {
        "short": linear().over(500),
        "<b>plan</b>": Plan(lr=cosine(), momentum=linear()).over(1_000),
        "wsd": wsd().over(1_000),
    }
    figure = data(lehr.plot(drawn))
    shown = [t for t in figure["data"] if t.get("showlegend")]
    assert [t["name"] for t in shown] == ["short", "&lt;b&gt;plan&lt;/b&gt;", "wsd"]
    assert len({t["line"]["color"] for t in shown}) == 3
    assert len({t["line"]["dash"] for t in shown}) == 3
    assert figure["layout"]["showlegend"] is True
    assert shown[0]["x"][-1] == 500
    assert "annotations" not in figure["layout"]
    pairs = {(place_color(place), place_dash(place)) for place in range(11)}
    assert len(pairs) == 11


def test_a_million_steps_make_a_small_figure() -> None:
    """However long and however wild, the figure stays under 100 kB and has the extremes."""
    for schedule in (SCHEDULE, lehr.triangular(25).repeat()):
        figure = lehr.plot(schedule, horizon=1_000_000)
        (line,) = lines(data(figure))
        assert len(figure.to_json()) < 100_000
        assert max(line["y"]) == 1
        assert min(line["y"]) == schedule.over(1_000_000).values(0, 1_000_001).min()


def test_a_logarithmic_axis_leaves_zeros_out() -> None:
    """Zeros have no place on it; both axes show the same decades."""
    figure = data(lehr.plot(linear(), horizon=1_000, peak_lr=0.01, log=True))
    (line,) = lines(figure)
    assert line["y"][-1] is None
    assert all(y > 0 for y in line["y"][:-1])
    left, right = figure["layout"]["yaxis"], figure["layout"]["yaxis2"]
    assert left["type"] == right["type"] == "log"
    assert right["range"] == pytest.approx([end - 2 for end in left["range"]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lehr.plot(linear()), "horizon=10_000"),
        (lambda: lehr.plot(linear().over(5), horizon=5), "two horizons"),
        (lambda: lehr.plot({}), "nothing to draw"),
        (lambda: lehr.plot({"a": "linear()"}, horizon=5), "lehr.parse"),  # pyright: ignore
        (lambda: lehr.plot(linear(), horizon=5, peak_lr=0), "above 0"),
        (lambda: lehr.plot(linear(), horizon=5, peak_lr=float("nan")), "above 0"),
        (lambda: lehr.plot(linear(start=0), horizon=5, log=True), "log=False"),
    ],
)
def test_what_cannot_be_drawn_says_what_to_type(call: Callable[[], object], words: str) -> None:
    """Every refusal is lehr's own, with the rule or the fix."""
    with pytest.raises(LehrError) as raised:
        call()
    assert words in str(raised.value)


def test_a_schedule_that_does_not_fit_says_so() -> None:
    """Binding errors come through as they are."""
    with pytest.raises(ScheduleError, match="longer"):
        lehr.plot(warmup(100) >> linear(100), horizon=50)


def test_plot_is_fetched_when_asked_for() -> None:
    """`import lehr` and even a notebook's picture need no plotly."""
    code = (
        "import sys, lehr; lehr.linear()._repr_html_(); assert 'plotly' not in sys.modules;"
        "lehr.plot; sys.exit('plotly' not in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert "plot" in lehr.__all__


@pytest.mark.parametrize("color", sorted({*PLACE_COLORS, *ROLE_COLORS.values()} - {"#9aa5b1"}))
@pytest.mark.parametrize("ground", ["#ffffff", "#1b1f24"], ids=["light", "dark"])
def test_lines_stand_out_from_light_and_dark_grounds(color: str, ground: str) -> None:
    """A contrast of 3 to 1, as WCAG 2.2 (1.4.11) asks of graphics."""
    assert contrast(color, ground) >= 3


def test_text_on_paper_can_be_read() -> None:
    """A contrast of 4.5 to 1, as WCAG 2.2 (1.4.3) asks of text."""
    assert contrast(PAPER_INK, PAPER) >= 4.5
