"""Schedules in Debian's chromium: a notebook's pictures, `lehr.plot`, `lehr show --html`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contrast import contrast

import lehr
from lehr.cli.show_page import write_page
from lehr.schedule.panels import panels
from lehr.schedule.picture import CURVE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PLAN = lehr.Plan(lr=lehr.wsd(), momentum=lehr.one_cycle_momentum())


def opened(browser: Browser, path: Path) -> tuple[Page, list[str]]:
    tab = browser.new_page(viewport={"width": 1000, "height": 800})
    heard: list[str] = []
    tab.on("request", lambda request: heard.append(request.url))
    tab.on("console", lambda message: heard.append(message.text))
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.goto(path.as_uri())
    return tab, heard


@pytest.mark.parametrize(("ground", "ink"), [("#ffffff", "#1c2128"), ("#111111", "#e6e6e6")])
def test_a_notebooks_picture_suits_its_page(
    browser: Browser, tmp_path: Path, ground: str, ink: str
) -> None:
    """Labels have the page's ink, curves stand out, and no label lies on another or is cut."""
    path = tmp_path / "cell.html"
    shown = "".join(s._repr_html_() for s in (PLAN, 1e-5 * lehr.linear(), lehr.rex().over(10**9)))
    path.write_text(f'<body style="background:{ground};color:{ink}">{shown}', encoding="utf-8")
    tab, heard = opened(browser, path)
    fills = tab.eval_on_selector_all("svg text", "all => all.map(t => getComputedStyle(t).fill)")
    assert len(fills) == 16
    assert min(contrast(fill, ground) for fill in fills) >= 4.5
    assert contrast(CURVE, ground) >= 3
    outside = tab.eval_on_selector_all(
        "svg text",
        """all => all.filter(text => {
          const [own, whole] = [text, text.ownerSVGElement].map(e => e.getBoundingClientRect());
          return own.left < whole.left || own.right > whole.right || own.bottom > whole.bottom;
        }).map(text => text.textContent)""",
    )
    assert outside == []
    assert len(heard) == 1
    tab.close()


def test_a_figure_and_a_page_draw_every_line(browser: Browser, tmp_path: Path) -> None:
    """Both have a line for each schedule in each panel, and ask nobody for anything."""
    drawn = {"linear": lehr.linear(), "plan": PLAN}
    figure, page = tmp_path / "figure.html", tmp_path / "page.html"
    lehr.plot(drawn, horizon=1_000, peak_lr=0.1).write_html(figure, include_plotlyjs=True)
    bound = {label: panels(thing.over(1_000)) for label, thing in drawn.items()}
    write_page(bound, page, peak_lr=0.1)
    for path in (figure, page):
        tab, heard = opened(browser, path)
        tab.locator(".main-svg").first.wait_for()
        assert tab.locator(".scatterlayer .trace .lines path").count() == 6
        assert tab.locator(".legend .traces").count() == 2
        assert tab.locator(".y3tick text").count() == 5
        sizes = tab.eval_on_selector_all(
            ".main-svg text", "all => all.map(t => parseFloat(getComputedStyle(t).fontSize))"
        )
        assert min(sizes) >= 12
        assert len(heard) == 1
        tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_of_a_page_can_be_read(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """Ticks and titles of every panel, phase names and legends: a contrast of 4.5 to 1."""
    short = panels(PLAN.over(100))
    for plans in ({"plan": short}, {"a": short, "b": panels(PLAN.over(200))}):
        path = tmp_path / "page.html"
        write_page(plans, path, peak_lr=0.1)
        tab, _ = opened(browser, path)
        tab.emulate_media(color_scheme=scheme)
        tab.locator(".main-svg").first.wait_for()
        inks = tab.eval_on_selector_all(
            ".main-svg text", "all => all.map(text => getComputedStyle(text).fill)"
        )
        card = tab.eval_on_selector(".card", "card => getComputedStyle(card).backgroundColor")
        assert len(inks) > 20
        assert min(contrast(ink, card) for ink in inks) >= 4.5
        tab.close()
