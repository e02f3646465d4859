"""What a notebook shows (UPDATE_GOLDEN=1 writes the golden file anew)."""

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lehr.schedule import Plan, Schedule, absolute, constant, cosine, linear, step, warmup

GOLDEN = Path(__file__).parent / "golden" / "picture.html"
SVG = "{http://www.w3.org/2000/svg}"
LONG = warmup("5%") >> cosine(final=0.1)


def words(tree: ET.Element, tag: str) -> str:
    return " ".join("".join(found.itertext()) for found in tree.iter(tag))


@pytest.mark.parametrize(
    "shown",
    [
        LONG.over(1_000),
        (warmup(1) >> cosine()).over(2),
        linear().over(1),
        linear(5).repeat().over(1_000_000),
        0.5 * linear(),
        constant(),
        linear(20_000) >> cosine(),
        Plan(momentum=absolute(linear(start=0.95, final=0.85))).over(10),
        Plan(momentum=linear()),
    ],
    ids=str,
)
def test_notebooks_show_a_curve_and_the_escaped_text(shown: Schedule) -> None:
    """The fragment is well-formed, static, small, and holds the text with its quotes and arrows."""
    html = shown._repr_html_()
    tree = ET.fromstring(f"<div>{html}</div>")
    lines = tree.findall(f".//{SVG}polyline")
    held = getattr(shown, "plan", getattr(shown, "schedule", shown))
    schedules = held.schedules.values() if isinstance(held, Plan) else [held]
    assert len(lines) == len(schedules)
    for schedule in schedules:
        assert str(schedule) in words(tree, "code")
    for line in lines:
        points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        assert all(46 <= x <= 320 and 10 <= y <= 98 for x, y in points)
    assert "<script" not in html
    assert len(html) < 20_000 * len(lines)


def test_a_horizon_that_is_only_an_example_is_said_to_be_one() -> None:
    """A bound schedule names its horizon, an unbound one says that it has none."""
    assert words(ET.fromstring(f"<div>{linear().over(70)._repr_html_()}</div>"), "small") == (
        "over 70 steps"
    )
    unbound = words(ET.fromstring(f"<div>{step(2_000)._repr_html_()}</div>"), "small")
    assert unbound == "not bound to a horizon; drawn over 1,000 steps"
    plan = words(ET.fromstring(f"<div>{Plan(lr=linear())._repr_html_()}</div>"), "small")
    assert plan.startswith("not bound to a horizon")


def test_phases_answer_to_the_pointer() -> None:
    """Each phase's part of the picture has a tooltip with its text and steps."""
    tree = ET.fromstring(LONG.over(10_000)._repr_html_())
    titles = ["".join(title.itertext()) for title in tree.iter(f"{SVG}title")]
    assert titles == ['warmup("5%"): steps 0 to 499', "cosine(final=0.1): steps 500 to 9,999"]


def test_ink_is_that_of_the_page() -> None:
    """Nothing but the curve has a colour of its own, so light and dark pages both suit."""
    picture = ET.fromstring(LONG.over(10)._repr_html_()).find(SVG + "svg")
    assert picture is not None
    inks = {el.get("stroke") for el in picture.iter()} | {el.get("fill") for el in picture.iter()}
    assert inks == {None, "none", "currentColor", "#e8590c"}
    assert picture.attrib["role"] == "img"
    assert str(LONG) in picture.attrib["aria-label"]


def test_a_schedule_that_fits_no_round_horizon_shows_its_text() -> None:
    """Without a clock there is no curve to draw, only the text."""
    schedule = warmup("3ep") >> cosine()
    tree = ET.fromstring(schedule._repr_html_())
    assert (tree.tag, tree.text) == ("code", repr(schedule))


def test_the_picture_is_the_golden_one() -> None:
    """To the letter."""
    html = LONG.over(10_000)._repr_html_() + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(html, encoding="utf-8")
    assert html == GOLDEN.read_text(encoding="utf-8")
