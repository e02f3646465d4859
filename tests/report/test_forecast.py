"""A forecast: its numbers, its picture, its page."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forecasts import HOSTILE, SEEN, curves, law, said

from lehr import parse
from lehr.errors import UsageError
from lehr.laws import Probe, design, steps_to, trunk
from lehr.report import design_page, forecast_doubts, forecast_page, reach_page, trunk_page
from lehr.report.design_forecast import design_forecast
from lehr.report.forecast import Forecast, stated
from lehr.report.forecast_doubts import (
    Doubt,
    of_design,
    of_forecast,
    of_parameters,
    of_trunk,
    reached,
)
from lehr.report.forecast_figure import forecast_figure
from lehr.report.loss_range import loss_range
from lehr.report.trunk_forecast import trunk_forecast


def doubts(shown: Forecast) -> list[Doubt]:
    peaks = [reached(one) for one in shown.expected]
    return of_forecast(shown.law, peaks, shown.horizon)


def lines(shown: Forecast, word: str) -> list[dict[str, Any]]:
    """Traces whose hover text begins with a word."""
    traces = json.loads(forecast_figure(shown).to_json() or "")["data"]
    return [t for t in traces if t.get("hovertemplate", "").startswith(word)]


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_an_interval_encloses_what_is_expected(noise: float) -> None:
    """Everywhere, and it stays above 0 however little the law knows."""
    for one in said(noise=noise).expected:
        assert (one.low > 0).all()
        assert (one.low <= one.mean).all()
        assert (one.mean <= one.high).all()
        assert one.end.low < one.end.mean < one.end.high
        assert (one.end.mean, one.end.high) == (one.mean[-1], one.high[-1])


@pytest.mark.parametrize("horizon", [1, 50, 99, 500, 2 * SEEN])
def test_a_run_shorter_than_what_was_logged_is_drawn(horizon: int) -> None:
    """The runs' losses begin at step 100; a run that ends before it has a line nevertheless."""
    shown = said("linear()", horizon=horizon)
    (one,) = shown.expected
    drawn = one.steps[shown.drawn(one)]
    assert drawn[-1] == horizon
    assert drawn[0] == one.steps[one.steps >= min(100, horizon / 4)][0]
    assert lines(shown, "at the end")


def test_stated_losses_are_the_drawn_ones() -> None:
    """What JSON holds lies on the line of the picture."""
    (one, _) = said().expected
    at = stated(2 * SEEN)
    assert set(at) <= set(one.steps)
    assert one.at(at).mean[-1] == one.end.mean
    assert len(at) == 21


def test_a_fitted_run_keeps_its_losses() -> None:
    """Points are those that were measured; the law is told at each of them."""
    for run, curve in zip(said().runs, curves(), strict=True):
        assert run.losses.tolist() == curve.loss.tolist()
        assert run.said == pytest.approx(run.losses, rel=0.01)
        assert abs(run.off) < 0.01


def test_lines_are_dashed_beyond_the_longest_run() -> None:
    """They part at the last step that was seen, where a line and its name stand."""
    shown = said()
    solid, dashed = (
        [line for line in lines(shown, "expected") if (line["line"]["dash"] == "solid") is side]
        for side in (True, False)
    )
    assert len(solid) == len(dashed) == 2
    for before, after in zip(solid, dashed, strict=True):
        assert before["x"][-1] == after["x"][0] == SEEN
        assert after["x"][-1] == 2 * SEEN
        assert "extrapolated" in after["hovertemplate"]
        assert "extrapolated" not in before["hovertemplate"]
    layout = forecast_figure(shown).layout
    assert {shape.x0 for shape in layout.shapes} == {SEEN}
    assert [note.text for note in layout.annotations] == ["longest run seen"]


def test_nothing_is_dashed_within_what_was_seen() -> None:
    """A run no longer than those that were fitted is not extrapolated."""
    shown = said(horizon=SEEN)
    assert {line["line"]["dash"] for line in lines(shown, "expected")} == {"solid"}
    assert not forecast_figure(shown).layout.shapes
    assert doubts(shown) == []


def test_final_losses_stand_beside_each_other() -> None:
    """Their intervals do not hide each other, and tell the table's numbers."""
    shown = said("linear()", "wsd()", "cosine()")
    ends = lines(shown, "at the end")
    assert len({end["x"][0] for end in ends}) == 3
    assert len({end["marker"]["symbol"] for end in ends}) == 3
    for end, one in zip(ends, shown.expected, strict=True):
        assert end["y"][0] - end["error_y"]["arrayminus"][0] == pytest.approx(one.end.low)
        assert end["y"][0] + end["error_y"]["array"][0] == pytest.approx(one.end.high)


