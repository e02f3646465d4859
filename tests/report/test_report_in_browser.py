"""The page in Debian's chromium: it draws, it is quiet, and it asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contrast import contrast
from studies import study

from lehr.report.build import build
from lehr.report.page import page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


class Visit:
    """A page that was opened, and everything it did."""

    def __init__(self, tab: Page, path: Path) -> None:
        self.tab = tab
        self.requests: list[str] = []
        self.complaints: list[str] = []
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("console", lambda message: self.complaints.append(message.text))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        tab.goto(path.as_uri())
        tab.locator(".figure .main-svg").first.wait_for()


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    hostile = study(problem='</script><script>alert("x")</script>', advice="<img src=http://x.y>")
    path = tmp_path / "report.html"
    path.write_text(page(build(hostile)), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": 1200, "height": 900}, permissions=["clipboard-write", "clipboard-read"]
    )
    yield Visit(context.new_page(), path)
    context.close()


def test_the_page_draws_and_makes_one_request(visit: Visit) -> None:
    """Every figure has lines; the only request is for the file itself; nothing complains."""
    drawn = visit.tab.eval_on_selector_all(
        ".figure", "places => places.map(p => p.querySelectorAll('.scatterlayer .trace').length)"
    )
    assert len(drawn) == 6
    assert min(drawn) >= 2
    assert len(visit.requests) == 1
    assert visit.requests[0].startswith("file:")
    assert visit.complaints == []


def test_the_code_is_copied(visit: Visit) -> None:
    """The button puts what is shown on the clipboard."""
    visit.tab.click("button[data-copy]")
    # a locator, since the page's security policy forbids the eval behind wait_for_function
    told = visit.tab.locator("button[data-copy]:not(:text-is('copy'))").inner_text()
    if told == "copied":
        copied = visit.tab.evaluate("navigator.clipboard.readText()")
    else:
        copied = visit.tab.evaluate("getSelection().toString()")
    assert copied.strip() == build(study()).answer.code


@pytest.mark.parametrize("width", [390, 760, 1200])
def test_nothing_is_wider_than_the_window(visit: Visit, width: int) -> None:
    """The page never scrolls sideways, on a phone neither."""
    visit.tab.set_viewport_size({"width": width, "height": 800})
    visit.tab.wait_for_timeout(300)
    assert visit.tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_either_ground(visit: Visit, scheme: str) -> None:
    """Axis labels differ from the ground by a contrast of at least 4.5 to 1."""
    visit.tab.emulate_media(color_scheme=scheme)
    ink = visit.tab.eval_on_selector(".xtick text", "text => getComputedStyle(text).fill")
    ground = visit.tab.eval_on_selector(".card", "card => getComputedStyle(card).backgroundColor")
    assert contrast(ink, ground) >= 4.5
