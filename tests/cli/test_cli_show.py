"""`lehr show`: the values are the schedule's, in every form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from lehr import parse
from lehr.cli.curves import plot, sparkline
from lehr.cli.show_terminal import draw
from lehr.schedule.panels import panels

Lehr = Callable[..., Any]
TEXT = 'warmup("5%") >> hold() >> cosine("20%", final=0.1)'


def test_csv_has_every_step_to_the_bit(lehr: Lehr) -> None:
    """Reading the CSV gives the schedule's values times the peak."""
    result = lehr("show", TEXT, "--horizon", "700", "--peak", "0.03", "--csv")
    rows = list(csv.reader(io.StringIO(result.out)))
    assert rows[0] == ["step", "lr"]
    assert [int(row[0]) for row in rows[1:]] == list(range(700))
    exact = parse(TEXT).over(700).values() * 0.03
    assert [float(row[1]) for row in rows[1:]] == exact.tolist()


def test_json_is_versioned_and_complete(lehr: Lehr) -> None:
    """One document with the plan, its phases and all values; absolutes are not scaled."""
    plan = "Plan(lr=one_cycle(), momentum=one_cycle_momentum())"
    document = json.loads(lehr("show", plan, "--horizon", "100", "--peak", "2", "--json").out)
    assert document["schema_version"] == 1
    assert document["absolute"] == ["momentum"]
    assert max(document["values"]["lr"]) == pytest.approx(2)
    assert max(document["values"]["momentum"]) == 0.95
    assert [(p["start"], p["stop"]) for p in document["phases"]["lr"]] == [(0, 30), (30, 100)]


def test_an_absolute_schedule_is_shown_without_a_plan(lehr: Lehr) -> None:
    """Its values are the values, whatever the peak lr."""
    document = json.loads(lehr("show", "one_cycle_momentum()", "--peak", "9", "--json").out)
    assert (list(document["values"]), document["absolute"]) == (["value"], ["value"])
    assert max(document["values"]["value"]) == 0.95
    assert "value by optimizer step" in lehr("show", "one_cycle_momentum()").out


def test_a_clock_gives_durations_a_meaning(lehr: Lehr) -> None:
    """Epochs need steps per epoch, and the error says so."""
    line = ["show", 'warmup("2ep") >> linear()', "--horizon", "100", "--json"]
    told = json.loads(lehr(*line, "--steps-per-epoch", "10").out)
    assert told["phases"]["lr"][0]["stop"] == 20
    result = lehr(*line)
    assert result.code == 2
    assert "steps_per_epoch" in result.err


def test_html_is_one_file(lehr: Lehr, tmp_path: Path) -> None:
    """The page holds the schedule's text escaped, a figure, and the phases."""
    result = lehr("show", TEXT, "--html", "out.html")
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert result.out == "page: out.html\n"
    assert "warmup(&quot;5%&quot;) &gt;&gt; hold()" in page
    assert 'data-source="figure-schedules"' in page
    assert " src=" not in page.split("<script>")[0]


@pytest.mark.parametrize("path", [".", "missing/out.html"])
def test_a_page_goes_into_a_file(lehr: Lehr, path: str) -> None:
    """A folder, or a file in one that is not there, is refused with what to type."""
    result = lehr("show", "linear()", "--html", path)
    assert (result.code, result.out) == (2, "")
    assert "--html page.html" in result.err


def test_several_are_shown_side_by_side(lehr: Lehr) -> None:
    """As many curves beside each other as fit, on one scale; the others below; no colours."""
    wide = lehr("show", "linear()", "0.5 * rex()", "cosine()", "wsd()", "--horizon", "100").out
    titles = [line for line in wide.splitlines() if line.startswith("lr: ")]
    assert [words.strip() for words in titles[0].split("lr: ")] == [
        "",
        "linear()",
        "0.5 * rex()",
        "cosine()",
    ]
    assert titles[1].startswith("lr: warmup")
    assert max(map(len, wide.splitlines())) <= 120
    assert "\x1b" not in wide
    ticks = [line for line in wide.splitlines() if line.count("1┤") == 3]
    assert len(ticks) == 1  # the half one has the axis of the others


@pytest.mark.parametrize("width", [40, 70, 111, 200])
def test_curves_fit_any_width(width: int) -> None:
    """On a narrow terminal they stand below each other; nothing is wider, nothing is lost."""
    plans = {text: panels(parse(text).over(50)) for text in ("linear()", "rex()", "cosine()")}
    written = io.StringIO()
    draw(plans, Console(file=written, width=width))
    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert sum(line.count("┌") for line in lines) == 3
    assert sum("┌" in line for line in lines) == (3 if width < 74 else 2 if width < 112 else 1)
    coloured = io.StringIO()
    console = Console(file=coloured, width=width, force_terminal=True, color_system="standard")
    draw(plans, console)
    assert "\x1b[" in coloured.getvalue()


