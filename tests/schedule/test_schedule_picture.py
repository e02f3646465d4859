"""What a notebook shows."""

import xml.etree.ElementTree as ET

import pytest

from lehr.schedule import Plan, Schedule, cosine, linear, warmup


@pytest.mark.parametrize(
    "shown",
    [
        (warmup("5%") >> cosine()).over(1_000),
        (warmup(1) >> cosine()).over(2),
        linear().over(1),
        0.5 * linear(),
        linear(20_000) >> cosine(),
        Plan(momentum=linear()).over(10),
    ],
    ids=str,
)
def test_notebooks_show_a_curve_and_the_escaped_text(shown: Schedule) -> None:
    """The fragment is well-formed, static, and holds the text with its quotes and arrows."""
    html = shown._repr_html_()
    tree = ET.fromstring(f"<div>{html}</div>")
    assert tree.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert "<script" not in html
    caption = "".join(tree.find(".//code").itertext())
    assert " over " in caption
    assert html.count("nan") == 0


def test_a_schedule_that_fits_no_round_horizon_shows_its_text() -> None:
    """Without a clock there is no curve to draw, only the text."""
    schedule = warmup("3ep") >> cosine()
    tree = ET.fromstring(schedule._repr_html_())
    assert (tree.tag, tree.text) == ("code", repr(schedule))
