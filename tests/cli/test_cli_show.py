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

from lehr import parse
from lehr.cli.curves import plot, sparkline
from lehr.cli.phases import phases

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


def test_phases_fill_the_horizon() -> None:
    """Each phase begins where the one before ended, and the last ends the run."""
    found = phases(parse(TEXT).over(1_000))
    assert [(p.start, p.stop) for p in found] == [(0, 50), (50, 800), (800, 1000)]
    assert [p.text for p in found] == ['warmup("5%")', "hold()", 'cosine("20%", final=0.1)']
    assert (found[0].first, found[0].last) == (1 / 50, 1.0)
    assert [p.text for p in phases((0.5 * parse(TEXT)).over(1_000))] == [f"0.5 * ({TEXT})"]


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
    assert 'data-source="figure-lr"' in page
    assert " src=" not in page.split("<script>")[0]


def test_two_documents_do_not_fit_one_stream(lehr: Lehr) -> None:
    """CSV and JSON together are refused, not mixed."""
    result = lehr("show", "rex()", "--csv", "--json")
    assert (result.code, result.out) == (2, "")
    assert "one of them" in result.err


def test_a_curve_reaches_both_ends_of_its_axis() -> None:
    """The highest line has the peak, the lowest the end; colours only if asked."""
    values = np.linspace(1, 0, 500)
    lines = plot(values, label="lr", width=60, height=12).split("\n")
    assert lines[1].lstrip().startswith("1┤")
    assert len(lines) == 12
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in "".join(lines)
    assert "\x1b" in plot(values, label="lr", color=True)
    assert sparkline(np.zeros(10), 4) == "▁▁▁▁"
