"""The page: complete in one file, and nothing in a study can become part of its markup."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from studies import LINEAR, study

from lehr.choose.decision import Cost, StudyRecord
from lehr.report.build import build
from lehr.report.markup import code, element
from lehr.report.page import page
from lehr.report.record import Report

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--",
    '"><svg onload=alert(1)>',
    "%{x} &lt; </title> \u2028",
)


class Elements(HTMLParser):
    """Collects tags, attributes, script contents and the text that is shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.embedded: dict[str, str] = {}
        self.shown: list[str] = []
        self._inside: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._inside = (dict(attrs).get("id") or "") if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            self.shown.append(data)
        else:
            self.embedded[self._inside] = self.embedded.get(self._inside, "") + data


@pytest.fixture(autouse=True)
def _small_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five megabytes of plotly are not parsed here; the browser test runs them."""
    monkeypatch.setattr("lehr.report.document.get_plotlyjs", lambda: "var Plotly;")


def hostile(text: str) -> StudyRecord:
    """A study whose every free text is `text`."""
    record = study(problem=text, advice=text, objective=text, versions={text: text})
    lines = [
        line.model_copy(update={"metrics": {text: line.metrics["val_loss"]}})
        for line in record.curves
    ]
    return record.model_copy(update={"curves": lines, "warnings": [text], "command": text})


@pytest.mark.parametrize("verdict", ["chosen", "indistinguishable", "no_winner"])
def test_every_verdict_makes_the_same_sections(verdict: str) -> None:
    """A study without a winner has as complete a page as one with."""
    shown = Elements(page(build(study(verdict)))).shown
    heads = [
        "The learning rate",
        "Schedules and peak learning rates",
        "Loss curves",
        "How much better",
        "What it cost",
        "What could make this wrong",
        "How to reproduce",
    ]
    assert [text for text in shown if text in heads] == heads


def test_the_page_asks_for_nothing() -> None:
    """No element loads anything, and the browser is told to refuse it."""
    parsed = Elements(page(build(study())))
    loading = {"src", "href", "srcset", "action", "poster", "background"}
    assert not [name for name, _ in parsed.attributes if name in loading]
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(parsed.tags)
    assert not re.search(r"@import|url\(", "".join(parsed.embedded.values()))
    policies = [v for name, v in parsed.attributes if name == "content" and v and "src" in v]
    assert policies[0].startswith("default-src 'none'")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_and_not_run(text: str) -> None:
    """The page of a hostile study has the elements of a harmless one, and shows the text."""
    parsed = Elements(page(build(hostile(text))))
    harmless = Elements(page(build(hostile("plain"))))
    assert parsed.tags == harmless.tags
    assert [name for name, _ in parsed.attributes] == [name for name, _ in harmless.attributes]
    assert any(text in shown for shown in parsed.shown)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_no_text_adds_an_element(text: str) -> None:
    """Whatever a study's texts are, the page's elements are the same."""
    parsed = Elements(page(build(hostile(text))))
    assert parsed.tags == Elements(page(build(hostile("plain")))).tags


def test_the_record_can_be_read_from_the_page() -> None:
    """The embedded JSON is the whole report."""
    report = build(hostile("</script><!-- &amp; \u2028 ü"))
    parsed = Elements(page(report))
    assert Report.model_validate_json(parsed.embedded["report"]) == report
    assert {name for name in parsed.embedded if name.startswith("figure-")} == {
        "figure-schedule",
        "figure-sweep-200",
        "figure-sweep-2000",
        "figure-losses",
        "figure-objectives",
        "figure-gains",
    }
    for name, text in parsed.embedded.items():
        if name.startswith("figure-"):
            assert set(json.loads(text)) >= {"data", "layout"}


def test_every_place_of_a_figure_has_its_data() -> None:
    """What the script looks up is there."""
    parsed = Elements(page(build(study())))
    places = [value for name, value in parsed.attributes if name == "data-source"]
    assert len(places) == 6
    assert set(places) <= set(parsed.embedded)


def test_a_study_without_comparison_has_a_page() -> None:
    """Nothing compared, nothing drawn: the sections say so."""
    searched = [run for run in study().decision.runs if run.stage != "confirm"]
    record = study(
        "indistinguishable",
        gain_over_baseline=None,
        gain_over_runner_up=None,
        expected=None,
        runs=searched,
    )
    bare = record.model_copy(update={"curves": []})
    shown = " ".join(Elements(page(build(bare))).shown)
    assert "There is no interval to show: no paired fresh seeds." in shown
    assert "not been compared on fresh seeds" in shown
    assert "How much better" not in page(build(bare), brief=True)


def test_the_image_of_the_result_is_the_same_page_without_the_small_print() -> None:
    """The brief page keeps the answer and the pictures."""
    shown = Elements(page(build(study()), brief=True)).shown
    assert "Loss curves" in shown
    assert "What could make this wrong" not in shown


def test_the_chosen_row_is_marked() -> None:
    """The table of schedules puts the choice first and says so."""
    text = page(build(study()))
    rows = re.findall(r'<tr class="is-chosen">.*?</tr>', text)
    assert len(rows) == 1
    assert html.escape(LINEAR) in rows[0]


def test_markup_is_made_of_elements_only() -> None:
    """A string is text wherever it stands; a script cannot hold its own end."""
    assert element("p", "<i>", class_="<") == '<p class="&lt;">&lt;i&gt;</p>'
    with pytest.raises(ValueError, match="may not contain"):
        code("x</SCRIPT >")


def test_a_refinement_is_told_only_where_there_was_one() -> None:
    """Its cost stands between the search's and the confirmation's."""
    plain = page(build(study()))
    assert "refinement" not in plain
    cost = Cost(search=2.8, refine=2.4, confirm=8.4, total=13.6)
    shown = page(build(study(cost_full_runs=cost)))
    places = [shown.index(text) for text in ("search 2.8", "refinement 2.4", "confirmation 8.4")]
    assert places == sorted(places)