def test_several_are_one_document_each(lehr: Lehr) -> None:
    """JSON holds a list of what one alone gives; CSV a column for each, under its text."""
    line = ["--horizon", "20", "--peak", "0.1"]
    alone = json.loads(lehr("show", "linear()", *line, "--json").out)
    both = json.loads(lehr("show", "linear()", TEXT, *line, "--json").out)
    assert {"schema_version": 1, **both["schedules"][0]} == alone
    assert both["schedules"][1]["plan"] == {"lr": TEXT}
    rows = list(csv.reader(io.StringIO(lehr("show", "linear()", TEXT, *line, "--csv").out)))
    assert rows[0] == ["step", "linear(): lr", f"{TEXT}: lr"]
    assert [float(row[1]) for row in rows[1:]] == alone["values"]["lr"]


def test_a_page_of_several_has_a_panel_for_each_hyper_parameter(lehr: Lehr, tmp_path: Path) -> None:
    """One figure; both texts and the lr of every phase are told; its axes may be logarithmic."""
    plan = "Plan(lr=one_cycle(), momentum=one_cycle_momentum())"
    lehr("show", "linear()", plan, "--peak", "0.02", "--html", "out.html", "--log")
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    figure = page.partition('id="figure-schedules">')[2].partition("</script>")[0]
    assert {"xaxis", "xaxis2", "yaxis", "yaxis2", "yaxis3"} <= set(json.loads(figure)["layout"])
    assert json.loads(figure)["layout"]["yaxis"]["type"] == "log"
    assert "<td>linear(): lr</td>" in page
    assert '<td class="n">0.02</td>' in page
    refused = lehr("show", "linear()", "--log")
    assert (refused.code, refused.out) == (2, "")
    assert "--html" in refused.err


def test_two_documents_do_not_fit_one_stream(lehr: Lehr) -> None:
    """CSV and JSON together are refused, not mixed."""
    result = lehr("show", "rex()", "--csv", "--json")
    assert (result.code, result.out) == (2, "")
    assert "one of them" in result.err


def test_a_curve_reaches_both_ends_of_its_axis() -> None:
    """The highest line has the peak, the lowest the end; colours only if asked."""
    steps, values = np.array([0, 500]), np.array([1.0, 0.0])
    text = plot(steps, values, label="lr", limits=(0, 1), width=60, height=12)
    lines = text.split("\n")
    assert lines[1].lstrip().startswith("1┤⠠")
    assert lines[-4].endswith("│")
    assert lines[-4].rstrip("│")[-1] > "⠀"
    assert len(lines) == 12
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in text
    assert "\x1b" in plot(steps, values, label="lr", limits=(0, 1), color=True)


def test_a_run_of_any_length_is_drawn_at_once(lehr: Lehr) -> None:
    """Only CSV and JSON need every value."""
    text = lehr("show", "wsd()", "--horizon", str(10**12)).out
    assert "999,999,999,999" in text
    assert text.count("┤") == 5


def test_a_sparkline_shows_means() -> None:
    """A curve that swings faster than there are blocks is level, not a pattern of chance."""
    assert sparkline(np.zeros(10), 4) == "▁▁▁▁"
    assert sparkline(np.ones(3), 8) == "████████"
    swinging = parse("triangular(5).repeat()").over(1_000).values()
    assert len(set(sparkline(swinging))) <= 2


def test_the_list_has_a_sparkline_for_each_recipe(lehr: Lehr) -> None:
    """In the terminal and in JSON, the same."""
    entries = json.loads(lehr("list", "--json").out)["schedules"]
    text = lehr("list").out
    assert all(len(entry["sparkline"]) == 24 for entry in entries)
    assert all(f"{entry['sparkline']}  {entry['examples'][0]}" in text for entry in entries)


@pytest.mark.parametrize("peak", ["nan", "-1", "0", "inf"])
def test_a_peak_is_a_number_above_0(peak: str, lehr: Lehr) -> None:
    """As for `check` and `convert`."""
    result = lehr("show", "cosine()", "--peak", peak)
    assert (result.code, result.out) == (2, "")
    assert "above 0" in result.err


@pytest.mark.parametrize("verb", [["show"], ["convert", "--to", "torch"]])
def test_a_duration_says_the_option_it_needs(verb: list[str], lehr: Lehr) -> None:
    """At a command line a clock is an option."""
    result = lehr(*verb, 'warmup("3ep") >> cosine()')
    assert (result.code, result.out) == (2, "")
    assert "--steps-per-epoch N" in result.err
