"""The pages of a forecast and of a design in Debian's chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contrast import contrast
from forecasts import SEEN, curves, law, said

from lehr import parse
from lehr.laws import design, steps_to, trunk
from lehr.report import design_page, forecast_page, reach_page, trunk_page
from lehr.report.design_forecast import design_forecast
from lehr.report.trunk_forecast import trunk_forecast

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

Tab = tuple["Page", list[str]]


def pages() -> dict[str, str]:
    fitted = law()
    found = design(fitted, horizon=2 * SEEN)
    schedules = {text: parse(text) for text in ("linear()", "wsd()")}
    reaches = {text: steps_to(fitted, 3.3, one, 1e-3) for text, one in schedules.items()}
    reaching = reach_page.reaching(fitted, curves(), schedules, reaches, 1e-3)
    branching = trunk(fitted, horizons=[SEEN, 2 * SEEN])
    return {
        "forecast": forecast_page.page(said("linear()", "wsd()", "cosine()")),
        "doubtful": forecast_page.page(said(noise=0.3, peak_lr=0.1)),
        "design": design_page.page(found, design_forecast(found, fitted, curves(), 2 * SEEN)),
        "target": reach_page.page(reaching, reaches, 3.3),
        "trunk": trunk_page.page(branching, trunk_forecast(branching, fitted, curves())),
    }


@pytest.fixture(params=["forecast", "doubtful", "design", "trunk", "target"])
def tab(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A page, and what it asked for or complained of."""
    path = tmp_path / "page.html"
    path.write_text(pages()[request.param], encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    heard: list[str] = []
    opened.on("request", lambda request: heard.append(request.url))
    opened.on("console", lambda message: heard.append(message.text))
    opened.on("pageerror", lambda error: heard.append(str(error)))
    opened.on("dialog", lambda dialog: heard.append(dialog.message))
    opened.goto(path.as_uri())
    opened.locator(".main-svg").first.wait_for()
    yield opened, heard
    opened.close()


def test_the_picture_is_drawn_and_the_page_is_quiet(tab: Tab) -> None:
    """Both panels have lines; the only request is for the file itself; nothing complains."""
    page, heard = tab
    assert page.locator(".subplot.xy .scatterlayer .trace").count() >= 6
    assert page.locator(".subplot.x2y2 .scatterlayer .trace").count() >= 4
    assert page.locator(".errorbar").count() >= 2
    assert len(heard) == 1
    assert heard[0].startswith("file:")


@pytest.mark.parametrize("width", [390, 760, 1200])
def test_nothing_is_wider_than_the_window(tab: Tab, width: int) -> None:
    """The page never scrolls sideways, on a phone neither."""
    page, _ = tab
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_of_the_picture_can_be_read(tab: Tab, scheme: str) -> None:
    """Ticks, titles and what is written beside the line: a contrast of 4.5 to 1."""
    page, _ = tab
    page.emulate_media(color_scheme=scheme)
    inks = page.eval_on_selector_all(
        ".main-svg text", "all => all.map(text => getComputedStyle(text).fill)"
    )
    card = page.eval_on_selector(".card", "card => getComputedStyle(card).backgroundColor")
    assert len(inks) > 10
    assert min(contrast(ink, card) for ink in inks) >= 4.5


def test_the_pointer_reads_numbers(tab: Tab) -> None:
    """At the end of a line stand the loss, its interval and the schedule."""
    page, _ = tab
    page.locator(".figure").scroll_into_view_if_needed()
    end = page.locator(".subplot.xy .points path").last.bounding_box()
    assert end is not None
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2)
    told = page.locator(".hoverlayer .hovertext").first.text_content() or ""
    assert "at the end" in told
    assert "90 % within" in told