def test_the_early_transient_does_not_flatten_the_rest() -> None:
    """The axis holds every final loss with its interval, and not the first losses."""
    shown = said()
    low, high = loss_range(shown)
    first = min(run.losses[0] for run in shown.runs)
    for one in shown.expected:
        assert low < one.end.low
        assert one.end.high < high
    assert high < first
    assert max(run.losses[len(run.losses) // 2] for run in shown.runs) < high


def test_wide_intervals_do_not_flatten_the_losses() -> None:
    """Where the law knows little, intervals take at most twice the room of the losses."""
    low, high = loss_range(said(noise=0.3))
    middle = np.concatenate([run.losses[len(run.losses) // 3 :] for run in said(noise=0.3).runs])
    assert high - low < 5 * np.ptp(middle)
    assert low >= 0


@pytest.mark.parametrize(
    ("asked", "title", "warning"),
    [
        ({"noise": 0.3}, "The law does not hold for these runs", True),
        ({"rise": 0.2}, "The law does not hold for these runs", True),
        ({"peak_lr": 0.1}, "No run had a peak lr of 0.1 (seen: 0.001 to 0.002)", True),
        ({"peak_lr": 1e-5}, "No run had a peak lr of 1e-5 (seen: 0.001 to 0.002)", True),
        ({}, "6,000 steps are 2 times the longest run seen", False),
        ({"horizon": 5 * SEEN}, "15,000 steps are 5 times the longest run seen", True),
    ],
)
def test_doubts_are_told_first(asked: dict[str, Any], title: str, warning: bool) -> None:
    """Each is a box above the picture, the warnings before the notes."""
    shown = said(**asked)
    assert (title, warning) in [(doubt.title, doubt.warning) for doubt in doubts(shown)]
    page = forecast_page.page(shown)
    assert page.index(html.escape(title)) < page.index("Expected loss")
    marks = [doubt.warning for doubt in doubts(shown)]
    assert marks == sorted(marks, reverse=True)


def test_the_page_holds_the_numbers() -> None:
    """Losses, intervals, runs and parameters; what the runs determined; what to type."""
    shown = said()
    page = forecast_page.page(shown)
    for one in shown.expected:
        assert f"{one.end.mean:.4f}" in page
        assert f"{one.end.low:.4f} to {one.end.high:.4f}" in page
    for name in shown.law.parameters:
        assert f"<code>{name}</code>" in page
    (open_ones,) = of_parameters(shown.law, shown.best.slopes)
    assert page.count("mostly the prior") == open_ones.title.count(",") + 1
    assert "the law holds" in page
    assert f"<code>{html.escape(shown.best.schedule)}</code> is expected to end lowest" in page
    assert html.escape("lehr compare my_problem.py") in page


def test_where_the_law_does_not_hold_nothing_is_promised() -> None:
    """No schedule is named the lowest, none is marked, and training is what is proposed."""
    page = forecast_page.page(said(noise=0.3))
    assert "There is no forecast to rely on" in page
    assert "is expected to end" not in page
    assert 'class="is-chosen"' not in page
    assert "lehr choose my_problem.py" in page


def test_text_from_logs_is_only_text() -> None:
    """A file's name cannot become markup, neither on the page nor in the picture."""
    page = forecast_page.page(said())
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page
    assert all("<img" not in json.dumps(line) for line in lines(said(), "measured"))


def test_the_page_of_a_design_compares() -> None:
    """The design first, its rivals with what they lose, and a line to train all of them."""
    fitted = law()
    found = design(fitted, horizon=2 * SEEN)
    shown = design_forecast(found, fitted, curves(), 2 * SEEN)
    page = design_page.page(found, shown)
    assert shown.expected[0].end.mean == found.predicted
    assert shown.expected[0].schedule == str(found.schedule)
    assert f"{found.predicted:.4f}" in page
    gains = {"linear": found.over_linear, "cosine": found.over_cosine}
    for one in shown.expected[1:]:
        apart = one.end.mean - found.predicted
        assert apart == pytest.approx(gains[one.name].mean)
        assert html.escape(f"'{one.label}'") in page
    assert "above the design" in page


def test_a_design_that_fell_back_says_why() -> None:
    """Linear decay is not shown twice, and the reason stands above the picture."""
    fitted = law(noise=0.3)
    found = design(fitted, horizon=2 * SEEN)
    shown = design_forecast(found, fitted, curves(noise=0.3), 2 * SEEN)
    page = design_page.page(found, shown)
    assert [one.name for one in shown.expected] == ["design", "cosine"]
    assert of_design(fitted, found, 2 * SEEN)[0].title == "The law does not hold for these runs"
    assert page.index("so this is plain linear decay") < page.index("Expected loss")


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_design_that_is_a_run_again_names_it(noise: float) -> None:
    """Whether the law holds or not: the reason names the run, whatever it is called."""
    fitted = law(noise=noise)
    hostile = replace(fitted.runs[0], loss=0.5)
    fitted = replace(fitted, runs=(hostile, *fitted.runs[1:]))
    found = design(fitted, horizon=SEEN)
    shown = design_forecast(found, fitted, curves(noise=noise), SEEN)
    page = design_page.page(found, shown)
    assert found.again == HOSTILE
    assert HOSTILE in of_design(fitted, found, SEEN)[0].text
    assert HOSTILE not in page
    assert f"what {html.escape(HOSTILE)} was trained with" in page


def test_the_page_of_a_trunk_shows_every_branch() -> None:
    """Each over its own horizon, where it begins, what it loses; and what shorter ones would."""
    found = trunk(law(), horizons=[SEEN, 3 * SEEN])
    shown = trunk_forecast(found, law(), curves())
    page = trunk_page.page(found, shown)
    assert [one.horizon for one in shown.expected] == [SEEN, 3 * SEEN]
    assert shown.horizon == 3 * SEEN
    assert [
        end["x"][0] > one.horizon
        for end, one in zip(lines(shown, "at the end"), shown.expected, strict=True)
    ] == [True, True]
    for branch, one in zip(found.branches, shown.expected, strict=True):
        assert one.end.mean == branch.predicted
        assert f"<td>{branch.begins:,}</td>".replace("<td>", '<td class="n">') in page
        assert f"{branch.predicted:.4f}" in page
    assert f"{found.steps:,} steps in all, {found.separate:,} if they shared nothing" in page
    assert all(f"of at most {one.longest}" in page for one in found.shorter)
    assert "would tell most" in page
    assert "lehr show" in page


def test_a_trunk_that_fell_back_says_why() -> None:
    """The reason stands above the picture, and no loss is promised."""
    found = trunk(law(noise=0.3), horizons=[SEEN, 2 * SEEN])
    shown = trunk_forecast(found, law(noise=0.3), curves(noise=0.3))
    page = trunk_page.page(found, shown)
    assert of_trunk(law(noise=0.3), found)[0].title == "The law does not hold for these runs"
    assert page.index("so these are plain linear cooldowns") < page.index("Expected loss")
    assert "In the mean" not in page
    assert "lehr choose my_problem.py" in page


def test_a_page_says_which_run_would_tell_most() -> None:
    """Beside the parameters that only the prior knows, as in the terminal."""
    shown = said()
    (open_ones,) = of_parameters(shown.law, shown.best.slopes)
    assert "would tell most" in open_ones.text
    page = forecast_page.page(shown)
    assert page.index("What the law knows") < page.index(html.escape(open_ones.text))


def test_the_page_of_a_target_says_who_gets_there_first() -> None:
    """Every schedule over the steps that it needs, a line at the target; who never does is told."""
    schedules = {text: parse(text) for text in ("linear()", "wsd()", "constant(0.01)")}
    reaches = {text: steps_to(law(), 3.35, one, 1e-3) for text, one in schedules.items()}
    shown = reach_page.reaching(law(), curves(), schedules, reaches, 1e-3)
    page = reach_page.page(shown, reaches, 3.35)
    assert [one.schedule for one in shown.expected] == ["linear()", "wsd()"]
    for one in shown.expected:
        assert one.horizon == reaches[one.schedule].horizon
        assert one.end.mean == pytest.approx(3.35, abs=2e-3)
        assert f"{one.horizon:,}" in page
    assert "<code>wsd()</code> is the first to end at 3.35" in page
    assert "constant(0.01) did not within 60,000 steps" in page
    assert [shape.y0 for shape in forecast_figure(shown, 3.35).layout.shapes] == [3.35]


def test_a_target_that_nobody_reaches_has_no_page() -> None:
    """There is nothing to draw, and the error says how far it was looked."""
    schedules = {"linear()": parse("linear()")}
    reaches = {text: steps_to(law(), 1.0, one, 1e-3) for text, one in schedules.items()}
    with pytest.raises(UsageError, match="60,000 steps, 20 times the longest run"):
        reach_page.reaching(law(), curves(), schedules, reaches, 1e-3)


def test_a_page_replaces_a_file_and_refuses_a_folder(tmp_path: Path) -> None:
    """Nothing else is touched."""
    shown = said()
    forecast_page.write_page(shown, tmp_path / "page.html")
    forecast_page.write_page(shown, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == forecast_page.page(shown)
    with pytest.raises(UsageError, match="cannot be written"):
        forecast_page.write_page(shown, tmp_path)


def test_a_proposed_run_is_no_longer_than_those_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its length was rounded to."""
    shown = said()
    longer = Probe(
        schedule=parse("linear()"), peak_lr=1e-3, horizon=SEEN + 50, before=0.02, after=0.01
    )
    monkeypatch.setattr(forecast_doubts, "most_telling", lambda *_: longer)
    (open_ones,) = of_parameters(shown.law, shown.best.slopes)
    assert f"{SEEN:,} steps of linear()" in open_ones.text
